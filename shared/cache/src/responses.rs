//! The store of ready answers.

use std::hash::Hash;

use bytes::Bytes;
use moka::sync::Cache;

use crate::Stamp;

/// An answer as it goes to the socket.
#[derive(Debug, Clone)]
pub struct CachedResponse {
    /// The body.
    pub body: Bytes,
    /// The strong entity tag with its quotes; empty where the answer has none.
    pub etag: Box<str>,
    /// Whether anonymous callers may see it.
    pub public: bool,
    /// For a page of a list: the cursor of the next page, so that a hit can say `Link: rel="next"` too.
    pub next_cursor: Option<Box<str>>,
}

impl CachedResponse {
    /// An answer that is no page of a list.
    pub fn new(body: impl Into<Bytes>, etag: impl Into<Box<str>>, public: bool) -> Self {
        Self { body: body.into(), etag: etag.into(), public, next_cursor: None }
    }

    /// The same answer, as a page of a list.
    #[must_use]
    pub fn with_next_cursor(mut self, cursor: Option<&str>) -> Self {
        self.next_cursor = cursor.map(Into::into);
        self
    }
}

#[derive(Clone)]
struct Entry {
    response: CachedResponse,
    stamp: Stamp,
}

/// Answers by key, bounded by their bytes.
pub struct ResponseCache<K> {
    entries: Cache<K, Entry>,
    hits: metrics::Counter,
    misses: metrics::Counter,
}

impl<K: Hash + Eq + Send + Sync + 'static> ResponseCache<K> {
    /// A cache that keeps at most `max_bytes` of bodies; 0 turns it off. `name` labels its metrics.
    pub fn new(name: &'static str, max_bytes: u64) -> Self {
        let entries = Cache::builder()
            .max_capacity(max_bytes)
            .weigher(|_: &K, entry: &Entry| {
                u32::try_from(entry.response.body.len() + 200).unwrap_or(u32::MAX)
            })
            .build();
        let counter = |outcome: &'static str| metrics::counter!("cache_requests_total", "cache" => name, "level" => "l1", "outcome" => outcome);
        Self { entries, hits: counter("hit"), misses: counter("miss") }
    }

    /// The answer under this key if it was made at `stamp`, the current one.
    pub fn get<Q>(&self, key: &Q, stamp: Stamp) -> Option<CachedResponse>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let found = self.entries.get(key).filter(|entry| entry.stamp == stamp);
        if found.is_some() {
            self.hits.increment(1);
        } else {
            self.misses.increment(1);
        }
        found.map(|entry| entry.response)
    }

    /// Keeps an answer made from what was read after `stamp` was taken.
    pub fn put(&self, key: K, stamp: Stamp, response: CachedResponse) {
        self.entries.insert(key, Entry { response, stamp });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Epochs;

    fn response(text: &'static str) -> CachedResponse {
        CachedResponse::new(Bytes::from_static(text.as_bytes()), "\"1\"", true)
    }

    #[test]
    fn a_fill_that_a_commit_overtook_is_never_served() {
        let epochs = Epochs::new();
        let cache = ResponseCache::new("test", 1_000_000);
        let before_read = epochs.key(&7);
        // The reader has read version 1 by now; version 2 is committed before its fill arrives.
        epochs.advance(&7);
        cache.put(7, before_read, response("v1"));
        assert!(cache.get(&7, epochs.key(&7)).is_none());
        cache.put(7, epochs.key(&7), response("v2"));
        assert_eq!(cache.get(&7, epochs.key(&7)).expect("kept").body, "v2");
    }

    #[test]
    fn a_cache_of_no_bytes_keeps_nothing() {
        let epochs = Epochs::new();
        let cache = ResponseCache::new("off", 0);
        cache.put(1, epochs.key(&1), response("x"));
        cache.entries.run_pending_tasks();
        assert!(cache.get(&1, epochs.key(&1)).is_none());
    }
}
