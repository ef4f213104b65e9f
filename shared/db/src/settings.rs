use serde::{Deserialize, Serialize};

/// Section `database` of the settings.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSettings {
    /// `sqlite://PATH`, relative to the working directory or absolute; or `postgres://USER:PASSWORD@HOST:PORT/NAME`, with
    /// `?sslmode=` `disable`, `prefer` (without it), `require`, `verify-ca` or `verify-full`, and `&sslrootcert=FILE`.
    pub url: String,
    /// SQLite: connections for reading.
    pub readers: usize,
    /// SQLite: reads, and writes, that may wait; more are refused at once with 503.
    pub queue: usize,
    /// PostgreSQL: connections of the pool. The relay of events has one more.
    pub pool_size: u32,
    /// PostgreSQL: how long work may wait for a connection of the pool, before it is refused with 503.
    pub pool_wait_ms: u64,
    /// PostgreSQL: how long a new connection may take to come about.
    pub connect_timeout_ms: u64,
    /// PostgreSQL: how long one statement may take.
    pub statement_timeout_ms: u64,
    /// PostgreSQL: how long a statement may wait for a lock.
    pub lock_timeout_ms: u64,
    /// PostgreSQL: how long a transaction may do nothing, before the server ends it and its connection.
    pub idle_transaction_timeout_ms: u64,
    /// PostgreSQL: whether a connection keeps its session: statements stay prepared, and what holds for all transactions is said once.
    /// `false` behind `PgBouncer` in transaction mode.
    pub statement_cache: bool,
}

impl DatabaseSettings {
    /// The address as it may be shown: without user, password and parameters.
    pub fn shown_url(&self) -> String {
        crate::postgres::without_secrets(&self.url)
    }

    /// Whether the address is one of PostgreSQL's.
    pub fn is_postgres(&self) -> bool {
        crate::postgres::is_postgres(&self.url)
    }
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self {
            url: "sqlite://data/vitrine.db".to_owned(),
            readers: 4,
            queue: 1024,
            pool_size: 16,
            pool_wait_ms: 200,
            connect_timeout_ms: 1000,
            statement_timeout_ms: 10_000,
            lock_timeout_ms: 5_000,
            idle_transaction_timeout_ms: 10_000,
            statement_cache: true,
        }
    }
}

// By hand: the address may hold a password.
impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatabaseSettings")
            .field("url", &self.shown_url())
            .field("readers", &self.readers)
            .field("queue", &self.queue)
            .field("pool_size", &self.pool_size)
            .finish_non_exhaustive()
    }
}
