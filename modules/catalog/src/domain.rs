//! Products and the rules about them. Nothing here knows a database, HTTP or another module's code.

mod attribute;
mod product;

pub use attribute::{AttributeValue, Attributes, IndexedValue, attribute_key};
pub use product::{Media, MediaKind, PriceRange, Product, ProductStatus, Variant};
