//! Reading: each job sees one snapshot.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::Receiver;
use diesel_async::SimpleAsyncConnection as _;
use futures::executor::block_on;
use futures::future::BoxFuture;
use tokio::sync::oneshot;

use crate::{Backend, Conn, DbError, panic_text};

pub(super) type ReadJob = Box<dyn FnOnce(&mut Conn) + Send>;

pub(super) fn job<T, E, F>(work: F) -> (ReadJob, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job = move |conn: &mut Conn| {
        // Nobody waits any more: the work would be for nothing.
        if reply.is_closed() {
            return;
        }
        // The receiver may go away while we work; that is its right.
        let _ = reply.send(in_snapshot(conn, work));
    };
    (Box::new(job), answer)
}

fn in_snapshot<T, E, F>(conn: &mut Conn, work: F) -> Result<T, E>
where
    E: From<DbError>,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>>,
{
    execute(conn, "BEGIN")?;
    let outcome = catch_unwind(AssertUnwindSafe(|| block_on(work(conn))));
    // Nothing was written, so there is nothing that an error here could lose; the next BEGIN would tell.
    let ended = execute(conn, "ROLLBACK");
    conn.take_lost();
    let outcome = outcome.unwrap_or_else(|panic| Err(DbError::Panicked(panic_text(panic.as_ref())).into()));
    ended?;
    outcome
}

pub(super) fn execute(conn: &mut Conn, sql: &str) -> Result<(), DbError> {
    // Without `on_conn!`: also a lost transaction must be ended.
    let Backend::Sqlite(connection) = conn.backend() else { return Err(DbError::Closed) };
    block_on(connection.batch_execute(sql)).map_err(DbError::from)
}

pub(super) fn run(mut conn: Conn, jobs: &Receiver<ReadJob>) {
    while let Ok(job) = jobs.recv() {
        job(&mut conn);
    }
}
