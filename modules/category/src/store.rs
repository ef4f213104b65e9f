//! Where categories are kept: the trait that the service uses, and its adapter for SQL databases.

pub mod held;
pub mod sql;
#[cfg(test)]
mod sql_tests;
#[cfg(test)]
mod suite;

use async_trait::async_trait;
use vitrine_category_api::CategoryKey;
use vitrine_db::Recorder;
use vitrine_kernel::{CategoryId, Expected, Result, Version};

use crate::domain::import::{UpsertCategory, UpsertOutcome};
use crate::domain::listing::Listing;
use crate::domain::placement::{Destination, MovePlan};
use crate::domain::position::TreeMark;
use crate::domain::{Audience, Category, Detail, NewCategory, Placed};

/// Makes the new fields of a category from the current one, inside the transaction that writes them.
pub type Change = Box<dyn FnOnce(&Category) -> Result<NewCategory> + Send>;

/// What happens to what is below and in a category that is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeletePolicy {
    /// It is not deleted while there is something.
    #[default]
    Refuse,
    /// Its children take its place below its parent, its products go to the parent.
    Reparent,
    /// All below it is deleted too; the products lose those categories.
    Cascade,
}

/// A page and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The categories of the page, each with its relevance (0 without a search).
    pub items: Vec<(Category, i64)>,
    /// Whether there are more.
    pub more: bool,
    /// The last respacing of siblings when this was read, for the cursor; 0 where the sort knows no positions.
    pub respaced: i64,
    /// How many there are in all, if it was asked for.
    pub total: Option<u64>,
}

/// A category as trees show it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Its id.
    pub id: CategoryId,
    /// Its parent.
    pub parent_id: Option<CategoryId>,
    /// Its owner's id for it.
    pub external_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// Its status, by name.
    pub status: String,
    /// Its level, 0 for roots.
    pub depth: i32,
    /// Its version.
    pub version: Version,
}

/// Products that must leave deleted categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reassignment {
    /// Its number: they are done in this order.
    pub seq: i64,
    /// The categories that are gone.
    pub categories: Vec<CategoryId>,
    /// Where their products go.
    pub target: Option<CategoryId>,
    /// Who deleted them.
    pub actor: String,
}

/// A category as an export shows it: its parent by every name.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The category.
    pub category: Category,
    /// Its parent's external id, if it has both.
    pub parent_external_id: Option<String>,
    /// Its parent's slug, if it has a parent.
    pub parent_slug: Option<String>,
}

/// Something in the stored tree that can't be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TreeProblem {
    /// What kind: `orphan`, `cycle`, `path`, `depth`, `order`, `rank`, `visibility`, `slug_history`, `search`.
    pub kind: &'static str,
    /// Which category.
    pub category: String,
    /// What is wrong, for people.
    pub detail: String,
}

/// Keeps categories. Each call is one snapshot or one transaction; whatever a write decides, it decides inside.
#[async_trait]
pub trait CategoryStore: Send + Sync {
    /// The categories with these keys, each with its ancestors; keys that name none are left out. A slug also finds the category
    /// that had it before.
    async fn find_many(&self, keys: Vec<CategoryKey>) -> Result<Vec<(CategoryKey, Placed)>>;

    /// The ids of a category and of all below it; `None` when there is no such category.
    async fn subtree_ids(&self, key: CategoryKey) -> Result<Option<Vec<CategoryId>>>;

    /// A page of a list. A scope of a category that isn't there is empty.
    async fn list(&self, listing: Listing) -> Result<Listed>;

    /// A category and what is below it, or the whole forest, `levels` deep, parents first and siblings in order. At most
    /// `most` entries.
    async fn outline(
        &self,
        root: Option<CategoryId>,
        levels: i32,
        audience: Audience,
        most: i64,
    ) -> Result<Vec<Outline>>;

    /// At most `limit` categories after a place in the tree, parents first; and where to go on, `None` at the end.
    async fn export_page(
        &self,
        after: Option<TreeMark>,
        limit: i64,
    ) -> Result<(Vec<Exported>, Option<TreeMark>)>;

    /// Makes a category, the last among its siblings.
    async fn create(&self, new: NewCategory, recorder: Option<Recorder<Detail>>) -> Result<Placed>;

    /// Changes the fields of a category (and moves it, if its parent is another). What is as before is not written.
    async fn change(&self, id: CategoryId, expected: Expected, change: Change) -> Result<Placed>;

    /// Moves a category. `product_count` goes into what the recorder keeps.
    async fn relocate(
        &self,
        id: CategoryId,
        expected: Expected,
        to: Destination,
        product_count: Option<u64>,
        recorder: Option<Recorder<Detail>>,
    ) -> Result<Placed>;

    /// What a move would do.
    async fn plan_move(&self, id: CategoryId, to: Destination) -> Result<MovePlan>;

    /// Deletes a category, with a [`Reassignment`] of its products. Returns the ids that are gone.
    async fn delete(
        &self,
        id: CategoryId,
        expected: Expected,
        policy: DeletePolicy,
        actor: String,
    ) -> Result<Vec<CategoryId>>;

    /// Writes rows of an import in one transaction, an outcome for each; with `dry_run` everything is undone afterwards.
    async fn upsert_many(&self, rows: Vec<UpsertCategory>, dry_run: bool) -> Result<Vec<UpsertOutcome>>;

    /// The reassignments not done yet, oldest first.
    async fn reassignments(&self) -> Result<Vec<Reassignment>>;

    /// Forgets one that is done.
    async fn reassignment_done(&self, seq: i64) -> Result<()>;

    /// Compares everything stored about the tree with what it is made from. Empty when sound.
    async fn problems(&self) -> Result<Vec<TreeProblem>>;

    /// Makes everything again that is made from something. Returns how many categories were wrong.
    async fn repair(&self) -> Result<u64>;
}
