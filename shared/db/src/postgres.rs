//! PostgreSQL: concurrent transactions on a pool of connections, and a relay that puts committed events in order.
//!
//! All work runs as tasks of a runtime of this engine: a caller who goes away leaves no transaction open, and no connection is
//! handed back inside one. A read sees one snapshot (`REPEATABLE READ READ ONLY`), a write is `READ COMMITTED`.

mod address;
mod check;
mod connect;
mod migrate;
mod relay;
mod session;
mod tls;
mod work;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use bb8::{Pool, PooledConnection, RunError};
use futures::future::BoxFuture;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{Notify, oneshot, watch};

pub(crate) use address::{is_postgres, without_secrets};
pub use session::Session;
pub(crate) use work::Extent;

use crate::commits::Commits;
use crate::{CommitListener, Conn, DatabaseSettings, DbError, ModuleMigrations, OpenError};
use connect::{ConnectError, Connector};

/// How long a connection lives, so that none survives a failover or a change of the server's settings for long.
const MOST_LIFE: Duration = Duration::from_mins(30);
/// How many connections are kept ready when nothing is to do.
const READY: u32 = 2;
/// Beyond `statement_timeout`: how much later than the server itself we give up.
const GRACE: Duration = Duration::from_secs(1);

pub(crate) struct Engine {
    /// `None` once closed.
    shared: RwLock<Option<Arc<Shared>>>,
    commits: Arc<Commits>,
    runtime: Mutex<Option<Runtime>>,
    handle: Handle,
    stop: watch::Sender<bool>,
}

/// What tasks need.
struct Shared {
    pool: Pool<Connector>,
    /// How the pool's attempts to connect fail.
    failures: watch::Receiver<Option<ConnectError>>,
    /// For the relay's own connection: the feed goes on while the pool is busy.
    connector: Connector,
    read: Arc<str>,
    write: Arc<str>,
    limit: Duration,
    /// Whether what is set in a session stays set: not behind a pooler, where each transaction must say it.
    keeps_sessions: bool,
    commits: Arc<Commits>,
    /// Rung when this process has committed events that have no place in the feed yet.
    waiting_events: Notify,
}

impl Engine {
    pub(crate) fn open(settings: &DatabaseSettings, modules: &[ModuleMigrations]) -> Result<Self, OpenError> {
        let runtime = start_runtime()?;
        let opened = on_thread(|| runtime.block_on(Shared::open(settings, modules)));
        let (shared, newest) = match opened {
            Ok(opened) => opened,
            Err(error) => {
                runtime.shutdown_background();
                return Err(error);
            }
        };
        let shared = Arc::new(shared);
        let stop = watch::Sender::new(false);
        runtime.spawn(relay::run(Arc::clone(&shared), newest, stop.subscribe()));
        Ok(Self {
            commits: Arc::clone(&shared.commits),
            shared: RwLock::new(Some(shared)),
            handle: runtime.handle().clone(),
            runtime: Mutex::new(Some(runtime)),
            stop,
        })
    }

    /// Applies what is missing of the schema.
    pub(crate) fn migrate(
        settings: &DatabaseSettings,
        modules: &[ModuleMigrations],
    ) -> Result<(), OpenError> {
        let runtime = start_runtime()?;
        let outcome = on_thread(|| migrate::migrate(&runtime, settings, modules));
        runtime.shutdown_background();
        outcome
    }

    pub(crate) async fn read<T, E, F>(&self, extent: Extent, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let shared = self.shared()?;
        let (reply, answer) = oneshot::channel();
        self.handle.spawn(async move { work::read(&shared, extent, work, reply).await });
        answer.await.unwrap_or_else(|_| Err(DbError::Closed.into()))
    }

    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let shared = self.shared()?;
        let (reply, answer) = oneshot::channel();
        self.handle.spawn(async move {
            // The receiver may have gone away; the work is done all the same.
            let _ = reply.send(work::write(&shared, work).await);
        });
        answer.await.unwrap_or_else(|_| Err(DbError::Closed.into()))
    }

    fn shared(&self) -> Result<Arc<Shared>, DbError> {
        self.shared.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(DbError::Closed)
    }

    pub(crate) fn on_commit(&self, listener: CommitListener) {
        self.commits.listen(listener);
    }

    pub(crate) fn newest_change(&self) -> watch::Receiver<i64> {
        self.commits.newest()
    }

    /// Blocks until the work that was taken is done.
    pub(crate) fn close(&self) {
        let Some(shared) = self.shared.write().unwrap_or_else(PoisonError::into_inner).take() else { return };
        self.stop.send_replace(true);
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(runtime) = runtime else { return };
        if !is_own(&runtime) {
            // Every piece of work holds the shared part until it is done; it can't take longer than its statements may.
            let patience = std::time::Instant::now() + 2 * shared.limit;
            while Arc::strong_count(&shared) > 1 && std::time::Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        drop(shared);
        runtime.shutdown_background();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(runtime) = self.runtime.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            runtime.shutdown_background();
        }
    }
}

/// Whether this thread is one of the runtime's own, which must not wait for itself.
fn is_own(runtime: &Runtime) -> bool {
    Handle::try_current().is_ok_and(|current| current.id() == runtime.handle().id())
}

fn start_runtime() -> Result<Runtime, OpenError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("db-postgres")
        .enable_all()
        .build()
        .map_err(|error| {
            OpenError::Setup(DbError::ReadOnly(format!("could not start the database's threads: {error}")))
        })
}

/// Blocks on a thread of its own: the caller's may be one of another runtime, where waiting for ours is forbidden.
fn on_thread<T: Send>(work: impl FnOnce() -> Result<T, OpenError> + Send) -> Result<T, OpenError> {
    std::thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|panic| Err(OpenError::Setup(DbError::Panicked(crate::panic_text(panic.as_ref())))))
}

impl Shared {
    async fn open(
        settings: &DatabaseSettings,
        modules: &[ModuleMigrations],
    ) -> Result<(Self, i64), OpenError> {
        let connector = Connector::new(settings)?;
        let first = connector.open().await.map_err(|error| unreachable(settings, &error))?;
        let begin = connector.begin(READ);
        let limit = match settings.statement_timeout_ms {
            // The server's way to say "never".
            0 => NEVER,
            limit => Duration::from_millis(limit) + GRACE,
        };
        let mut conn = Conn::postgres(Session::own(first, begin, limit));
        check::check(&mut conn, settings, modules).await?;
        let newest = crate::outbox::newest(&mut conn).await?;
        drop(conn);
        let pooled = Connector::new(settings)?;
        let failures = pooled.failures();
        let pool = Pool::builder()
            .max_size(settings.pool_size.max(1))
            .min_idle(settings.pool_size.clamp(1, READY))
            .test_on_check_out(false)
            .max_lifetime(MOST_LIFE)
            .connection_timeout(Duration::from_millis(settings.pool_wait_ms.max(1)))
            .build(pooled)
            .await
            .map_err(|error| unreachable(settings, &error))?;
        let shared = Self {
            pool,
            failures,
            read: connector.begin(READ),
            write: connector.begin(WRITE),
            connector,
            limit,
            keeps_sessions: settings.statement_cache,
            commits: Arc::new(Commits::new(newest)),
            waiting_events: Notify::new(),
        };
        Ok((shared, newest))
    }

    /// Takes a connection from the pool.
    ///
    /// Errors: [`DbError::Overloaded`] when none gets free in time; [`DbError::Unavailable`] as soon as the server refuses one.
    async fn check_out(&self) -> Result<PooledConnection<'static, Connector>, DbError> {
        loop {
            let mut failures = self.failures.clone();
            failures.mark_unchanged();
            let got = tokio::select! {
                biased;
                got = self.pool.get_owned() => got,
                failure = next_failure(&mut failures) => return Err(refusal(&failure)),
            };
            match got {
                // It ended while it lay in the pool; dropping it makes room for another.
                Ok(connection) if connection.is_closed() => drop(connection),
                Ok(connection) => return Ok(connection),
                Err(RunError::User(error)) => return Err(refusal(&error)),
                Err(RunError::TimedOut) => {
                    let failure = failures.borrow().clone();
                    return Err(failure.as_ref().map_or(DbError::Overloaded, refusal));
                }
            }
        }
    }
}

const NEVER: Duration = Duration::from_hours(24);
const READ: &str = "ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// Not `READ WRITE`: an operator may have made the database read-only.
const WRITE: &str = "ISOLATION LEVEL READ COMMITTED";

async fn next_failure(failures: &mut watch::Receiver<Option<ConnectError>>) -> ConnectError {
    loop {
        if failures.changed().await.is_err() {
            // Nobody is left to fail.
            std::future::pending::<()>().await;
        }
        let failure = failures.borrow_and_update().clone();
        if let Some(failure) = failure {
            return failure;
        }
    }
}

fn refusal(error: &ConnectError) -> DbError {
    if error.too_many { DbError::Overloaded } else { DbError::Unavailable(error.reason.clone()) }
}

fn unreachable(settings: &DatabaseSettings, error: &ConnectError) -> OpenError {
    OpenError::Unreachable { url: without_secrets(&settings.url), reason: error.reason.clone() }
}
