//! The second level: values with versions in Redis, shared by all processes over one database.
//!
//! Redis is never trusted to be there, to remember, or to have heard. What makes its answers right are versions:
//! - every commit puts a *floor* at its version, which later fills can't go below;
//! - a fill stores what was read only if nothing newer and no higher floor is there, and only if Redis is the one that was asked
//!   before the read (a flushed or an emptied one has another generation);
//! - a process whose floors have not reached Redis does not read from it, and puts them there before it does again. Other processes put
//!   the same floors as soon as they hear of the commit from the database.
//!
//! Without Redis everything works from the database, as fast as that is.

mod entry;
mod link;
mod pending;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use redis::Script;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use link::{Link, LinkError};
use pending::{Pending, Work};

/// How long an acknowledgement waits for its floors at most. Then this process reads from the database until Redis has them.
const PATIENCE: Duration = Duration::from_millis(50);
/// How often Redis is tried while it does not answer.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(200);
/// Floors in one step of Redis, which does nothing else meanwhile.
const FLOORS_AT_ONCE: usize = 500;

/// Where Redis is and how it is used.
#[derive(Debug, Clone)]
pub struct SharedCacheSettings {
    /// `redis://[user:password@]host:port/db`, or `rediss://` for TLS.
    pub url: String,
    /// Begins all keys. The part in braces keeps them together in a cluster.
    pub namespace: String,
    /// How long Redis may take to answer before the database is asked instead.
    pub timeout: Duration,
    /// How long a value is kept that nobody changes. A tenth of it is taken off at random, so that not all go at once.
    pub keep: Duration,
}

/// Redis can't be used as it was set.
#[derive(Debug, thiserror::Error)]
pub enum SharedCacheError {
    /// The address can't be read.
    #[error("it must be an address like redis://host:6379: {0}")]
    Address(String),
    /// The operating system gave no thread.
    #[error("no thread for Redis: {0}")]
    Thread(std::io::Error),
}

/// What was found.
#[derive(Debug)]
pub enum Look {
    /// A value that is not older than the newest acknowledged write.
    Hit {
        /// Its version.
        version: i64,
        /// What was offered.
        payload: Bytes,
    },
    /// Nothing. What is read from the database after this may be offered with the seat.
    Miss(Seat),
    /// Redis can't be asked now.
    Away,
}

/// The right to fill what was missing.
#[derive(Debug)]
pub struct Seat {
    key: String,
    generation: String,
    taken: Instant,
}

/// The shared cache. Clones share it.
#[derive(Clone)]
pub struct SharedCache(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    /// Of its own: connections must outlive the worker that happened to open them.
    runtime: Option<Runtime>,
}

struct Core {
    link: Link,
    settings: SharedCacheSettings,
    look: Script,
    offer: Script,
    floor: Script,
    pending: Pending,
    /// Something is pending, or Redis has failed.
    wake: Notify,
    /// Floors have reached Redis.
    settled: Notify,
    is_well: AtomicBool,
    hits: metrics::Counter,
    misses: metrics::Counter,
    away: metrics::Counter,
}

impl SharedCache {
    /// Begins to use Redis; it need not be there yet. What an earlier process left is forgotten, since that one may have died between a
    /// commit and its floor.
    ///
    /// Errors: see [`SharedCacheError`].
    pub fn open(settings: SharedCacheSettings) -> Result<Self, SharedCacheError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("redis")
            .enable_all()
            .build()
            .map_err(SharedCacheError::Thread)?;
        let link = Link::new(&settings.url, settings.timeout)
            .map_err(|error| SharedCacheError::Address(error.to_string()))?;
        let counter = |outcome: &'static str| metrics::counter!("cache_requests_total", "cache" => "products", "level" => "l2", "outcome" => outcome);
        let core = Arc::new(Core {
            link,
            settings,
            look: Script::new(entry::LOOK),
            offer: Script::new(entry::OFFER),
            floor: Script::new(entry::FLOOR),
            pending: Pending::default(),
            wake: Notify::new(),
            settled: Notify::new(),
            is_well: AtomicBool::new(false),
            hits: counter("hit"),
            misses: counter("miss"),
            away: counter("away"),
        });
        core.pending.forget_all();
        runtime.spawn(keep_up(Arc::clone(&core)));
        Ok(Self(Arc::new(Inner { core, runtime: Some(runtime) })))
    }

    /// What Redis has under a key.
    pub async fn look(&self, key: &str) -> Look {
        let core = Arc::clone(&self.0.core);
        if !core.is_well.load(Ordering::Acquire) || core.pending.concerns(key) {
            core.away.increment(1);
            return Look::Away;
        }
        let key = key.to_owned();
        self.run(async move { core.look(key).await }).await.unwrap_or(Look::Away)
    }

    /// Stores what was read from the database after the seat was taken, unless something newer is known. Nobody waits for it.
    pub fn offer(&self, seat: Seat, version: i64, payload: Vec<u8>) {
        let core = Arc::clone(&self.0.core);
        if let Some(runtime) = &self.0.runtime {
            runtime.spawn(async move { core.offer(seat, version, &payload).await });
        }
    }

    /// Says that a version was committed: nothing older is served from now on. Never waits, so that listeners of commits may call it.
    pub fn commit(&self, key: String, version: i64) {
        self.0.core.pending.add(key, version);
        self.0.core.wake.notify_one();
    }

    /// Waits until Redis has all that was committed, but not longer than an acknowledgement may.
    pub async fn settle(&self) {
        let core = &self.0.core;
        let all_settled = async {
            loop {
                let settled = core.settled.notified();
                if core.pending.is_empty() || !core.is_well.load(Ordering::Acquire) {
                    return;
                }
                settled.await;
            }
        };
        let _late_is_fine = tokio::time::timeout(PATIENCE, all_settled).await;
    }

    /// Whether Redis answers and has heard of every commit that this process knows of.
    pub fn is_well(&self) -> bool {
        self.0.core.is_well.load(Ordering::Acquire)
    }

    async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        match &self.0.runtime {
            Some(runtime) => runtime.spawn(work).await.ok(),
            None => None,
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The last handle may go on a thread that must not block.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Core {
    fn generation_key(&self) -> String {
        format!("{{{}}}:generation", self.settings.namespace)
    }

    fn entry_key(&self, key: &str) -> String {
        format!("{{{}}}:{key}", self.settings.namespace)
    }

    async fn look(&self, key: String) -> Look {
        let taken = Instant::now();
        let keys = [self.generation_key(), self.entry_key(&key)];
        let new_generation = new_generation();
        let outcome: Result<(String, Option<Vec<u8>>), _> =
            self.link.run(&self.look, &keys, &[new_generation.as_bytes()]).await;
        match outcome {
            Ok((generation, entry)) => {
                let found = entry.as_deref().and_then(|entry| entry::value_of(entry, &generation));
                // A commit that this process has heard of meanwhile may be newer than what was read.
                let found = found.filter(|_| !self.pending.concerns(&key));
                if let Some((version, payload)) = found {
                    self.hits.increment(1);
                    return Look::Hit { version, payload: Bytes::copy_from_slice(payload) };
                }
                self.misses.increment(1);
                Look::Miss(Seat { key, generation, taken })
            }
            Err(error) => {
                self.away.increment(1);
                self.lose(&error);
                Look::Away
            }
        }
    }

    async fn offer(&self, seat: Seat, version: i64, payload: &[u8]) {
        if seat.taken.elapsed() > entry::OLDEST_FILL {
            return;
        }
        let keep = u64::try_from(self.settings.keep.as_millis()).unwrap_or(u64::MAX);
        let jitter = uuid::Uuid::new_v4().as_u64_pair().1 % (keep / 10).max(1);
        let (version, keep) = (version.to_string(), (keep - jitter).max(1).to_string());
        let keys = [self.generation_key(), self.entry_key(&seat.key)];
        let arguments: [&[u8]; 4] =
            [seat.generation.as_bytes(), version.as_bytes(), payload, keep.as_bytes()];
        if let Err(error) = self.link.run::<i64>(&self.offer, &keys, &arguments).await {
            self.lose(&error);
        }
    }

    /// Does what is pending, all of it.
    async fn catch_up(&self) -> Result<(), LinkError> {
        loop {
            match self.pending.take(FLOORS_AT_ONCE) {
                Work::Nothing => return Ok(()),
                Work::ForgetAll => {
                    self.link.set(&self.generation_key(), &new_generation()).await?;
                    self.pending.all_forgotten();
                }
                Work::Floors(floors) => {
                    let outcome = self.put(&floors).await;
                    if outcome.is_ok() {
                        self.pending.done();
                    } else {
                        self.pending.failed();
                    }
                    outcome?;
                }
            }
        }
    }

    async fn put(&self, floors: &[(String, i64)]) -> Result<(), LinkError> {
        let mut keys = vec![self.generation_key()];
        keys.extend(floors.iter().map(|(key, _)| self.entry_key(key)));
        let mut texts = vec![new_generation(), entry::FLOOR_MILLIS.to_string()];
        texts.extend(floors.iter().map(|(_, version)| version.to_string()));
        let arguments: Vec<_> = texts.iter().map(String::as_bytes).collect();
        self.link.run::<i64>(&self.floor, &keys, &arguments).await.map(drop)
    }

    /// From now on the database answers, until Redis does again and has heard of all commits.
    fn lose(&self, error: &LinkError) {
        if self.is_well.swap(false, Ordering::AcqRel) {
            tracing::warn!(%error, "Redis is away; the database answers instead");
        }
        self.wake.notify_one();
        self.settled.notify_waiters();
    }

    /// Asks for something, to see that it answers.
    async fn try_out(&self) -> Result<(), LinkError> {
        let keys = [self.generation_key(), self.entry_key("none")];
        let new_generation = new_generation();
        let _answer: (String, Option<Vec<u8>>) =
            self.link.run(&self.look, &keys, &[new_generation.as_bytes()]).await?;
        Ok(())
    }
}

/// Brings floors to Redis, for ever.
async fn keep_up(core: Arc<Core>) {
    loop {
        let was_well = core.is_well.load(Ordering::Acquire);
        let outcome = match core.catch_up().await {
            Ok(()) if !was_well => core.try_out().await,
            outcome => outcome,
        };
        match outcome {
            Ok(()) => {
                if !was_well && core.pending.is_empty() {
                    core.is_well.store(true, Ordering::Release);
                    tracing::info!("Redis answers, and has heard of all commits");
                }
                core.settled.notify_waiters();
                if core.pending.is_empty() && core.is_well.load(Ordering::Acquire) {
                    core.wake.notified().await;
                }
            }
            Err(error) => core.lose(&error),
        }
        if !core.is_well.load(Ordering::Acquire) {
            tokio::time::sleep(BETWEEN_ATTEMPTS).await;
        }
    }
}

fn new_generation() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
