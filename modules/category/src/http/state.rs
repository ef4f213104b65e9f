use std::sync::Arc;

use vitrine_cache::{CachedResponse, Epochs, ResponseCache, Stamp};
use vitrine_db::Db;
use vitrine_kernel::{CategoryId, Permission, Slug};
use vitrine_web::Caller;

use crate::domain::Audience;
use crate::service::CategoryService;

/// What the handlers share.
pub struct HttpState {
    pub(super) service: CategoryService,
    pub(super) db: Db,
    cache: ResponseCache<CacheKey>,
    categories: Arc<Epochs>,
    products: Arc<Epochs>,
}

/// Under what an answer is kept. The audience is part of it: what one may see is not for the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum CacheKey {
    Detail(CategoryId, Audience),
    BySlug(Slug, Audience),
    AttributeSchema(CategoryId, Audience),
    /// A list or a tree, by its whole question.
    Question(String, Audience),
}

impl CacheKey {
    /// Whether the answer shows a count of products, and so changes with them.
    const fn shows_products(&self) -> bool {
        matches!(self, Self::Detail(..) | Self::BySlug(..))
    }
}

impl HttpState {
    /// Handlers over a service. The epochs are advanced by whoever hears of commits.
    pub fn new(
        service: CategoryService,
        db: Db,
        cache_bytes: u64,
        categories: Arc<Epochs>,
        products: Arc<Epochs>,
    ) -> Self {
        Self { service, db, cache: ResponseCache::new("categories", cache_bytes), categories, products }
    }

    /// The answer kept under a key, if it is still right; else the stamp to keep the next one by. The stamp is taken before anything
    /// is read, so that a change in between retires the answer.
    pub(super) fn kept(&self, key: &CacheKey) -> Result<CachedResponse, Stamp> {
        let mut stamp = self.categories.collection();
        if key.shows_products() {
            stamp = stamp + self.products.collection();
        }
        self.cache.get(key, stamp).ok_or(stamp)
    }

    pub(super) fn keep(&self, key: CacheKey, stamp: Stamp, answer: &CachedResponse) {
        self.cache.put(key, stamp, answer.clone());
    }
}

/// What a caller sees. Who may write categories must see what they write.
pub(super) fn audience(caller: &Caller) -> Audience {
    if caller.sees_unpublished() || caller.may(Permission::CategoryWrite) {
        Audience::Staff
    } else {
        Audience::Public
    }
}
