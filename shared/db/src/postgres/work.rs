//! One piece of work: a connection, a transaction, an answer.

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::oneshot;

use super::{Session, Shared};
use crate::{Backend, Conn, DbError, panic_text};

/// How many queries work has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// One: it needs no transaction around it.
    One,
    /// Any number.
    Any,
}

pub(super) async fn read<T, E, F>(
    shared: &Shared,
    extent: Extent,
    work: F,
    mut reply: oneshot::Sender<Result<T, E>>,
) where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
{
    let checked_out = tokio::select! {
        biased;
        connection = shared.check_out() => connection,
        // Nobody waits any more: the work would be for nothing.
        () = reply.closed() => return,
    };
    let connection = match checked_out {
        Ok(connection) => connection,
        Err(error) => {
            let _ = reply.send(Err(error.into()));
            return;
        }
    };
    let session = match extent {
        Extent::One if shared.keeps_sessions => {
            Session::single(connection, shared.read.clone(), shared.limit)
        }
        Extent::One | Extent::Any => Session::pooled(connection, shared.read.clone(), shared.limit),
    };
    let mut conn = Conn::postgres(session);
    let outcome = run(work, &mut conn).await;
    // Nothing was written, so nobody needs to wait for the end; the receiver may have gone away, as is its right.
    let _ = reply.send(outcome);
    let _ = end(&mut conn, "COMMIT").await;
}

pub(super) async fn write<T, E, F>(shared: &Shared, work: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
{
    let connection = shared.check_out().await?;
    let session = Session::pooled(connection, shared.write.clone(), shared.limit);
    let mut conn = Conn::postgres(session);
    let outcome = run(work, &mut conn).await;
    // After an error PostgreSQL undoes everything at the end, also when the work made its peace with the error.
    let outcome = match (outcome, conn.take_lost()) {
        (Ok(_), Some(lost)) => Err(lost.into()),
        (outcome, _) => outcome,
    };
    let value = match outcome {
        Ok(value) => value,
        Err(error) => {
            // Where even this fails the connection is dropped, and the server undoes the transaction.
            let _ = end(&mut conn, "ROLLBACK").await;
            return Err(error);
        }
    };
    let events = conn.take_events();
    shared.commits.expect_own(&events);
    if let Err(error) = end(&mut conn, "COMMIT").await {
        // It may have been committed all the same, when only the answer was lost: then it comes as somebody else's.
        shared.commits.forget_own(&events);
        tracing::error!(%error, "a commit failed");
        return Err(error.into());
    }
    shared.commits.announce(&events);
    if !events.is_empty() {
        shared.waiting_events.notify_one();
    }
    Ok(value)
}

async fn run<T, E, F>(work: F, conn: &mut Conn) -> Result<T, E>
where
    E: From<DbError>,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>>,
{
    AssertUnwindSafe(async { work(conn).await })
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| Err(DbError::Panicked(panic_text(panic.as_ref())).into()))
}

async fn end(conn: &mut Conn, how: &str) -> Result<(), DbError> {
    match conn.backend() {
        Backend::Postgres(session) => session.end(how).await,
        Backend::Sqlite(_) => Err(DbError::Closed),
    }
}
