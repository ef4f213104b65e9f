//! What other modules may ask of the category module: the port, its types and its errors. A leaf: it knows the kernel only.

use std::collections::HashMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use vitrine_kernel::{CategoryId, Slug};

mod attribute;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use attribute::{AttributeDefinition, AttributeType};

/// A way to name a category.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CategoryKey {
    /// By id.
    Id(CategoryId),
    /// By its slug, or by one it had before.
    Slug(Slug),
    /// By the id that its owner's system gave it.
    ExternalId(String),
}

/// Whether a category is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CategoryStatus {
    /// Not shown yet.
    Draft,
    /// Shown.
    #[default]
    Active,
    /// No longer shown.
    Archived,
}

impl CategoryStatus {
    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }

    /// Reads the name in the API.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Draft, Self::Active, Self::Archived].into_iter().find(|status| status.name() == name)
    }
}

/// One step of a breadcrumb trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breadcrumb {
    /// The category.
    pub id: CategoryId,
    /// Its name.
    pub name: String,
    /// Its current slug.
    pub slug: Slug,
}

/// What other modules see of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategorySummary {
    /// The category.
    pub id: CategoryId,
    /// Its name.
    pub name: String,
    /// Its current slug.
    pub slug: Slug,
    /// The id that its owner's system gave it.
    pub external_id: Option<String>,
    /// Its own status.
    pub status: CategoryStatus,
    /// Whether anonymous callers see it: it and all its ancestors are active.
    pub visible: bool,
    /// The way from the root down to this category, itself included.
    pub trail: Vec<Breadcrumb>,
    /// The attributes in force here: its own and those inherited from its ancestors, outermost first. A key defined twice
    /// stands once, as the nearest category defines it.
    pub attributes: Vec<AttributeDefinition>,
}

/// Why the port could not answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CategoryPortError {
    /// The module does not answer, or its database does not.
    #[error("the category module is unavailable: {0}")]
    Unavailable(String),
    /// The answer took longer than its deadline.
    #[error("the category module did not answer in time")]
    Timeout,
}

/// The category module, as its neighbours see it.
#[async_trait]
pub trait CategoryPort: Send + Sync {
    /// The categories with these keys; keys that name none are absent from the map.
    async fn find_many(
        &self,
        keys: &[CategoryKey],
    ) -> Result<HashMap<CategoryKey, CategorySummary>, CategoryPortError>;

    /// The ids of a category and of everything below it; `None` when there is no such category.
    async fn subtree_ids(&self, key: &CategoryKey) -> Result<Option<Vec<CategoryId>>, CategoryPortError>;
}
