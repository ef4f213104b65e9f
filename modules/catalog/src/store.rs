//! Where products are kept.
//!
//! A write is decided where it is written: the store loads what is there, lets the domain decide what comes of it, and writes that,
//! all in one transaction. Whatever a rule needs from elsewhere (categories) is asked for before and comes along as data.

pub mod index;
pub mod schema;

mod claim;
mod columns;
mod counts;
mod database;
mod gone;
mod integrity;
mod reading;
mod reassign;
mod row_keys;
mod shared;
mod write;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod shared_tests;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use serde_json::Value;
use vitrine_catalog_api::ProductCounts;
use vitrine_category_api::CategoryKey;
use vitrine_db::Conn;
use vitrine_kernel::{CategoryId, Expected, Failure, ProductId, Slug, Timestamp, Version};

use crate::domain::{BodyKind, Candidate, CategoryDirectory, HistoryEntry, Product};
use index::IndexRows;

pub use database::DatabaseStore;
pub use shared::SharedStore;

/// A way to name one product that is not deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductKey {
    /// By id.
    Id(ProductId),
    /// By the SKU of one of its variants.
    Sku(String),
    /// By the id that its owner's system gave it.
    ExternalId(String),
}

/// What a slug leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum SlugMatch {
    /// The product that has it.
    Current(Box<Product>),
    /// A product that had it and has another one now.
    Former(Box<Product>),
}

/// A new product with its index rows, made before the transaction that writes them.
#[derive(Debug, Clone)]
pub struct Prepared {
    candidate: Candidate,
    rows: IndexRows,
}

impl Prepared {
    /// Makes the index rows.
    pub fn new(candidate: Candidate) -> Self {
        let rows = IndexRows::of(&candidate.product);
        Self { candidate, rows }
    }
}

/// One thing to do.
#[derive(Debug, Clone)]
pub enum Write {
    /// Create this product.
    Create(Box<Prepared>),
    /// Apply a merge patch.
    Update {
        /// To which product.
        id: ProductId,
        /// In which versions of it.
        expected: Expected,
        /// The patch.
        patch: Value,
    },
    /// Delete softly.
    Delete {
        /// Which product.
        id: ProductId,
        /// In which versions of it.
        expected: Expected,
    },
    /// Take a deletion back.
    Restore {
        /// Of which product.
        id: ProductId,
    },
    /// Apply a row to the product that has its external id or one of its SKUs; where there is none, create it.
    Upsert {
        /// The row.
        row: Value,
        /// How it is read.
        kind: BodyKind,
        /// The row read as a new product.
        fresh: Result<Box<Prepared>, Failure>,
    },
    /// Nothing: it was refused before, and keeps its place.
    Refused(Failure),
}

/// What became of a [`Write`].
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It is new.
    Created(Product),
    /// It has a new version.
    Updated(Product),
    /// It is as it was; there is no new version.
    Unchanged(Product),
    /// It is deleted; this is the version that says so.
    Deleted(ProductId, Version),
    /// It is back.
    Restored(Product),
    /// Nothing was done.
    Rejected(Failure),
}

/// What a rejected write means for the others of its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// They are undone too. All are tried all the same, so that all faults are found.
    Abort,
    /// They are done.
    Skip,
}

/// Called last in the transaction of a batch that will be committed, to record its answer.
pub type Record = Arc<
    dyn for<'c> Fn(&'c mut Conn, &'c WriteReport, Timestamp) -> BoxFuture<'c, Result<(), Failure>>
        + Send
        + Sync,
>;

/// Writes for one transaction.
#[derive(Clone)]
pub struct WriteBatch {
    /// In this order; later ones see what earlier ones did.
    pub writes: Vec<Write>,
    /// Who writes.
    pub actor: String,
    /// The categories asked for so far.
    pub directory: CategoryDirectory,
    /// What a rejected one means for the others.
    pub on_error: OnError,
    /// Find out what would happen, and undo it.
    pub validate_only: bool,
    /// Records the answer.
    pub record: Option<Record>,
}

/// What became of a batch.
#[derive(Debug, Clone)]
pub struct WriteReport {
    /// One for each write, in order.
    pub outcomes: Vec<Outcome>,
    /// Whether anything was kept: not after an abort, nor when only validating.
    pub committed: bool,
}

/// Why a batch was not decided.
#[derive(Debug, Clone)]
pub enum WriteError {
    /// The category module must be asked for these first; nothing was written.
    NotAsked(Vec<CategoryKey>),
    /// The database failed; nothing was written.
    Failed(Failure),
}

/// A page of what an integrity check found.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// What is wrong, for people.
    pub problems: Vec<String>,
    /// How many products were looked at.
    pub products: u64,
    /// Where to go on; `None` at the end.
    pub next: Option<i64>,
}

/// Keeps products.
#[async_trait]
pub trait CatalogStore: Send + Sync {
    /// A product that is not deleted.
    async fn find(&self, key: ProductKey) -> Result<Option<Product>, Failure>;

    /// [`CatalogStore::find`] by id, past any cache: what is committed, also where a cache has not heard of it yet.
    async fn find_stored(&self, id: ProductId) -> Result<Option<Product>, Failure> {
        self.find(ProductKey::Id(id)).await
    }

    /// The product that has this slug, or had it; not a deleted one.
    async fn find_by_slug(&self, slug: Slug) -> Result<Option<SlugMatch>, Failure>;

    /// The newest `limit` entries older than `before`; of deleted products too. Empty where there was never such a product.
    async fn history(
        &self,
        id: ProductId,
        before: Option<Version>,
        limit: u16,
    ) -> Result<Vec<HistoryEntry>, Failure>;

    /// Products that are not deleted in the order they were created in, after a position of that order, with theirs.
    async fn products_after(&self, position: i64, limit: u16) -> Result<Vec<(i64, Product)>, Failure>;

    /// At most `most` keys of attributes in use, in order, folded (see [`crate::domain::attribute_key`]).
    async fn attribute_keys(&self, most: usize) -> Result<Vec<String>, Failure>;

    /// Runs a batch in one transaction.
    async fn write(&self, batch: Arc<WriteBatch>) -> Result<WriteReport, WriteError>;

    /// See [`vitrine_catalog_api::CatalogPort::count_by_category`].
    async fn count_by_category(
        &self,
        categories: Vec<CategoryId>,
    ) -> Result<HashMap<CategoryId, ProductCounts>, Failure>;

    /// See [`vitrine_catalog_api::CatalogPort::count_in_any`].
    async fn count_in_any(&self, categories: Vec<CategoryId>) -> Result<ProductCounts, Failure>;

    /// Does at most `most` products of [`vitrine_catalog_api::CatalogPort::reassign`]; how many it did. Fewer than `most`: all are done.
    async fn reassign_some(
        &self,
        categories: Arc<[CategoryId]>,
        target: Option<CategoryId>,
        actor: String,
        most: u16,
    ) -> Result<u64, Failure>;

    /// Every category that some product is in, deleted ones too.
    async fn categories_in_use(&self) -> Result<Vec<CategoryId>, Failure>;

    /// Compares the next products after a position with their index rows.
    async fn check_indexes(&self, position: i64) -> Result<Checked, Failure>;

    /// Makes the index rows of the next products after a position anew.
    async fn rebuild_indexes(&self, position: i64) -> Result<Checked, Failure>;
}
