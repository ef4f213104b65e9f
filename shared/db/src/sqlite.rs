//! SQLite: one writer thread that commits waiting writes together, several reader threads, one watcher of other processes.

mod backup;
mod open;
mod readers;
mod watcher;
mod writer;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, TrySendError};
use diesel_async::sync_connection_wrapper::SpawnBlocking;
use futures::future::BoxFuture;
use tokio::sync::{oneshot, watch};

use crate::commits::Commits;
use crate::{CommitListener, Conn, DatabaseSettings, DbError, ModuleMigrations, OpenError};

pub(crate) use backup::integrity_problems;

/// Runs what diesel-async would send to a blocking thread right where it is: on our threads, which may block. Its futures are
/// always ready, so none is ever dropped half way.
#[derive(Debug, Clone, Copy)]
pub struct Inline;

impl SpawnBlocking for Inline {
    fn spawn_blocking<'a, R>(
        &mut self,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> BoxFuture<'a, Result<R, Box<dyn std::error::Error + Send + Sync + 'static>>>
    where
        R: Send + 'static,
    {
        Box::pin(std::future::ready(Ok(task())))
    }

    fn get_runtime() -> Self {
        Self
    }
}

pub(crate) struct Engine {
    file: PathBuf,
    /// `None` once closed: the threads end when their channels do.
    channels: RwLock<Option<Channels>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    commits: Arc<Commits>,
}

struct Channels {
    writes: Sender<Box<dyn writer::WriteJob>>,
    reads: Sender<readers::ReadJob>,
    /// Dropped to stop the watcher.
    _watch: Sender<()>,
}

impl Engine {
    pub(crate) fn open(settings: &DatabaseSettings, modules: &[ModuleMigrations]) -> Result<Self, OpenError> {
        let file = open::path_of(&settings.url)?;
        let mut connection = open::open_for_writing(&file)?;
        crate::migrate::migrate(&mut connection, modules)?;
        let mut writing = Conn::sqlite(connection);
        let newest = futures::executor::block_on(crate::outbox::newest(&mut writing))?;
        let commits = Arc::new(Commits::new(newest));

        let mut threads = Vec::new();
        let (writes, write_jobs) = crossbeam_channel::bounded(settings.queue.max(1));
        let (reads, read_jobs) = crossbeam_channel::bounded(settings.queue.max(1));
        let (watch, stop_watching) = crossbeam_channel::bounded(0);
        let for_writer = Arc::clone(&commits);
        threads.push(spawn("db-writer", move || writer::run(writing, &write_jobs, &for_writer))?);
        for _ in 0..settings.readers.max(1) {
            let connection = Conn::sqlite(open::open_for_reading(&file)?);
            let jobs = read_jobs.clone();
            threads.push(spawn("db-reader", move || readers::run(connection, &jobs))?);
        }
        let watched = Conn::sqlite(open::open_for_reading(&file)?);
        let for_watcher = Arc::clone(&commits);
        threads
            .push(spawn("db-watcher", move || watcher::run(watched, newest, &stop_watching, &for_watcher))?);

        Ok(Self {
            file,
            channels: RwLock::new(Some(Channels { writes, reads, _watch: watch })),
            threads: Mutex::new(threads),
            commits,
        })
    }

    pub(crate) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let (job, answer) = readers::job(work);
        self.submit(|channels| channels.reads.try_send(job).map_err(|error| refusal(&error)))?;
        wait_for(answer).await
    }

    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let (job, answer) = writer::job(work);
        self.submit(|channels| channels.writes.try_send(job).map_err(|error| refusal(&error)))?;
        wait_for(answer).await
    }

    fn submit(&self, send: impl FnOnce(&Channels) -> Result<(), DbError>) -> Result<(), DbError> {
        let channels = self.channels.read().unwrap_or_else(PoisonError::into_inner);
        channels.as_ref().map_or(Err(DbError::Closed), send)
    }

    pub(crate) fn on_commit(&self, listener: CommitListener) {
        self.commits.listen(listener);
    }

    pub(crate) fn newest_change(&self) -> watch::Receiver<i64> {
        self.commits.newest()
    }

    pub(crate) async fn backup(&self, target: PathBuf) -> Result<(), DbError> {
        let file = self.file.clone();
        tokio::task::spawn_blocking(move || backup::backup(&file, &target))
            .await
            .map_err(|error| DbError::Panicked(error.to_string()))?
    }

    pub(crate) fn close(&self) {
        drop(self.channels.write().unwrap_or_else(PoisonError::into_inner).take());
        for thread in std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner)) {
            // The last handle may go inside work that runs on one of these threads.
            if thread.thread().id() == std::thread::current().id() {
                continue;
            }
            if thread.join().is_err() {
                tracing::error!("a database thread panicked");
            }
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close();
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(body).map_err(|error| {
        OpenError::Setup(DbError::ReadOnly(format!("could not start the thread {name}: {error}")))
    })
}

fn refusal<T>(error: &TrySendError<T>) -> DbError {
    match error {
        TrySendError::Full(_) => DbError::Overloaded,
        TrySendError::Disconnected(_) => DbError::Closed,
    }
}

async fn wait_for<T, E: From<DbError>>(answer: oneshot::Receiver<Result<T, E>>) -> Result<T, E> {
    answer.await.unwrap_or_else(|_| Err(DbError::Closed.into()))
}
