//! How a row of an import says which product it means.

use serde_json::Value;
use vitrine_kernel::Slug;

/// What a row names its product by. What is not text is a fault that reading the row finds.
pub(super) struct RowKeys<'a> {
    pub external_id: Option<&'a str>,
    /// With their pointers.
    pub skus: Vec<(String, &'a str)>,
    pub slug: Option<Slug>,
}

impl<'a> RowKeys<'a> {
    pub(super) fn of(row: &'a Value) -> Self {
        let text = |value: &'a Value| value.as_str().map(str::trim).filter(|text| !text.is_empty());
        let mut skus: Vec<_> =
            row.get("sku").and_then(text).map(|sku| ("/sku".to_owned(), sku)).into_iter().collect();
        let variants = row.get("variants").and_then(Value::as_array).into_iter().flatten().enumerate();
        skus.extend(variants.filter_map(|(at, variant)| {
            Some((format!("/variants/{at}/sku"), variant.get("sku").and_then(text)?))
        }));
        let slug = row.get("slug").and_then(text).and_then(Slug::parse);
        Self { external_id: row.get("external_id").and_then(text), skus, slug }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.external_id.is_none() && self.skus.is_empty() && self.slug.is_none()
    }
}
