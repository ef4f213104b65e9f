//! What other modules ask.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use vitrine_catalog_api::{CatalogPort, CatalogPortError, ProductCounts};
use vitrine_kernel::{CategoryId, ErrorCode, Failure};

use super::CatalogService;

/// Products changed in one transaction: others wait for it.
const REASSIGNED_AT_ONCE: u16 = 200;

#[async_trait]
impl CatalogPort for CatalogService {
    async fn count_by_category(
        &self,
        categories: &[CategoryId],
    ) -> Result<HashMap<CategoryId, ProductCounts>, CatalogPortError> {
        self.store.count_by_category(categories.to_vec()).await.map_err(|failure| port_error(&failure))
    }

    async fn count_in_any(&self, categories: &[CategoryId]) -> Result<ProductCounts, CatalogPortError> {
        self.store.count_in_any(categories.to_vec()).await.map_err(|failure| port_error(&failure))
    }

    async fn reassign(
        &self,
        categories: &[CategoryId],
        target: Option<CategoryId>,
        actor: &str,
    ) -> Result<u64, CatalogPortError> {
        let categories: Arc<[CategoryId]> = categories.into();
        let mut changed = 0;
        loop {
            let more = self
                .store
                .reassign_some(Arc::clone(&categories), target, actor.to_owned(), REASSIGNED_AT_ONCE)
                .await
                .map_err(|failure| port_error(&failure))?;
            changed += more;
            if more < u64::from(REASSIGNED_AT_ONCE) {
                return Ok(changed);
            }
        }
    }
}

fn port_error(failure: &Failure) -> CatalogPortError {
    match failure.code() {
        ErrorCode::Timeout => CatalogPortError::Timeout,
        _ => CatalogPortError::Unavailable(failure.to_string()),
    }
}
