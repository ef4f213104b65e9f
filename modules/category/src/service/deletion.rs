//! Deleting, and taking the products along.

use vitrine_category_api::CategoryKey;
use vitrine_kernel::{CategoryId, ErrorCode, Expected, Failure, Principal, Result};

use super::CategoryService;
use crate::domain::Audience;
use crate::store::DeletePolicy;

impl CategoryService {
    /// Deletes a category by a policy. What its products must learn of it is written with the deletion and done right after it, or
    /// by [`CategoryService::finish_reassignments`] later, if the catalog does not answer now.
    ///
    /// Errors: [`ErrorCode::CategoryNotEmpty`] by the policy `refuse`; [`ErrorCode::Unavailable`] when that policy can't be kept
    /// because the catalog does not say whether there are products.
    pub async fn delete(
        &self,
        id: CategoryId,
        expected: Expected,
        policy: DeletePolicy,
        actor: &Principal,
    ) -> Result<()> {
        if policy == DeletePolicy::Refuse {
            // The version first: who has not seen the category as it is should not hear of its products.
            let placed = self.visible(CategoryKey::Id(id), Audience::Staff).await?;
            expected.check(placed.category.version)?;
            self.refuse_with_products(id).await?;
        }
        let gone = self.store.delete(id, expected, policy, actor.subject.clone()).await?;
        tracing::info!(category.id = %id, actor = actor.subject, categories = gone.len(), "deleted category {id}");
        if let Err(failure) = self.finish_reassignments().await {
            tracing::warn!(error = %failure, "the products of category {id} will be taken out of it later");
        }
        Ok(())
    }

    async fn refuse_with_products(&self, id: CategoryId) -> Result<()> {
        let counts = self.catalog.count_by_category(&[id]).await.map_err(|error| {
            Failure::new(
                ErrorCode::Unavailable,
                "The catalog does not say whether the category has products. Try again in a moment.",
            )
            .caused_by(error)
        })?;
        let products = counts.get(&id).map_or(0, |counts| counts.total);
        if products == 0 {
            return Ok(());
        }
        let what = if products == 1 { "a product".to_owned() } else { format!("{products} products") };
        Err(Failure::new(
            ErrorCode::CategoryNotEmpty,
            format!(
                "The category has {what}. Put them elsewhere first, or choose `policy=reparent` or `policy=cascade`."
            ),
        ))
    }

    /// Takes products out of deleted categories, where that is still to be done. Repeating it is harmless; it stops at the first
    /// one that the catalog does not do. Returns how many products changed.
    pub async fn finish_reassignments(&self) -> Result<u64> {
        let mut changed = 0;
        for pending in self.store.reassignments().await? {
            changed +=
                self.catalog.reassign(&pending.categories, pending.target, &pending.actor).await.map_err(
                    |error| {
                        Failure::new(
                            ErrorCode::Unavailable,
                            "The catalog does not answer. Try again in a moment.",
                        )
                        .caused_by(error)
                    },
                )?;
            self.store.reassignment_done(pending.seq).await?;
        }
        Ok(changed)
    }
}
