//! The words of a product, as the full-text index keeps them.

use vitrine_kernel::text::words;

use crate::domain::Product;

/// Folded words divided by blanks, a field for each kind of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchDocument {
    /// Of the name.
    pub name: String,
    /// Of the brand.
    pub brand: String,
    /// Of the SKUs and the barcodes.
    pub sku: String,
    /// Of the tags.
    pub tags: String,
    /// Of the texts among the attributes and the options, of the product and of its variants.
    pub attributes: String,
    /// Of the description.
    pub description: String,
}

/// Makes the words of a product.
pub fn search_document(product: &Product) -> SearchDocument {
    let variants = &product.variants;
    let codes = variants.iter().flat_map(|v| v.sku.iter().chain(&v.barcode));
    let attributes = product.attributes.values().chain(variants.iter().flat_map(|v| v.attributes.values()));
    let mut values: Vec<String> =
        attributes.flat_map(|value| value.indexed()).map(|value| value.text).collect();
    values.extend(variants.iter().flat_map(|v| v.options.values().cloned()));
    values.sort_unstable();
    values.dedup();
    SearchDocument {
        name: joined([&product.name]),
        brand: joined(&product.brand),
        sku: joined(codes),
        tags: joined(&product.tags),
        attributes: joined(&values),
        description: joined([&product.description]),
    }
}

fn joined<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    texts.into_iter().flat_map(|text| words(text)).collect::<Vec<_>>().join(" ")
}
