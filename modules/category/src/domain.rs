//! What categories are and the rules they follow; no input, no output.

pub mod attributes;
pub mod change;
pub mod fields;
pub mod import;
pub mod listing;
pub mod placement;
pub mod position;
pub mod rank;
pub mod schema;
pub mod search_text;
pub mod tree;

use serde_json::{Map, Value, json};
use vitrine_category_api::{AttributeDefinition, Breadcrumb, CategoryStatus};
use vitrine_kernel::{CategoryId, Slug, Timestamp, Version, text};

pub use fields::NewCategory;
pub use rank::Rank;
pub use tree::{Place, TreeOrder, TreePath};

/// Who looks: it decides what there is to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Active categories below active ones only.
    Public,
    /// Everything.
    Staff,
}

impl Audience {
    /// Whether a category at this place is there for them.
    pub const fn sees(self, place: &Place) -> bool {
        matches!(self, Self::Staff) || place.is_visible()
    }
}

/// A category, whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Category {
    /// Its number in the database, the last resort of every order.
    pub seq: i64,
    /// Its id.
    pub id: CategoryId,
    /// The id that its owner's system gave it.
    pub external_id: Option<String>,
    /// Its address.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// What there is to say about it; may be empty.
    pub description: String,
    /// Whether it is shown.
    pub status: CategoryStatus,
    /// Where its picture is.
    pub image_url: Option<String>,
    /// The attributes it defines itself.
    pub attributes: Vec<AttributeDefinition>,
    /// Anything its owner wants to keep with it.
    pub metadata: Map<String, Value>,
    /// Where it stands in the tree.
    pub place: Place,
    /// Its version.
    pub version: Version,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Category {
    /// The name as it sorts and compares.
    pub fn name_key(&self) -> String {
        text::fold(&self.name)
    }

    /// What a client may write, as it would write it: the ground a merge patch is applied to.
    pub fn writable(&self) -> Value {
        json!({
            "external_id": self.external_id,
            "slug": self.slug,
            "name": self.name,
            "description": self.description,
            "parent_id": self.place.parent_id,
            "status": self.status,
            "image_url": self.image_url,
            "attributes": self.attributes,
            "metadata": self.metadata,
        })
    }

    /// Whether anything but the place differs.
    pub fn content_differs(&self, other: &Self) -> bool {
        let here = Self { place: other.place.clone(), ..self.clone() };
        here.writable() != other.writable()
    }

    /// The same category with other fields. Its slug and its place are decided elsewhere: they depend on other categories.
    #[must_use]
    pub fn with_fields(&self, fields: NewCategory) -> Self {
        let mut next = self.clone();
        next.place.hidden_by += tree::hides(fields.status) - tree::hides(self.status);
        next.external_id = fields.external_id;
        next.name = fields.name;
        next.description = fields.description;
        next.status = fields.status;
        next.image_url = fields.image_url;
        next.attributes = fields.attributes;
        next.metadata = fields.metadata;
        next
    }
}

/// What is read of the categories above another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Ancestor {
    /// Its name and address.
    pub crumb: Breadcrumb,
    /// The attributes it defines itself.
    pub attributes: Vec<AttributeDefinition>,
}

/// A category with those above it.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The category.
    pub category: Category,
    /// Its ancestors, the root first.
    pub ancestors: Vec<Ancestor>,
}

impl Placed {
    /// The attributes in force in the category.
    pub fn attributes_in_force(&self) -> Vec<AttributeDefinition> {
        let above = self.ancestors.iter().map(|ancestor| ancestor.attributes.as_slice());
        attributes::in_force(above.chain([self.category.attributes.as_slice()]))
    }

    /// The way from the root to the category, itself included.
    pub fn trail(&self) -> Vec<Breadcrumb> {
        let own = Breadcrumb {
            id: self.category.id,
            name: self.category.name.clone(),
            slug: self.category.slug.clone(),
        };
        self.ancestors.iter().map(|ancestor| ancestor.crumb.clone()).chain([own]).collect()
    }
}

/// A category as its own page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// The category and those above it.
    pub placed: Placed,
    /// How many active products are in it or below it; `None` when the catalog does not say.
    pub product_count: Option<u64>,
}
