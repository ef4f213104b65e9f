//! Ports for those who are not there: not yet (while the modules are being made), or not at all.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use vitrine_auth_api::{AuthPort, AuthPortError, Credential};
use vitrine_catalog_api::{CatalogPort, CatalogPortError, ProductCounts};
use vitrine_category_api::{CategoryKey, CategoryPort, CategoryPortError, CategorySummary};
use vitrine_kernel::{CategoryId, Principal};

/// The catalog's port, handed out before the catalog is made: the category module needs it, and the catalog needs the
/// category module.
///
/// The reference is weak, so that the two don't keep each other alive for ever.
#[derive(Default)]
pub struct LateCatalog(OnceLock<Weak<dyn CatalogPort>>);

impl LateCatalog {
    /// From now on calls go there. Whoever calls this keeps the port alive.
    pub fn bind(&self, catalog: &Arc<dyn CatalogPort>) {
        // Wiring happens once; a second binding would be ignored.
        let _first_wins = self.0.set(Arc::downgrade(catalog));
    }

    fn port(&self) -> Result<Arc<dyn CatalogPort>, CatalogPortError> {
        self.0
            .get()
            .and_then(Weak::upgrade)
            .ok_or_else(|| CatalogPortError::Unavailable("the process is starting or stopping".to_owned()))
    }
}

#[async_trait]
impl CatalogPort for LateCatalog {
    async fn count_by_category(
        &self,
        categories: &[CategoryId],
    ) -> Result<HashMap<CategoryId, ProductCounts>, CatalogPortError> {
        self.port()?.count_by_category(categories).await
    }

    async fn count_in_any(&self, categories: &[CategoryId]) -> Result<ProductCounts, CatalogPortError> {
        self.port()?.count_in_any(categories).await
    }

    async fn reassign(
        &self,
        categories: &[CategoryId],
        target: Option<CategoryId>,
        actor: &str,
    ) -> Result<u64, CatalogPortError> {
        self.port()?.reassign(categories, target, actor).await
    }
}

/// `modules.catalog = "off"`: there are no products.
pub struct NoCatalog;

#[async_trait]
impl CatalogPort for NoCatalog {
    async fn count_by_category(
        &self,
        _categories: &[CategoryId],
    ) -> Result<HashMap<CategoryId, ProductCounts>, CatalogPortError> {
        Ok(HashMap::new())
    }

    async fn count_in_any(&self, _categories: &[CategoryId]) -> Result<ProductCounts, CatalogPortError> {
        Ok(ProductCounts::default())
    }

    async fn reassign(
        &self,
        _categories: &[CategoryId],
        _target: Option<CategoryId>,
        _actor: &str,
    ) -> Result<u64, CatalogPortError> {
        Ok(0)
    }
}

/// `modules.category = "off"`: there are no categories.
pub struct NoCategories;

#[async_trait]
impl CategoryPort for NoCategories {
    async fn find_many(
        &self,
        _keys: &[CategoryKey],
    ) -> Result<HashMap<CategoryKey, CategorySummary>, CategoryPortError> {
        Ok(HashMap::new())
    }

    async fn subtree_ids(&self, _key: &CategoryKey) -> Result<Option<Vec<CategoryId>>, CategoryPortError> {
        Ok(None)
    }
}

/// `modules.auth = "off"`: nobody is known, so every credential is wrong, and whatever needs one is refused.
pub struct NoAuth;

#[async_trait]
impl AuthPort for NoAuth {
    async fn authenticate(&self, _credential: &Credential) -> Result<Principal, AuthPortError> {
        Err(AuthPortError::Rejected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_late_port_is_unavailable_until_it_is_bound_and_after_it_is_gone() {
        let late = LateCatalog::default();
        assert!(matches!(late.count_in_any(&[]).await, Err(CatalogPortError::Unavailable(_))));
        let catalog: Arc<dyn CatalogPort> = Arc::new(NoCatalog);
        late.bind(&catalog);
        assert_eq!(late.count_in_any(&[]).await.expect("bound"), ProductCounts::default());
        drop(catalog);
        assert!(matches!(late.count_in_any(&[]).await, Err(CatalogPortError::Unavailable(_))));
    }

    #[actix_web::test]
    async fn without_auth_no_credential_is_good() {
        let credential = Credential::Bearer("vk_anything".to_owned().into());
        assert!(matches!(NoAuth.authenticate(&credential).await, Err(AuthPortError::Rejected)));
    }
}
