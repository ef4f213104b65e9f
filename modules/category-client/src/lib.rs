//! The category module's port over HTTP. Not built yet: every call answers that the module is unavailable, and why.

use std::collections::HashMap;

use async_trait::async_trait;
use vitrine_category_api::{CategoryKey, CategoryPort, CategoryPortError, CategorySummary};
use vitrine_kernel::CategoryId;
use vitrine_peer::NotYet;

/// The category module of another process.
#[derive(Debug, Clone, Copy, Default)]
pub struct CategoryClient;

impl CategoryClient {
    /// Why this version can't call a remote category module: for the refusal at start.
    pub const NOT_YET: NotYet = NotYet { module: "category" };

    /// A client whose calls all fail with [`CategoryClient::NOT_YET`].
    pub const fn new() -> Self {
        Self
    }
}

fn not_yet<T>() -> Result<T, CategoryPortError> {
    Err(CategoryPortError::Unavailable(CategoryClient::NOT_YET.to_string()))
}

#[async_trait]
impl CategoryPort for CategoryClient {
    async fn find_many(
        &self,
        _keys: &[CategoryKey],
    ) -> Result<HashMap<CategoryKey, CategorySummary>, CategoryPortError> {
        not_yet()
    }

    async fn subtree_ids(&self, _key: &CategoryKey) -> Result<Option<Vec<CategoryId>>, CategoryPortError> {
        not_yet()
    }
}
