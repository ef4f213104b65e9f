//! The catalog module's port over HTTP. Not built yet: every call answers that the module is unavailable, and why.

use std::collections::HashMap;

use async_trait::async_trait;
use vitrine_catalog_api::{CatalogPort, CatalogPortError, ProductCounts};
use vitrine_kernel::CategoryId;
use vitrine_peer::NotYet;

/// The catalog module of another process.
#[derive(Debug, Clone, Copy, Default)]
pub struct CatalogClient;

impl CatalogClient {
    /// Why this version can't call a remote catalog module: for the refusal at start.
    pub const NOT_YET: NotYet = NotYet { module: "catalog" };

    /// A client whose calls all fail with [`CatalogClient::NOT_YET`].
    pub const fn new() -> Self {
        Self
    }
}

fn not_yet<T>() -> Result<T, CatalogPortError> {
    Err(CatalogPortError::Unavailable(CatalogClient::NOT_YET.to_string()))
}

#[async_trait]
impl CatalogPort for CatalogClient {
    async fn count_by_category(
        &self,
        _categories: &[CategoryId],
    ) -> Result<HashMap<CategoryId, ProductCounts>, CatalogPortError> {
        not_yet()
    }

    async fn count_in_any(&self, _categories: &[CategoryId]) -> Result<ProductCounts, CatalogPortError> {
        not_yet()
    }

    async fn reassign(
        &self,
        _categories: &[CategoryId],
        _target: Option<CategoryId>,
        _actor: &str,
    ) -> Result<u64, CatalogPortError> {
        not_yet()
    }
}
