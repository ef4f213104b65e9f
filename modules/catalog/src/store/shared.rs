//! Products by id out of a cache that all processes share, in front of any other store.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use vitrine_cache::{Look, SharedCache};
use vitrine_catalog_api::ProductCounts;
use vitrine_db::Db;
use vitrine_kernel::{CategoryId, Failure, ProductId, Slug, Version};

use super::{CatalogStore, Checked, ProductKey, SlugMatch, WriteBatch, WriteError, WriteReport};
use crate::domain::{HistoryEntry, Product};

/// One in so many answers of the cache is compared with the database.
const SAMPLE: u64 = 1000;

/// A store whose products by id are also kept in a [`SharedCache`].
pub struct SharedStore {
    inner: Arc<dyn CatalogStore>,
    cache: SharedCache,
    answers: AtomicU64,
}

impl SharedStore {
    /// Follows the commits of `db`, the database behind `inner`: those of this process before they are acknowledged, those of
    /// others as soon as they are heard of. Both put floors, so a process that dies in between is stood in for.
    pub fn new(inner: Arc<dyn CatalogStore>, cache: SharedCache, db: &Db) -> Self {
        let told = cache.clone();
        db.on_commit(Arc::new(move |events| {
            for event in events.iter().filter(|event| event.kind.starts_with("product.")) {
                told.commit(key_of(ProductId(event.key)), event.version.0);
            }
        }));
        Self { inner, cache, answers: AtomicU64::new(0) }
    }

    /// Compares an answer with the database, now and then, behind the caller's back.
    fn sample(&self, id: ProductId, served: Version) {
        if !self.answers.fetch_add(1, Ordering::Relaxed).is_multiple_of(SAMPLE) {
            return;
        }
        let (inner, cache) = (Arc::clone(&self.inner), self.cache.clone());
        tokio::spawn(async move {
            let Ok(Some(stored)) = inner.find_stored(id).await else { return };
            // What was committed after the answer is no fault of the cache; what it still serves now is.
            let is_stale = stored.version > served
                && matches!(cache.look(&key_of(id)).await, Look::Hit { version, .. } if version < stored.version.0);
            metrics::counter!("cache_sampled_total", "cache" => "products").increment(1);
            if is_stale {
                metrics::counter!("cache_stale_total", "cache" => "products").increment(1);
                tracing::error!(product = %id, %served, stored = %stored.version, "the shared cache serves an old version");
            }
        });
    }
}

fn key_of(id: ProductId) -> String {
    format!("product:{id}")
}

#[async_trait]
impl CatalogStore for SharedStore {
    async fn find(&self, key: ProductKey) -> Result<Option<Product>, Failure> {
        let ProductKey::Id(id) = key else { return self.inner.find(key).await };
        let seat = match self.cache.look(&key_of(id)).await {
            Look::Hit { payload, .. } => match serde_json::from_slice::<Product>(&payload) {
                Ok(product) => {
                    self.sample(id, product.version);
                    return Ok(Some(product));
                }
                // Another version of this program may have written it.
                Err(error) => {
                    tracing::debug!(%error, product = %id, "an entry of the shared cache can't be read");
                    None
                }
            },
            Look::Miss(seat) => Some(seat),
            Look::Away => None,
        };
        let found = self.inner.find(ProductKey::Id(id)).await?;
        if let (Some(seat), Some(product)) = (seat, &found)
            && let Ok(payload) = serde_json::to_vec(product)
        {
            self.cache.offer(seat, product.version.0, payload);
        }
        Ok(found)
    }

    async fn find_stored(&self, id: ProductId) -> Result<Option<Product>, Failure> {
        self.inner.find_stored(id).await
    }

    async fn find_by_slug(&self, slug: Slug) -> Result<Option<SlugMatch>, Failure> {
        self.inner.find_by_slug(slug).await
    }

    async fn history(
        &self,
        id: ProductId,
        before: Option<Version>,
        limit: u16,
    ) -> Result<Vec<HistoryEntry>, Failure> {
        self.inner.history(id, before, limit).await
    }

    async fn products_after(&self, position: i64, limit: u16) -> Result<Vec<(i64, Product)>, Failure> {
        self.inner.products_after(position, limit).await
    }

    async fn attribute_keys(&self, most: usize) -> Result<Vec<String>, Failure> {
        self.inner.attribute_keys(most).await
    }

    async fn write(&self, batch: Arc<WriteBatch>) -> Result<WriteReport, WriteError> {
        let outcome = self.inner.write(batch).await;
        self.cache.settle().await;
        outcome
    }

    async fn count_by_category(
        &self,
        categories: Vec<CategoryId>,
    ) -> Result<HashMap<CategoryId, ProductCounts>, Failure> {
        self.inner.count_by_category(categories).await
    }

    async fn count_in_any(&self, categories: Vec<CategoryId>) -> Result<ProductCounts, Failure> {
        self.inner.count_in_any(categories).await
    }

    async fn reassign_some(
        &self,
        categories: Arc<[CategoryId]>,
        target: Option<CategoryId>,
        actor: String,
        most: u16,
    ) -> Result<u64, Failure> {
        let outcome = self.inner.reassign_some(categories, target, actor, most).await;
        self.cache.settle().await;
        outcome
    }

    async fn categories_in_use(&self) -> Result<Vec<CategoryId>, Failure> {
        self.inner.categories_in_use().await
    }

    async fn check_indexes(&self, position: i64) -> Result<Checked, Failure> {
        self.inner.check_indexes(position).await
    }

    async fn rebuild_indexes(&self, position: i64) -> Result<Checked, Failure> {
        self.inner.rebuild_indexes(position).await
    }
}
