//! When keys were last used, to the minute, without a write on any request's way.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use vitrine_db::{Db, DbError, LockKey};
use vitrine_kernel::{KeyId, Timestamp};

use crate::store::api_keys;

const PRECISION_MILLIS: i64 = 60_000;
/// How long uses are gathered, so that many keys share a write.
const GATHER: Duration = Duration::from_secs(1);

/// When a use of this key was last noted, in milliseconds since 1970.
#[derive(Debug)]
pub(super) struct LastNoted(AtomicI64);

impl LastNoted {
    pub(super) fn new(last_used_at: Option<Timestamp>) -> Self {
        Self(AtomicI64::new(last_used_at.map_or(i64::MIN, Timestamp::as_millis)))
    }

    /// Whether this use shall be noted: for one caller in a minute.
    fn take_turn(&self, now: Timestamp) -> bool {
        let last = self.0.load(Ordering::Relaxed);
        now.as_millis().saturating_sub(last) >= PRECISION_MILLIS
            && self.0.compare_exchange(last, now.as_millis(), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// Uses that are not written yet.
pub(super) struct Usage {
    db: Db,
    pending: Mutex<HashMap<KeyId, Timestamp>>,
    scheduled: AtomicBool,
}

impl Usage {
    pub(super) fn new(db: Db) -> Self {
        Self { db, pending: Mutex::default(), scheduled: AtomicBool::new(false) }
    }

    /// Notes a use. What is noted is written a second later, by a task of its own; a crash before that loses it.
    pub(super) fn note(self: &Arc<Self>, id: KeyId, last: &LastNoted, now: Timestamp) {
        if !last.take_turn(now) {
            return;
        }
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).insert(id, now);
        // Outside of a runtime (the command line) nothing is scheduled; the next use, or the end, writes it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.scheduled.swap(true, Ordering::AcqRel) {
            return;
        }
        let turn = ScheduledTurn(Arc::clone(self));
        runtime.spawn(async move {
            tokio::time::sleep(GATHER).await;
            let usage = Arc::clone(&turn.0);
            drop(turn);
            usage.flush().await;
        });
    }

    /// Writes what was noted, all in one transaction.
    pub(super) async fn flush(&self) {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        if pending.is_empty() {
            return;
        }
        let write = self.db.write(move |conn| {
            Box::pin(async move {
                conn.lock(LockKey::Auth).await?;
                for (id, at) in pending {
                    api_keys::set_last_used(conn, id, at).await?;
                }
                Ok::<_, DbError>(())
            })
        });
        if let Err(error) = write.await {
            // The next use of each key, at the latest in a minute, notes it again.
            tracing::warn!(%error, "could not write when API keys were last used");
        }
    }
}

/// Lets the next use schedule again, also when the task is dropped with its runtime.
struct ScheduledTurn(Arc<Usage>);

impl Drop for ScheduledTurn {
    fn drop(&mut self) {
        self.0.scheduled.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_use_in_a_minute_is_noted() {
        let last = LastNoted::new(None);
        let start = Timestamp::from_millis(1_000_000);
        assert!(last.take_turn(start));
        assert!(!last.take_turn(start.plus_seconds(59)));
        assert!(last.take_turn(start.plus_seconds(60)));
        assert!(!last.take_turn(start), "a clock that went back notes nothing");
        assert!(!LastNoted::new(Some(start)).take_turn(start.plus_seconds(1)));
    }
}
