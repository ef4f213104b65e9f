//! A connection inside a transaction.

use diesel::SqliteConnection;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use vitrine_kernel::{ChangeEvent, NewEvent};

use crate::sqlite::Inline;
use crate::{DbError, outbox};

/// A connection that a closure given to [`crate::Db::read`] or [`crate::Db::write`] works on.
pub struct Conn {
    backend: Backend,
    events: Vec<ChangeEvent>,
}

/// The databases behind a [`Conn`]. Use [`crate::on_conn!`]; match on it only where the SQL must differ.
pub enum Backend {
    /// SQLite, on a thread of this crate, so that "async" work simply runs.
    Sqlite(SyncConnectionWrapper<SqliteConnection, Inline>),
}

impl Conn {
    pub(crate) fn sqlite(connection: SqliteConnection) -> Self {
        Self {
            backend: Backend::Sqlite(SyncConnectionWrapper::with_runtime(connection, Inline)),
            events: Vec::new(),
        }
    }

    /// The database behind.
    pub fn backend(&mut self) -> &mut Backend {
        &mut self.backend
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
#[macro_export]
macro_rules! on_conn {
    ($conn:expr, |$c:ident| $query:expr) => {
        match $crate::Conn::backend($conn) {
            $crate::Backend::Sqlite($c) => ($query).await.map_err($crate::DbError::from),
        }
    };
}
