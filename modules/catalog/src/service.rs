//! The use cases of the catalog.

mod batch;
mod details;
mod export;
mod import;
mod integrity;
mod port;
mod reading;
mod writing;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use vitrine_category_api::{CategoryKey, CategoryPort, CategoryPortError, CategorySummary};
use vitrine_kernel::{ErrorCode, Failure};

use crate::store::CatalogStore;

pub use batch::{BatchOptions, ProductWrite};
pub use details::ProductDetails;
pub use import::{ImportOptions, ProductRows};
pub use reading::{FoundBySlug, Visibility};

/// How many keys one question to the category module has.
const KEYS_AT_ONCE: usize = 1000;

/// The use cases. Clones share everything.
#[derive(Clone)]
pub struct CatalogService {
    store: Arc<dyn CatalogStore>,
    categories: Arc<dyn CategoryPort>,
}

impl CatalogService {
    /// A service over a store, which asks `categories` about categories.
    pub fn new(store: Arc<dyn CatalogStore>, categories: Arc<dyn CategoryPort>) -> Self {
        Self { store, categories }
    }

    async fn ask(&self, keys: &[CategoryKey]) -> Result<HashMap<CategoryKey, CategorySummary>, Failure> {
        let mut found = HashMap::with_capacity(keys.len());
        for chunk in keys.chunks(KEYS_AT_ONCE) {
            found.extend(self.categories.find_many(chunk).await.map_err(unavailable)?);
        }
        Ok(found)
    }
}

pub(crate) fn unavailable(error: CategoryPortError) -> Failure {
    let code = match error {
        CategoryPortError::Unavailable(_) => ErrorCode::Unavailable,
        CategoryPortError::Timeout => ErrorCode::Timeout,
    };
    Failure::new(code, "The categories can't be looked up now. Try again in a moment.")
        .caused_by(error)
        .retry_after_seconds(1)
}
