//! A connection inside a transaction.

use diesel::SqliteConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use vitrine_kernel::{ChangeEvent, NewEvent};

use crate::postgres::Session;
use crate::sqlite::Inline;
use crate::{DbError, Engine, LockKey, outbox};

/// A connection that a closure given to [`crate::Db::read`] or [`crate::Db::write`] works on.
pub struct Conn {
    backend: Backend,
    events: Vec<ChangeEvent>,
    lost: Option<DbError>,
}

/// The databases behind a [`Conn`]. Use [`crate::on_conn!`]; match on it only where the SQL must differ.
pub enum Backend {
    /// SQLite, on a thread of this crate, so that "async" work simply runs.
    Sqlite(SyncConnectionWrapper<SqliteConnection, Inline>),
    /// PostgreSQL: a connection of the pool.
    Postgres(Box<Session>),
}

impl Conn {
    pub(crate) fn sqlite(connection: SqliteConnection) -> Self {
        Self {
            backend: Backend::Sqlite(SyncConnectionWrapper::with_runtime(connection, Inline)),
            events: Vec::new(),
            lost: None,
        }
    }

    pub(crate) fn postgres(session: Session) -> Self {
        Self { backend: Backend::Postgres(Box::new(session)), events: Vec::new(), lost: None }
    }

    /// Which database is behind: for the few places where SQL differs.
    pub fn engine(&self) -> Engine {
        match self.backend {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// Waits until no other transaction holds this lock in any way, and holds it until this one ends. SQLite has one writer, so there
    /// it is held already.
    ///
    /// Errors: [`DbError::Locked`] when it takes longer than `database.lock_timeout_ms`.
    pub async fn lock(&mut self, key: LockKey) -> Result<(), DbError> {
        crate::lock::take(self, key, false).await
    }

    /// Waits until no other transaction holds this lock alone ([`Conn::lock`]), and keeps them from it until this one ends.
    ///
    /// Errors: as [`Conn::lock`].
    pub async fn lock_shared(&mut self, key: LockKey) -> Result<(), DbError> {
        crate::lock::take(self, key, true).await
    }

    /// The database behind.
    pub fn backend(&mut self) -> &mut Backend {
        &mut self.backend
    }

    /// Why the open transaction is lost, if it is. [`crate::on_conn!`] asks before it runs a query: SQLite ends a
    /// transaction by itself when the disk is full, and what ran after that would be committed at once and alone.
    #[doc(hidden)]
    pub fn refusal(&self) -> Option<DbError> {
        self.lost.as_ref().map(DbError::for_another)
    }

    /// Makes a query's error ours, and remembers it if it may have ended the transaction.
    #[doc(hidden)]
    pub fn note(&mut self, error: diesel::result::Error) -> DbError {
        let ends_transaction = match &self.backend {
            // After any error PostgreSQL refuses everything else, and makes a COMMIT a ROLLBACK without saying so.
            Backend::Postgres(_) => matches!(error, diesel::result::Error::DatabaseError(..)),
            Backend::Sqlite(_) => false,
        };
        let error = DbError::from(error);
        if let (Backend::Postgres(session), DbError::Unavailable(_)) = (&self.backend, &error) {
            session.give_up();
        }
        if self.lost.is_none() && (ends_transaction || error.ends_transactions()) {
            self.lost = Some(error.for_another());
        }
        error
    }

    /// Why the transaction that ends now is lost; the connection may then begin another.
    pub(crate) fn take_lost(&mut self) -> Option<DbError> {
        self.lost.take()
    }

    /// Writes an event to the outbox, in this transaction.
    pub async fn emit(&mut self, event: NewEvent) -> Result<(), DbError> {
        let event = outbox::append(self, &event).await?;
        self.events.push(event);
        Ok(())
    }

    /// How many events the open transaction has.
    pub(crate) fn event_count(&self) -> usize {
        self.events.len()
    }

    /// Forgets the events of work that was undone.
    pub(crate) fn truncate_events(&mut self, count: usize) {
        self.events.truncate(count);
    }

    /// The events of the transaction that has ended.
    pub(crate) fn take_events(&mut self) -> Vec<ChangeEvent> {
        std::mem::take(&mut self.events)
    }
}

/// Runs a query on whatever database a [`Conn`] has: `on_conn!(conn, |c| users::table.load::<User>(c))?`.
///
/// The body is written once and compiled for each database; it is a future, awaited here, and its error becomes a
/// [`DbError`]. For a row that may be missing: `on_conn!(conn, |c| ….first(c)).optional()?` with [`crate::OptionalRow`].
///
/// Where the body must name the database's type, as `into_boxed` does, it can ask for it:
/// `on_conn!(conn, |c: Sql| users::table.into_boxed::<Sql>().load::<User>(c))`. Where SQL differs, there are two bodies:
/// `on_conn!(conn, sqlite |c| …, postgres |c| …)`.
#[macro_export]
macro_rules! on_conn {
    ($conn:expr, |$c:ident| $query:expr) => {
        $crate::on_conn!($conn, sqlite | $c | $query, postgres | $c | $query)
    };
    ($conn:expr, |$c:ident : $sql:ident| $query:expr) => {
        $crate::on_conn!(
            $conn,
            sqlite | $c | {
                type $sql = $crate::reexport::Sqlite;
                $query
            },
            postgres | $c | {
                type $sql = $crate::reexport::Pg;
                $query
            }
        )
    };
    ($conn:expr, sqlite |$c:ident| $on_sqlite:expr, postgres |$d:ident| $on_postgres:expr) => {
        match $crate::Conn::refusal($conn) {
            Some(error) => Err(error),
            None => {
                let outcome = match $crate::Conn::backend($conn) {
                    $crate::Backend::Sqlite($c) => ($on_sqlite).await,
                    $crate::Backend::Postgres(session) => {
                        let (before, mut connection) = session.for_query();
                        let shared = connection;
                        let $d = &mut connection;
                        before.run(shared, $on_postgres).await
                    }
                };
                match outcome {
                    Ok(answer) => Ok(answer),
                    Err(error) => Err($crate::Conn::note($conn, error)),
                }
            }
        }
    };
}
