//! For tests: the port without a database ([`FakeCategories`]), and what every implementation must do ([`contract`]).

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use vitrine_kernel::{CategoryId, Slug};

use crate::{AttributeDefinition, CategoryStatus};

pub mod contract;
mod fake;

pub use fake::FakeCategories;

/// A category as a test wants it.
#[derive(Debug, Clone)]
pub struct SeedCategory {
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: Slug,
    /// The category above it.
    pub parent: Option<CategoryId>,
    /// The id that its owner's system gave it.
    pub external_id: Option<String>,
    /// Whether it is shown.
    pub status: CategoryStatus,
    /// The attributes defined here.
    pub attributes: Vec<AttributeDefinition>,
}

impl SeedCategory {
    /// An active root without attributes, whose slug no other one of this process has.
    pub fn named(name: &str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let slug = Slug::from_name(name, "category").numbered(NUMBER.fetch_add(1, Ordering::Relaxed));
        Self {
            name: name.to_owned(),
            slug,
            parent: None,
            external_id: None,
            status: CategoryStatus::Active,
            attributes: Vec::new(),
        }
    }

    /// The same category below another.
    #[must_use]
    pub fn under(mut self, parent: CategoryId) -> Self {
        self.parent = Some(parent);
        self
    }

    /// The same category with an attribute more.
    #[must_use]
    pub fn with(mut self, attribute: AttributeDefinition) -> Self {
        self.attributes.push(attribute);
        self
    }
}

/// How a contract test brings about what it then asks the port for. An implementation under test gives one that works
/// through its own use cases.
#[async_trait]
pub trait CategorySeed: Send + Sync {
    /// Makes a category.
    async fn create(&self, category: SeedCategory) -> CategoryId;
    /// Gives it another name.
    async fn rename(&self, id: CategoryId, name: &str);
    /// Gives it another slug; the one it had becomes a former one.
    async fn change_slug(&self, id: CategoryId, slug: &Slug);
    /// Puts it below another, or makes it a root.
    async fn move_under(&self, id: CategoryId, parent: Option<CategoryId>);
    /// Deletes a category without children.
    async fn delete(&self, id: CategoryId);
}
