//! A connection while work has it.

use std::sync::Arc;
use std::time::Duration;

use bb8::PooledConnection;
use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection as _};

use super::connect::{Connector, PgConnection};
use crate::DbError;

/// A connection inside a transaction that begins with its first query: both go to the server together.
pub struct Session {
    held: Held,
    /// What begins the transaction; taken by the first query.
    begin: Option<Arc<str>>,
    /// Whether the first query may go without: a single statement is a transaction by itself.
    bare: bool,
    /// The server's own limit, and a little more: a server that stands still keeps no promises.
    limit: Duration,
}

enum Held {
    Pooled(PooledConnection<'static, Connector>),
    Own(PgConnection),
}

impl Session {
    pub(super) fn pooled(
        connection: PooledConnection<'static, Connector>,
        begin: Arc<str>,
        limit: Duration,
    ) -> Self {
        Self { held: Held::Pooled(connection), begin: Some(begin), bare: false, limit }
    }

    /// For work that is one query: it is sent without a transaction around it. Should more follow, they are in one.
    pub(super) fn single(
        connection: PooledConnection<'static, Connector>,
        begin: Arc<str>,
        limit: Duration,
    ) -> Self {
        Self { bare: true, ..Self::pooled(connection, begin, limit) }
    }

    pub(super) fn own(connection: PgConnection, begin: Arc<str>, limit: Duration) -> Self {
        Self { held: Held::Own(connection), begin: Some(begin), bare: false, limit }
    }

    fn connection(&self) -> &PgConnection {
        match &self.held {
            Held::Pooled(connection) => connection,
            Held::Own(connection) => connection,
        }
    }

    fn connection_mut(&mut self) -> &mut PgConnection {
        match &mut self.held {
            Held::Pooled(connection) => connection,
            Held::Own(connection) => connection,
        }
    }

    /// For [`crate::on_conn!`]: the connection for a query, and what must go before it.
    #[doc(hidden)]
    pub fn for_query(&mut self) -> (Before, &AsyncPgConnection) {
        let begin = if std::mem::take(&mut self.bare) { None } else { self.begin.take() };
        if begin.is_some() {
            self.connection_mut().in_transaction = true;
        }
        (Before { begin, limit: self.limit }, &self.connection().inner)
    }

    /// The connection will not be used again.
    pub(crate) fn give_up(&self) {
        self.connection().give_up();
    }

    /// Ends the transaction, if a query has begun it, with `COMMIT` or `ROLLBACK`.
    pub(super) async fn end(&mut self, how: &str) -> Result<(), DbError> {
        if !self.connection().in_transaction {
            return Ok(());
        }
        let limit = self.limit;
        let connection = self.connection_mut();
        if connection.is_closed() {
            return Err(DbError::Unavailable("the connection was lost".to_owned()));
        }
        let ended = match tokio::time::timeout(limit, connection.inner.batch_execute(how)).await {
            Ok(ended) => ended.map_err(DbError::from),
            Err(_) => Err(DbError::Unavailable(format!("no answer to {how} within {limit:?}"))),
        };
        match &ended {
            Ok(()) => connection.in_transaction = false,
            Err(_) => connection.give_up(),
        }
        ended
    }

    /// Makes a session for the next transaction of a connection that is kept.
    pub(super) fn again(&mut self, begin: &Arc<str>) {
        self.begin = Some(Arc::clone(begin));
    }
}

/// What goes before a query.
#[doc(hidden)]
pub struct Before {
    begin: Option<Arc<str>>,
    limit: Duration,
}

impl Before {
    /// Runs the query, after `BEGIN` where that is due. The two are sent together; should `BEGIN` fail while the connection lives
    /// (it doesn't), the query's answer is not believed.
    #[doc(hidden)]
    pub async fn run<T>(
        self,
        connection: &AsyncPgConnection,
        query: impl Future<Output = QueryResult<T>>,
    ) -> QueryResult<T> {
        let work = async {
            let Some(begin) = self.begin else { return query.await };
            let mut shared = connection;
            // `join!` polls in this order, and each sends at its first poll.
            let (started, answer) = futures::join!(shared.batch_execute(&begin), query);
            started?;
            answer
        };
        tokio::time::timeout(self.limit, work).await.unwrap_or_else(|_| {
            let message = format!("the server did not answer within {:?}", self.limit);
            Err(DieselError::DatabaseError(DatabaseErrorKind::UnableToSendCommand, Box::new(message)))
        })
    }
}
