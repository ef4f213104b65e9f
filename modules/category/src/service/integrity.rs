//! Whether the tree is sound.

use vitrine_kernel::Result;

use super::CategoryService;
use crate::store::TreeProblem;

impl CategoryService {
    /// Everything in the stored tree that can't be; empty when it is sound. Sets the gauge `category_tree_problems`.
    pub async fn check(&self) -> Result<Vec<TreeProblem>> {
        let problems = self.store.problems().await?;
        let count = u32::try_from(problems.len()).unwrap_or(u32::MAX);
        metrics::gauge!("category_tree_problems").set(f64::from(count));
        if !problems.is_empty() {
            tracing::error!(problems = count, "the category tree has {count} problems");
        }
        Ok(problems)
    }

    /// Makes again what is made from parents, ranks, status and texts. Returns how many categories were wrong.
    pub async fn repair(&self) -> Result<u64> {
        let repaired = self.store.repair().await?;
        tracing::warn!(repaired, "made the category tree again; {repaired} categories were wrong");
        self.check().await?;
        Ok(repaired)
    }
}
