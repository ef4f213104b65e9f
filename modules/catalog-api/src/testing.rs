//! For tests: the port without a database ([`FakeCatalog`]), and what every implementation must do ([`contract`]).

use async_trait::async_trait;
use vitrine_kernel::{CategoryId, ProductId};

pub mod contract;
mod fake;

pub use fake::FakeCatalog;

/// Whether anonymous callers see a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeedStatus {
    /// Not shown yet.
    Draft,
    /// Shown.
    Active,
    /// No longer shown.
    Archived,
}

/// How a contract test brings about what it then asks the port for. An implementation under test gives one that works
/// through its own use cases.
#[async_trait]
pub trait CatalogSeed: Send + Sync {
    /// A new category that products can be put into.
    async fn category(&self) -> CategoryId;
    /// Makes a product in these categories, the first of them primary.
    async fn create(&self, categories: &[CategoryId], status: SeedStatus) -> ProductId;
    /// Deletes a product (softly).
    async fn delete(&self, id: ProductId);
    /// Takes the deletion back.
    async fn restore(&self, id: ProductId);
    /// The categories of a product that is not deleted, primary first.
    async fn categories_of(&self, id: ProductId) -> Vec<CategoryId>;
    /// Who made the newest change of the product.
    async fn last_actor(&self, id: ProductId) -> String;
}
