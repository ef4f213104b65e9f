//! Floors that must reach Redis.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// More than this are not kept one by one: all of the cache is forgotten instead.
const MOST: usize = 100_000;

/// Keys and the versions below which nothing may be served any more.
#[derive(Default)]
pub(super) struct Pending {
    floors: Mutex<Floors>,
    /// How many there are, to be asked without the lock.
    count: AtomicUsize,
}

#[derive(Default)]
struct Floors {
    by_key: HashMap<String, i64>,
    /// On their way: they count until Redis has them.
    sent: HashMap<String, i64>,
    must_forget_all: bool,
}

/// What to do next.
pub(super) enum Work {
    Nothing,
    ForgetAll,
    Floors(Vec<(String, i64)>),
}

impl Pending {
    pub(super) fn add(&self, key: String, version: i64) {
        let mut floors = self.lock();
        if floors.by_key.len() >= MOST {
            floors.by_key.clear();
            floors.must_forget_all = true;
        }
        let floor = floors.by_key.entry(key).or_insert(version);
        *floor = version.max(*floor);
        self.recount(&floors);
    }

    /// Whether all is done.
    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// Whether what Redis has under this key may be older than what was acknowledged.
    pub(super) fn concerns(&self, key: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let floors = self.lock();
        floors.must_forget_all || floors.by_key.contains_key(key) || floors.sent.contains_key(key)
    }

    /// Takes at most `most` floors to send; [`Pending::done`] or [`Pending::failed`] tells what became of them.
    pub(super) fn take(&self, most: usize) -> Work {
        let mut floors = self.lock();
        if floors.must_forget_all {
            return Work::ForgetAll;
        }
        let keys: Vec<_> = floors.by_key.keys().take(most).cloned().collect();
        if keys.is_empty() {
            return Work::Nothing;
        }
        for key in &keys {
            if let Some(version) = floors.by_key.remove(key) {
                floors.sent.insert(key.clone(), version);
            }
        }
        Work::Floors(floors.sent.iter().map(|(key, version)| (key.clone(), *version)).collect())
    }

    pub(super) fn all_forgotten(&self) {
        let mut floors = self.lock();
        floors.must_forget_all = false;
        self.recount(&floors);
    }

    /// Everything that is to be forgotten, floors or not.
    pub(super) fn forget_all(&self) {
        let mut floors = self.lock();
        floors.must_forget_all = true;
        self.recount(&floors);
    }

    pub(super) fn done(&self) {
        let mut floors = self.lock();
        floors.sent.clear();
        self.recount(&floors);
    }

    pub(super) fn failed(&self) {
        let mut floors = self.lock();
        for (key, version) in std::mem::take(&mut floors.sent) {
            let floor = floors.by_key.entry(key).or_insert(version);
            *floor = version.max(*floor);
        }
        self.recount(&floors);
    }

    fn recount(&self, floors: &Floors) {
        let count = floors.by_key.len() + floors.sent.len() + usize::from(floors.must_forget_all);
        self.count.store(count, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Floors> {
        self.floors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_counts_until_redis_has_it_and_only_rises() {
        let pending = Pending::default();
        pending.add("a".to_owned(), 3);
        pending.add("a".to_owned(), 2);
        assert!(matches!(pending.take(10), Work::Floors(floors) if floors == [("a".to_owned(), 3)]));
        assert!(pending.concerns("a") && !pending.concerns("b"));
        pending.add("a".to_owned(), 4);
        pending.failed();
        assert!(matches!(pending.take(10), Work::Floors(floors) if floors == [("a".to_owned(), 4)]));
        pending.done();
        assert!(pending.is_empty() && !pending.concerns("a"));
    }

    #[test]
    fn too_many_floors_become_forgetting_all() {
        let pending = Pending::default();
        for n in 0..=MOST {
            pending.add(n.to_string(), 1);
        }
        assert!(pending.concerns("anything"));
        assert!(matches!(pending.take(1), Work::ForgetAll));
        pending.all_forgotten();
        assert!(!pending.concerns("anything") && matches!(pending.take(1), Work::Floors(_)));
    }
}
