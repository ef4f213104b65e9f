//! What other modules may ask of the catalog module: the port and its errors. A leaf: it knows the kernel only.

use std::collections::HashMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use vitrine_kernel::CategoryId;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

/// How many products use a category directly (not its descendants).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ProductCounts {
    /// Products that anonymous callers see.
    pub active: u64,
    /// All products, drafts and archived ones included; deleted ones are not.
    pub total: u64,
}

/// Why the port could not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CatalogPortError {
    /// The module does not answer, or its database does not.
    #[error("the catalog module is unavailable: {0}")]
    Unavailable(String),
    /// The answer took longer than its deadline.
    #[error("the catalog module did not answer in time")]
    Timeout,
}

/// The catalog module, as its neighbours see it.
#[async_trait]
pub trait CatalogPort: Send + Sync {
    /// Counts for each of these categories; a category without products may be absent from the map.
    async fn count_by_category(
        &self,
        categories: &[CategoryId],
    ) -> Result<HashMap<CategoryId, ProductCounts>, CatalogPortError>;

    /// How many different products are in at least one of these categories.
    async fn count_in_any(&self, categories: &[CategoryId]) -> Result<ProductCounts, CatalogPortError>;

    /// Takes all products, deleted ones too, out of these categories and puts them into `target` instead (`None`: into none).
    /// The target stands where the first of them stood, so that a primary category is replaced by a primary one, and once,
    /// also in products that it had before. `actor` is recorded in the histories of the products. Returns how many products changed. Repeating it is harmless.
    async fn reassign(
        &self,
        categories: &[CategoryId],
        target: Option<CategoryId>,
        actor: &str,
    ) -> Result<u64, CatalogPortError>;
}
