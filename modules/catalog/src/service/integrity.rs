//! Whether everything made from the products agrees with them.

use vitrine_category_api::CategoryKey;
use vitrine_kernel::{CategoryId, Failure};

use super::CatalogService;
use super::details::keys_of;

/// Problems listed at most: the first ones tell enough.
const MOST: usize = 1000;

impl CatalogService {
    /// Compares every product with its index rows, and looks its categories up. Empty when all is well; at most 1000 problems.
    pub async fn check(&self) -> Result<Vec<String>, Failure> {
        let mut problems = Vec::new();
        let mut position = 0;
        loop {
            let page = self.store.check_indexes(position).await?;
            problems.extend(page.problems);
            match page.next {
                Some(next) if problems.len() < MOST => position = next,
                _ => break,
            }
        }
        problems.extend(self.dangling().await?.into_iter().map(|id| {
            format!("category {id} does not exist, and products are in it; take them out of it, or create it again")
        }));
        problems.truncate(MOST);
        Ok(problems)
    }

    /// Makes everything that is made from the products anew; how many products there are.
    pub async fn repair(&self) -> Result<u64, Failure> {
        let (mut products, mut position) = (0, 0);
        loop {
            let page = self.store.rebuild_indexes(position).await?;
            products += page.products;
            match page.next {
                Some(next) => position = next,
                None => return Ok(products),
            }
        }
    }

    async fn dangling(&self) -> Result<Vec<CategoryId>, Failure> {
        let used = self.store.categories_in_use().await?;
        let found = self.ask(&keys_of(&used)).await?;
        Ok(used.into_iter().filter(|id| !found.contains_key(&CategoryKey::Id(*id))).collect())
    }
}
