//! Products and the rules about them. Nothing here knows a database, HTTP or another module's code.

mod attribute;
mod attribute_rules;
mod candidate;
mod categories;
mod history;
mod new_product;
mod patch;
mod product;
mod read;
mod read_attributes;
mod read_variants;

#[cfg(test)]
mod tests;

pub use attribute::{AttributeValue, Attributes, IndexedValue, attribute_key, value_key};
pub use attribute_rules::attribute_kinds;
pub use candidate::{Candidate, Checked};
pub use categories::{CategoryDirectory, NotAsked};
pub use history::{Action, HistoryEntry, changes};
pub use new_product::{BodyKind, CategoryRef, NewProduct, NewVariant};
pub use patch::{patched, writable};
pub use product::{Media, MediaKind, PriceRange, Product, ProductStatus, Variant};
