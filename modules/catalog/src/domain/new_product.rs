//! What a body asks for, read and checked as far as the body alone tells.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use vitrine_category_api::CategoryKey;
use vitrine_kernel::{Fault, Money, Slug, VariantId};

use super::{Attributes, Media, ProductStatus};

/// Who wrote the body, which decides what may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// `POST`: ids of variants are ours to give.
    Create,
    /// A product with a patch applied: variants may name the ids they have.
    Update,
    /// A row of an import: like an update, and categories may be named by `category_external_ids` or `category_slugs`.
    Row,
    /// A row of a CSV file: like [`BodyKind::Row`], and the product's attributes are texts, which the schemas of its categories
    /// turn into numbers and booleans.
    TextRow,
}

impl BodyKind {
    /// Whether it is a row of an import.
    pub const fn is_row(self) -> bool {
        matches!(self, Self::Row | Self::TextRow)
    }
}

/// The writable content of a product.
#[derive(Debug, Clone, PartialEq)]
pub struct NewProduct {
    /// See [`super::Product`] for this and the next ones.
    pub external_id: Option<String>,
    /// `None`: to be made from the name.
    pub slug: Option<Slug>,
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// The brand.
    pub brand: Option<String>,
    /// The status.
    pub status: ProductStatus,
    /// The categories as the body names them.
    pub categories: Vec<CategoryRef>,
    /// The tags.
    pub tags: Vec<String>,
    /// The attributes.
    pub attributes: Attributes,
    /// The options.
    pub options: Vec<String>,
    /// The variants, at least one.
    pub variants: Vec<NewVariant>,
    /// The media.
    pub media: Vec<Media>,
    /// The metadata.
    pub metadata: Map<String, Value>,
    /// Whether the body gave its only variant's members at the top: faults must point there.
    pub shorthand: bool,
    /// Whether its attributes are texts still to be typed by schemas.
    pub is_untyped: bool,
}

/// A category as a body names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryRef {
    /// Where it stands.
    pub pointer: String,
    /// What it says.
    pub key: CategoryKey,
}

/// A variant as a body has it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewVariant {
    /// The id of a variant that exists.
    pub id: Option<VariantId>,
    /// See [`super::Variant`] for this and the next ones.
    pub sku: Option<String>,
    /// The values of the options.
    pub options: BTreeMap<String, String>,
    /// The price.
    pub price: Option<Money>,
    /// The former price.
    pub compare_at_price: Option<Money>,
    /// Prices in other currencies.
    pub prices: Vec<Money>,
    /// The barcode.
    pub barcode: Option<String>,
    /// The attributes.
    pub attributes: Attributes,
}

impl NewProduct {
    /// The categories as the body names them.
    pub fn category_keys(&self) -> impl Iterator<Item = CategoryKey> {
        self.categories.iter().map(|category| category.key.clone())
    }

    /// Moves a pointer to where the body has what it points to.
    pub fn point(&self, pointer: String) -> String {
        point(self.shorthand, pointer)
    }
}

/// Members of a product's only variant that may stand at the top of a body instead.
pub(super) const SHORTHAND: [&str; 5] = ["sku", "price", "compare_at_price", "prices", "barcode"];

pub(super) fn point(shorthand: bool, pointer: String) -> String {
    if !shorthand {
        return pointer;
    }
    match pointer.strip_prefix("/variants/0/") {
        Some(rest) if SHORTHAND.contains(&rest.split('/').next().unwrap_or(rest)) => format!("/{rest}"),
        _ => pointer,
    }
}

pub(super) fn point_all(shorthand: bool, faults: Vec<Fault>) -> Vec<Fault> {
    faults.into_iter().map(|fault| Fault { pointer: point(shorthand, fault.pointer), ..fault }).collect()
}
