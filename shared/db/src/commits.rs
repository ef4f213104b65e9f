//! Who wants to know of commits, and which ones this process made itself.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError, RwLock};

use tokio::sync::watch;
use uuid::Uuid;
use vitrine_kernel::ChangeEvent;

use crate::CommitListener;

pub(crate) struct Commits {
    listeners: RwLock<Vec<CommitListener>>,
    newest: watch::Sender<i64>,
    /// Events that are announced by whoever wrote them, and that whoever looks for those of others has not met yet.
    own: Mutex<HashSet<Uuid>>,
}

impl Commits {
    pub(crate) fn new(newest: i64) -> Self {
        Self { listeners: RwLock::default(), newest: watch::Sender::new(newest), own: Mutex::default() }
    }

    pub(crate) fn listen(&self, listener: CommitListener) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// The newest place of the feed, as it moves.
    pub(crate) fn newest(&self) -> watch::Receiver<i64> {
        self.newest.subscribe()
    }

    /// Says which events the next commit will make visible. It must be said before: the watcher may see them at once.
    pub(crate) fn expect_own(&self, events: &[ChangeEvent]) {
        if !events.is_empty() {
            self.own.lock().unwrap_or_else(PoisonError::into_inner).extend(events.iter().map(|e| e.id));
        }
    }

    /// Takes [`Commits::expect_own`] back: the commit failed, or nobody knows.
    pub(crate) fn forget_own(&self, events: &[ChangeEvent]) {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            own.remove(&event.id);
        }
    }

    /// Tells the listeners.
    pub(crate) fn announce(&self, events: &[ChangeEvent]) {
        if events.is_empty() {
            return;
        }
        for listener in self.listeners.read().unwrap_or_else(PoisonError::into_inner).iter() {
            if catch_unwind(AssertUnwindSafe(|| listener(events))).is_err() {
                tracing::error!("a commit listener panicked");
            }
        }
        self.advance(events.iter().map(|event| event.sequence).max().unwrap_or(0));
    }

    /// Tells the listeners of what others committed; events of our own among these were announced before.
    pub(crate) fn announce_others(&self, mut events: Vec<ChangeEvent>) {
        let newest = events.last().map_or(0, |event| event.sequence);
        {
            let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
            events.retain(|event| !own.remove(&event.id));
        }
        self.announce(&events);
        self.advance(newest);
    }

    fn advance(&self, sequence: i64) {
        self.newest.send_if_modified(|newest| {
            let moved = sequence > *newest;
            *newest = sequence.max(*newest);
            moved
        });
    }
}
