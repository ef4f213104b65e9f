use vitrine_category_api::{CategoryKey, CategorySummary};
use vitrine_kernel::{CategoryId, Failure};

use super::CatalogService;
use crate::domain::{CategoryDirectory, Product};

/// A product with what its categories say.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductDetails {
    /// The product.
    pub product: Product,
    /// Its categories in its order, the primary one first. One that is gone is left out.
    pub categories: Vec<CategorySummary>,
}

impl ProductDetails {
    pub(super) fn from_directory(product: Product, directory: &CategoryDirectory) -> Option<Self> {
        let categories = directory.summaries(&product.category_ids).ok()?.into_iter().cloned().collect();
        Some(Self { product, categories })
    }
}

impl CatalogService {
    /// Looks the categories of a product up.
    pub(super) async fn with_categories(&self, product: Product) -> Result<ProductDetails, Failure> {
        if product.category_ids.is_empty() {
            return Ok(ProductDetails { product, categories: Vec::new() });
        }
        let mut found = self.ask(&keys_of(&product.category_ids)).await?;
        let categories =
            product.category_ids.iter().filter_map(|id| found.remove(&CategoryKey::Id(*id))).collect();
        Ok(ProductDetails { product, categories })
    }

    /// Asks for what a directory lacks.
    pub(super) async fn extend(
        &self,
        directory: &mut CategoryDirectory,
        keys: impl IntoIterator<Item = CategoryKey>,
    ) -> Result<(), Failure> {
        let missing = directory.missing(keys);
        if missing.is_empty() {
            return Ok(());
        }
        let found = self.ask(&missing).await?;
        directory.learn(missing, found);
        Ok(())
    }
}

pub(super) fn keys_of(ids: &[CategoryId]) -> Vec<CategoryKey> {
    ids.iter().map(|id| CategoryKey::Id(*id)).collect()
}
