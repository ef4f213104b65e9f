//! Epochs: counters that say whether something may have changed.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

const STRIPES: usize = 8192;

/// The epochs of one kind of thing (products, categories): one for the whole collection, one for each stripe of keys.
///
/// Keys share stripes, so a change may also retire answers about a few other keys: that costs a fill, never correctness.
pub struct Epochs {
    collection: AtomicU64,
    stripes: Box<[AtomicU64]>,
    hasher: RandomState,
}

/// The epochs something was made at. Stamps of several things add up: `products.key(&id) + categories.collection()`.
///
/// Epochs only grow, so two sums are equal only if every part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(u64);

impl std::ops::Add for Stamp {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }
}

impl Epochs {
    /// Epochs at their beginning.
    pub fn new() -> Self {
        Self {
            collection: AtomicU64::new(0),
            stripes: (0..STRIPES).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
        }
    }

    /// The current stamp of one key.
    pub fn key(&self, key: &impl Hash) -> Stamp {
        Stamp(self.stripe(key).load(Ordering::Acquire))
    }

    /// The current stamp of the collection: it changes with every change of any key.
    pub fn collection(&self) -> Stamp {
        Stamp(self.collection.load(Ordering::Acquire))
    }

    /// Says that a key has changed. Call it after the commit and before anyone is told of it.
    pub fn advance(&self, key: &impl Hash) {
        self.stripe(key).fetch_add(1, Ordering::AcqRel);
        self.collection.fetch_add(1, Ordering::AcqRel);
    }

    /// Says that any key may have changed.
    pub fn advance_all(&self) {
        for stripe in &self.stripes {
            stripe.fetch_add(1, Ordering::AcqRel);
        }
        self.collection.fetch_add(1, Ordering::AcqRel);
    }

    fn stripe(&self, key: &impl Hash) -> &AtomicU64 {
        let at = usize::try_from(self.hasher.hash_one(key) % STRIPES as u64).unwrap_or(0);
        // `at` is below STRIPES by the modulo above; the fallback keeps the compiler from a panic path.
        self.stripes.get(at).unwrap_or(&self.collection)
    }
}

impl Default for Epochs {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_moves_its_key_and_the_collection_only() {
        let epochs = Epochs::new();
        let (a, all) = (epochs.key(&"a"), epochs.collection());
        // A key in another stripe than "a".
        let other = (0..100)
            .map(|n| n.to_string())
            .find(|k| !std::ptr::eq(epochs.stripe(k), epochs.stripe(&"a")))
            .expect("one");
        let before = epochs.key(&other);
        epochs.advance(&"a");
        assert_ne!(epochs.key(&"a"), a);
        assert_ne!(epochs.collection(), all);
        assert_eq!(epochs.key(&other), before);
        epochs.advance_all();
        assert_ne!(epochs.key(&other), before);
    }
}
