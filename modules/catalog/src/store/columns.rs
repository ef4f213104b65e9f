//! Columns of `catalog_products` that are made from the document.

use vitrine_kernel::Failure;
use vitrine_kernel::text::fold;

use crate::domain::Product;

/// Columns made from the document.
pub(super) struct Columns {
    pub name_key: String,
    pub brand_key: Option<String>,
    pub price_key: Option<i64>,
    pub document: String,
}

impl Columns {
    pub(super) fn of(product: &Product) -> Result<Self, Failure> {
        Ok(Self {
            name_key: fold(&product.name),
            brand_key: product.brand.as_deref().map(fold),
            price_key: product.price_range().map(|range| range.min.sort_key()),
            document: serde_json::to_string(product).map_err(Failure::internal)?,
        })
    }
}
