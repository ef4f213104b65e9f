use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use vitrine_kernel::{CategoryId, ProductId};

use super::{CatalogSeed, SeedStatus};
use crate::{CatalogPort, CatalogPortError, ProductCounts};

/// Products in memory. What it holds and how it fails is set by the test; see also [`CatalogSeed`], which it implements.
#[derive(Default)]
pub struct FakeCatalog(Mutex<State>);

#[derive(Default)]
struct State {
    products: BTreeMap<ProductId, Product>,
    failure: Option<CatalogPortError>,
    calls: u64,
}

struct Product {
    categories: Vec<CategoryId>,
    status: SeedStatus,
    deleted: bool,
    last_actor: String,
}

impl Product {
    fn is_in_any(&self, categories: &[CategoryId]) -> bool {
        self.categories.iter().any(|category| categories.contains(category))
    }
}

impl FakeCatalog {
    /// Without products.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a product.
    pub fn add(&self, categories: &[CategoryId], status: SeedStatus) -> ProductId {
        let id = ProductId::generate();
        let product = Product {
            categories: categories.to_vec(),
            status,
            deleted: false,
            last_actor: "test".to_owned(),
        };
        self.state().products.insert(id, product);
        id
    }

    /// From now on every call fails this way; `None` ends that.
    pub fn fail_with(&self, failure: Option<CatalogPortError>) {
        self.state().failure = failure;
    }

    /// How many calls of the port there were.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn called(&self) -> Result<MutexGuard<'_, State>, CatalogPortError> {
        let mut state = self.state();
        state.calls += 1;
        match state.failure.clone() {
            Some(failure) => Err(failure),
            None => Ok(state),
        }
    }
}

impl State {
    fn count_in_any(&self, categories: &[CategoryId]) -> ProductCounts {
        let mut counts = ProductCounts::default();
        for product in self.products.values().filter(|p| !p.deleted && p.is_in_any(categories)) {
            counts.total += 1;
            counts.active += u64::from(product.status == SeedStatus::Active);
        }
        counts
    }
}

#[async_trait]
impl CatalogPort for FakeCatalog {
    async fn count_by_category(
        &self,
        categories: &[CategoryId],
    ) -> Result<HashMap<CategoryId, ProductCounts>, CatalogPortError> {
        let state = self.called()?;
        Ok(categories.iter().map(|category| (*category, state.count_in_any(&[*category]))).collect())
    }

    async fn count_in_any(&self, categories: &[CategoryId]) -> Result<ProductCounts, CatalogPortError> {
        Ok(self.called()?.count_in_any(categories))
    }

    async fn reassign(
        &self,
        categories: &[CategoryId],
        target: Option<CategoryId>,
        actor: &str,
    ) -> Result<u64, CatalogPortError> {
        let mut state = self.called()?;
        let mut changed = 0;
        for product in state.products.values_mut().filter(|product| product.is_in_any(categories)) {
            let mut next = Vec::new();
            for category in &product.categories {
                let kept = if categories.contains(category) { target } else { Some(*category) };
                next.extend(kept.filter(|kept| !next.contains(kept)));
            }
            if next != product.categories {
                product.categories = next;
                actor.clone_into(&mut product.last_actor);
                changed += 1;
            }
        }
        Ok(changed)
    }
}

#[async_trait]
impl CatalogSeed for FakeCatalog {
    async fn category(&self) -> CategoryId {
        CategoryId::generate()
    }

    async fn create(&self, categories: &[CategoryId], status: SeedStatus) -> ProductId {
        self.add(categories, status)
    }

    async fn delete(&self, id: ProductId) {
        if let Some(product) = self.state().products.get_mut(&id) {
            product.deleted = true;
        }
    }

    async fn restore(&self, id: ProductId) {
        if let Some(product) = self.state().products.get_mut(&id) {
            product.deleted = false;
        }
    }

    async fn categories_of(&self, id: ProductId) -> Vec<CategoryId> {
        self.state().products.get(&id).map(|product| product.categories.clone()).unwrap_or_default()
    }

    async fn last_actor(&self, id: ProductId) -> String {
        self.state().products.get(&id).map(|product| product.last_actor.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_fake_keeps_the_contract() {
        let fake = FakeCatalog::new();
        super::super::contract::all(&fake, &fake).await;
    }

    #[tokio::test]
    async fn the_fake_fails_when_told_to() {
        let fake = FakeCatalog::new();
        fake.fail_with(Some(CatalogPortError::Timeout));
        assert!(matches!(fake.count_in_any(&[]).await, Err(CatalogPortError::Timeout)));
        fake.fail_with(None);
        assert!(fake.count_in_any(&[]).await.is_ok());
        assert_eq!(fake.calls(), 2);
    }
}
