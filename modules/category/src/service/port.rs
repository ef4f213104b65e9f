//! The port, in this process.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use vitrine_category_api::{CategoryKey, CategoryPort, CategoryPortError, CategorySummary};
use vitrine_kernel::{CategoryId, ErrorCode, Failure};

use crate::domain::Placed;
use crate::store::CategoryStore;

/// [`CategoryPort`] over the module's own store.
pub struct LocalCategories {
    store: Arc<dyn CategoryStore>,
}

impl LocalCategories {
    /// A port over a store.
    pub fn new(store: Arc<dyn CategoryStore>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl CategoryPort for LocalCategories {
    async fn find_many(
        &self,
        keys: &[CategoryKey],
    ) -> Result<HashMap<CategoryKey, CategorySummary>, CategoryPortError> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.store.find_many(keys.to_vec()).await.map_err(|failure| unavailable(&failure))?;
        Ok(found.into_iter().map(|(key, placed)| (key, summary(placed))).collect())
    }

    async fn subtree_ids(&self, key: &CategoryKey) -> Result<Option<Vec<CategoryId>>, CategoryPortError> {
        self.store.subtree_ids(key.clone()).await.map_err(|failure| unavailable(&failure))
    }
}

fn summary(placed: Placed) -> CategorySummary {
    CategorySummary {
        trail: placed.trail(),
        attributes: placed.attributes_in_force(),
        id: placed.category.id,
        name: placed.category.name,
        slug: placed.category.slug,
        external_id: placed.category.external_id,
        status: placed.category.status,
        visible: placed.category.place.is_visible(),
    }
}

fn unavailable(failure: &Failure) -> CategoryPortError {
    tracing::error!(error = %failure, cause = ?std::error::Error::source(failure), "the category store does not answer");
    match failure.code() {
        ErrorCode::Timeout => CategoryPortError::Timeout,
        _ => CategoryPortError::Unavailable(failure.detail().to_owned()),
    }
}
