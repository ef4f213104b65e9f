//! The database, as the modules see it: reads on one consistent snapshot, writes that commit together, and the outbox.
//!
//! Work is given as a closure and runs on threads of this crate, never on the caller's task: a client that goes away can't
//! leave a transaction half done. Queries are diesel's, async, run through [`on_conn!`], so that one body serves every
//! database.

mod commits;
mod conn;
mod error;
mod idempotency;
mod lock;
mod migrate;
mod outbox;
mod postgres;
mod schema;
mod settings;
mod sqlite;
#[cfg(test)]
mod tests;
mod types;

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::watch;
use vitrine_kernel::ChangeEvent;

pub use conn::{Backend, Conn};
pub use error::{DbError, OpenError, OptionalRow};
pub use idempotency::{IdempotentRequest, Known, Recorder, StoredAnswer, find_answer};
pub use lock::LockKey;
pub use migrate::ModuleMigrations;
use postgres::Extent;
pub use settings::DatabaseSettings;
pub use types::{DbId, DbUuid};

#[doc(hidden)]
pub mod reexport {
    pub use diesel::pg::Pg;
    pub use diesel::sqlite::Sqlite;
}

/// A database that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite: a file, one writer.
    Sqlite,
    /// PostgreSQL: a server, concurrent transactions.
    Postgres,
}

/// Called with the events of every commit, this process's own before they are acknowledged.
pub type CommitListener = Arc<dyn Fn(&[ChangeEvent]) + Send + Sync>;

/// A handle to an open database. Clones share it.
#[derive(Clone)]
pub struct Db(Arc<Opened>);

enum Opened {
    Sqlite(sqlite::Engine),
    Postgres(postgres::Engine),
}

impl Db {
    /// Opens the database and starts its threads. An SQLite file is brought up to date; the schema of a PostgreSQL, which others
    /// use too, must be ([`Db::migrate`]).
    ///
    /// It blocks, shortly.
    ///
    /// Errors: see [`OpenError`]; each says what to do.
    pub fn open(settings: &DatabaseSettings, modules: &[ModuleMigrations]) -> Result<Self, OpenError> {
        let opened = if settings.is_postgres() {
            Opened::Postgres(postgres::Engine::open(settings, modules)?)
        } else {
            Opened::Sqlite(sqlite::Engine::open(settings, modules)?)
        };
        Ok(Self(Arc::new(opened)))
    }

    /// Brings the schema up to date; any number of processes may do it at once. It blocks.
    ///
    /// Errors: see [`OpenError`].
    pub fn migrate(settings: &DatabaseSettings, modules: &[ModuleMigrations]) -> Result<(), OpenError> {
        if settings.is_postgres() {
            return postgres::Engine::migrate(settings, modules);
        }
        sqlite::Engine::open(settings, modules).map(|engine| engine.close())
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        match *self.0 {
            Opened::Sqlite(_) => Engine::Sqlite,
            Opened::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs queries on one consistent snapshot, which has every write acknowledged before this call.
    ///
    /// Errors: those of the work, and `E::from` of [`DbError::Overloaded`] when too many reads are waiting.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        match &*self.0 {
            Opened::Sqlite(engine) => engine.read(work).await,
            Opened::Postgres(engine) => engine.read(Extent::Any, work).await,
        }
    }

    /// [`Db::read`] for work that is a single query. PostgreSQL needs no transaction around it, which saves two of three messages.
    ///
    /// Errors: as [`Db::read`].
    pub async fn read_one<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        match &*self.0 {
            Opened::Sqlite(engine) => engine.read(work).await,
            Opened::Postgres(engine) => engine.read(Extent::One, work).await,
        }
    }

    /// Runs the work as one transaction. `Ok` is returned once it is on the disk; an `Err` of the work undoes it. Writes that
    /// wait at the same time share a commit, and nothing else.
    ///
    /// In SQLite the work holds up all other writes: it must await nothing but queries. In PostgreSQL writes run at the same time
    /// (`READ COMMITTED`): what must not change between a read and a write is locked, see [`Conn::lock`].
    ///
    /// Errors: those of the work; `E::from` of [`DbError::Overloaded`] when too many writes are waiting, and of what the
    /// commit says ([`DbError::StorageFull`], …).
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        match &*self.0 {
            Opened::Sqlite(engine) => engine.write(work).await,
            Opened::Postgres(engine) => engine.write(work).await,
        }
    }

    /// Adds a listener. It is called after the commit and before [`Db::write`] returns, on a thread that others wait for, so it must be
    /// quick; for commits of other processes it is called within 250 ms. Own events of a PostgreSQL have no place in the feed yet
    /// then: their `sequence` is 0.
    pub fn on_commit(&self, listener: CommitListener) {
        match &*self.0 {
            Opened::Sqlite(engine) => engine.on_commit(listener),
            Opened::Postgres(engine) => engine.on_commit(listener),
        }
    }

    /// Waits until the listeners have heard of every commit of this process that a read begun before this call may have seen: a
    /// commit is visible a moment before they hear of it. Who acknowledges a write by what it has read, and not by the answer of
    /// [`Db::write`], calls this first.
    ///
    /// Errors: as [`Db::write`].
    pub async fn settled(&self) -> Result<(), DbError> {
        // An empty write is answered after the commit before it was announced.
        self.write(|_| Box::pin(std::future::ready(Ok(())))).await
    }

    /// At most `limit` events after a position of the feed, in order.
    pub async fn changes_after(&self, sequence: i64, limit: u16) -> Result<Vec<ChangeEvent>, DbError> {
        self.read(move |conn| Box::pin(outbox::after(conn, sequence, limit))).await
    }

    /// The position of the newest event, as it moves: for those who wait for new ones.
    pub fn newest_change(&self) -> watch::Receiver<i64> {
        match &*self.0 {
            Opened::Sqlite(engine) => engine.newest_change(),
            Opened::Postgres(engine) => engine.newest_change(),
        }
    }

    /// Whether two handles lead to the same database, and so to the same feed.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Writes a copy of the whole database, as it is at one moment, to a new file. Other work goes on meanwhile.
    ///
    /// Errors: [`DbError::BackupExists`] when the file exists; [`DbError::BackupElsewhere`] for a PostgreSQL; what the disk says.
    pub async fn backup(&self, file: std::path::PathBuf) -> Result<(), DbError> {
        match &*self.0 {
            Opened::Sqlite(engine) => engine.backup(file).await,
            Opened::Postgres(_) => Err(DbError::BackupElsewhere),
        }
    }

    /// What the database says of its own soundness: `PRAGMA integrity_check` and `foreign_key_check`. Empty when sound. A PostgreSQL
    /// keeps its foreign keys and checks its pages itself (`pg_amcheck` looks closer).
    pub async fn integrity_problems(&self) -> Result<Vec<String>, DbError> {
        self.read(|conn| Box::pin(sqlite::integrity_problems(conn))).await
    }

    /// Takes no more work, finishes what was taken, and closes the files. Later calls answer [`DbError::Closed`].
    pub async fn close(&self) {
        let opened = Arc::clone(&self.0);
        // Joining threads blocks, so it runs where blocking is fine.
        let closed = tokio::task::spawn_blocking(move || match &*opened {
            Opened::Sqlite(engine) => engine.close(),
            Opened::Postgres(engine) => engine.close(),
        });
        if closed.await.is_err() {
            tracing::error!("closing the database did not end well");
        }
    }
}

/// What a panic said, for the log.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
