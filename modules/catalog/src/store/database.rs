//! The store over our own databases.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use vitrine_catalog_api::ProductCounts;
use vitrine_db::{Db, DbError};
use vitrine_kernel::{CategoryId, Clock, Failure, ProductId, Slug, Version};

use super::write::Undo;
use super::{
    CatalogStore, Checked, ProductKey, SlugMatch, WriteBatch, WriteError, WriteReport, counts, integrity,
    reading, reassign, write,
};
use crate::domain::{HistoryEntry, Product};

/// How often a batch is tried that others get in the way of. Each time one of them has got its way.
const ATTEMPTS: u32 = 4;

fn is_worth_another_try(failure: &Failure) -> bool {
    DbError::behind(failure).is_some_and(DbError::is_worth_another_try)
}

/// Keeps products in a [`Db`].
#[derive(Clone)]
pub struct DatabaseStore {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl DatabaseStore {
    /// A store over an open database with this module's schema.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }
}

#[async_trait]
impl CatalogStore for DatabaseStore {
    async fn find(&self, key: ProductKey) -> Result<Option<Product>, Failure> {
        self.db
            .read_one(move |conn| {
                Box::pin(async move {
                    let found = reading::find(conn, &key, reading::For::Reading).await?;
                    Ok(found.map(|stored| stored.product))
                })
            })
            .await
    }

    async fn find_by_slug(&self, slug: Slug) -> Result<Option<SlugMatch>, Failure> {
        self.db.read(move |conn| Box::pin(async move { reading::find_by_slug(conn, &slug).await })).await
    }

    async fn history(
        &self,
        id: ProductId,
        before: Option<Version>,
        limit: u16,
    ) -> Result<Vec<HistoryEntry>, Failure> {
        self.db.read(move |conn| Box::pin(reading::history(conn, id, before, limit))).await
    }

    async fn products_after(&self, position: i64, limit: u16) -> Result<Vec<(i64, Product)>, Failure> {
        self.db.read(move |conn| Box::pin(reading::after(conn, position, limit))).await
    }

    async fn attribute_keys(&self, most: usize) -> Result<Vec<String>, Failure> {
        self.db.read(move |conn| Box::pin(reading::attribute_keys(conn, most))).await
    }

    async fn write(&self, batch: Arc<WriteBatch>) -> Result<WriteReport, WriteError> {
        let mut attempts = 1;
        let outcome = loop {
            let (clock, again) = (Arc::clone(&self.clock), Arc::clone(&batch));
            let outcome = self
                .db
                // The time is taken in the transaction: later versions never have earlier times.
                .write(move |conn| Box::pin(async move { write::run(conn, &again, clock.now()).await }))
                .await;
            match outcome {
                // Somebody took a name, or a row, at the same moment: what is there now decides.
                Err(Undo::Failed(failure)) if attempts < ATTEMPTS && is_worth_another_try(&failure) => {
                    attempts += 1;
                    metrics::counter!("catalog_writes_repeated_total").increment(1);
                }
                outcome => break outcome,
            }
        };
        match outcome {
            Ok(report) | Err(Undo::Report(report)) => Ok(report),
            Err(Undo::NotAsked(keys)) => Err(WriteError::NotAsked(keys)),
            Err(Undo::Failed(failure)) => Err(WriteError::Failed(failure)),
        }
    }

    async fn count_by_category(
        &self,
        categories: Vec<CategoryId>,
    ) -> Result<HashMap<CategoryId, ProductCounts>, Failure> {
        self.db.read(move |conn| Box::pin(async move { counts::by_category(conn, &categories).await })).await
    }

    async fn count_in_any(&self, categories: Vec<CategoryId>) -> Result<ProductCounts, Failure> {
        self.db.read(move |conn| Box::pin(async move { counts::in_any(conn, &categories).await })).await
    }

    async fn reassign_some(
        &self,
        categories: Arc<[CategoryId]>,
        target: Option<CategoryId>,
        actor: String,
        most: u16,
    ) -> Result<u64, Failure> {
        let clock = Arc::clone(&self.clock);
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    let change = reassign::Reassignment { categories: &categories, target, actor: &actor };
                    change.run(conn, most, clock.now()).await
                })
            })
            .await
    }

    async fn categories_in_use(&self) -> Result<Vec<CategoryId>, Failure> {
        self.db.read(|conn| Box::pin(integrity::categories_in_use(conn))).await
    }

    async fn check_indexes(&self, position: i64) -> Result<Checked, Failure> {
        self.db.read(move |conn| Box::pin(integrity::check(conn, position))).await
    }

    async fn rebuild_indexes(&self, position: i64) -> Result<Checked, Failure> {
        self.db.write(move |conn| Box::pin(integrity::rebuild(conn, position))).await
    }
}
