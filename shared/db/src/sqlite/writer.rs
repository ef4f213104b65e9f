//! Writing: one thread, one transaction for all writes that wait.
//!
//! While a commit is on its way to the disk, the next writes gather in the queue, and then share the next commit. Each runs
//! in a savepoint of its own: one that fails is undone alone. Nobody is answered before the commit, not even those whose
//! work failed, since what they saw may have been a neighbour's change that the commit then refused.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use futures::executor::block_on;
use futures::future::BoxFuture;
use tokio::sync::oneshot;

use super::readers::execute;
use crate::commits::Commits;
use crate::{Conn, DbError, panic_text};

/// How many writes may share a commit, and for how long one may gather them: what the first of them waits at most.
const MOST_TOGETHER: usize = 256;
const GATHER: Duration = Duration::from_millis(10);

pub(super) trait WriteJob: Send {
    /// Does the work in an open savepoint; whether it succeeded.
    fn run(&mut self, conn: &mut Conn) -> bool;
    /// Answers, once the fate of the transaction is known.
    fn finish(self: Box<Self>, committed: Result<(), &DbError>);
}

struct Job<T, E, F> {
    work: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

pub(super) fn job<T, E, F>(work: F) -> (Box<dyn WriteJob>, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Job { work: Some(work), outcome: None, reply }), answer)
}

impl<T, E, F> WriteJob for Job<T, E, F>
where
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
{
    fn run(&mut self, conn: &mut Conn) -> bool {
        let Some(work) = self.work.take() else { return false };
        let outcome = catch_unwind(AssertUnwindSafe(|| block_on(work(conn))))
            .unwrap_or_else(|panic| Err(DbError::Panicked(panic_text(panic.as_ref())).into()));
        let succeeded = outcome.is_ok();
        self.outcome = Some(outcome);
        succeeded
    }

    fn finish(self: Box<Self>, committed: Result<(), &DbError>) {
        let answer = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Err(error), _) => Err(error.for_another().into()),
            (Ok(()), None) => Err(DbError::Closed.into()),
        };
        // The receiver may have gone away; the work is done all the same.
        let _ = self.reply.send(answer);
    }
}

pub(super) fn run(mut conn: Conn, jobs: &Receiver<Box<dyn WriteJob>>, commits: &Commits) {
    while let Ok(first) = jobs.recv() {
        let mut group = Vec::new();
        let mut outcome = transact(&mut conn, first, jobs, &mut group);
        let events = conn.take_events();
        if outcome.is_ok() {
            commits.expect_own(&events);
            outcome = execute(&mut conn, "COMMIT");
        }
        match &outcome {
            Ok(()) => commits.announce(&events),
            Err(error) => {
                // After some errors (a full disk) SQLite has rolled back already and says there is nothing to roll back.
                let _ = execute(&mut conn, "ROLLBACK");
                commits.forget_own(&events);
                tracing::error!(%error, writes = group.len(), "a commit of {} writes failed; all were undone", group.len());
            }
        }
        metrics::histogram!("db_commit_writes")
            .record(f64::from(u32::try_from(group.len()).unwrap_or(u32::MAX)));
        for job in group {
            job.finish(outcome.as_ref().copied());
        }
    }
    // Leaves one file behind instead of three; a crash before this loses nothing.
    if let Err(error) = execute(&mut conn, "PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(%error, "the write-ahead log was not folded in at the end; the next start does it");
    }
}

/// One transaction up to its commit: the first job and those that wait behind it. `group` gets all that were taken.
fn transact(
    conn: &mut Conn,
    first: Box<dyn WriteJob>,
    jobs: &Receiver<Box<dyn WriteJob>>,
    group: &mut Vec<Box<dyn WriteJob>>,
) -> Result<(), DbError> {
    let begun = execute(conn, "BEGIN IMMEDIATE");
    let start = Instant::now();
    let mut next = Some(first);
    let mut outcome = begun;
    while let Some(mut job) = next {
        if outcome.is_ok() {
            outcome = run_in_savepoint(conn, job.as_mut());
        }
        group.push(job);
        if outcome.is_err() {
            break;
        }
        let full = group.len() >= MOST_TOGETHER || start.elapsed() >= GATHER;
        next = if full { None } else { jobs.try_recv().ok() };
    }
    outcome
}

/// An `Err` means that the whole transaction is lost: SQLite ends it by itself when the disk fails or is full.
fn run_in_savepoint(conn: &mut Conn, job: &mut dyn WriteJob) -> Result<(), DbError> {
    execute(conn, "SAVEPOINT job")?;
    let events = conn.event_count();
    let succeeded = job.run(conn);
    if let Some(error) = conn.take_lost() {
        return Err(error);
    }
    if succeeded {
        return execute(conn, "RELEASE job");
    }
    conn.truncate_events(events);
    execute(conn, "ROLLBACK TO job")?;
    execute(conn, "RELEASE job")
}
