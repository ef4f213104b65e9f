//! Creating, changing, moving.

use serde_json::Value;
use vitrine_db::Recorder;
use vitrine_kernel::{CategoryId, Expected, Principal, Result};

use super::CategoryService;
use crate::domain::placement::{Destination, MovePlan};
use crate::domain::{Category, Detail, NewCategory};

impl CategoryService {
    /// Creates a category, the last among its siblings.
    pub async fn create(
        &self,
        new: NewCategory,
        actor: &Principal,
        recorder: Option<Recorder<Detail>>,
    ) -> Result<Detail> {
        let placed = self.store.create(new, recorder).await?;
        let id = placed.category.id;
        tracing::info!(category.id = %id, actor = actor.subject, "created category {id}");
        Ok(Detail { placed, product_count: Some(0) })
    }

    /// Applies a merge patch. Another `parent_id` moves the category to the end of that parent's children.
    pub async fn patch(
        &self,
        id: CategoryId,
        expected: Expected,
        patch: Value,
        actor: &Principal,
    ) -> Result<Detail> {
        let change = move |current: &Category| NewCategory::patched(current, &patch);
        let placed = self.store.change(id, expected, Box::new(change)).await?;
        tracing::info!(category.id = %id, actor = actor.subject, "changed category {id}");
        Ok(self.with_count(placed).await)
    }

    /// Moves a category with all below it.
    pub async fn relocate(
        &self,
        id: CategoryId,
        expected: Expected,
        to: Destination,
        actor: &Principal,
        recorder: Option<Recorder<Detail>>,
    ) -> Result<Detail> {
        // A move changes no counts, so that they can be asked for before: the answer is kept within the transaction.
        let product_count = self.count_products(id).await;
        let placed = self.store.relocate(id, expected, to, product_count, recorder).await?;
        tracing::info!(category.id = %id, actor = actor.subject, "moved category {id}");
        Ok(Detail { placed, product_count })
    }

    /// What a move would do; nothing changes.
    pub async fn plan_move(&self, id: CategoryId, to: Destination) -> Result<MovePlan> {
        self.store.plan_move(id, to).await
    }
}
