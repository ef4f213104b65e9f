//! What lists and suggestions look like, for the OpenAPI document.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::schema::{Money, Product};

/// A page of products.
#[derive(Serialize, ToSchema)]
pub(super) struct ProductPage {
    items: Vec<ProductListItem>,
    /// `null` on the last page.
    next_cursor: Option<String>,
    /// How many there are in all, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// The query as it was taken; only where it was corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<String>,
    /// By the names asked for; only where some were.
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<BTreeMap<String, Facet>>,
}

/// A product of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct ProductListItem {
    #[schema(inline)]
    #[serde(flatten)]
    product: Product,
    /// Only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    highlight: Option<ProductHighlight>,
}

/// Texts as HTML, with `<mark>` around what was found.
#[derive(Serialize, ToSchema)]
pub(super) struct ProductHighlight {
    #[schema(example = "Red <mark>shoes</mark>")]
    name: String,
    /// The part around the first word found.
    description: String,
}

/// Counts: of values (`brand`, `tag`, `attr.<key>`), of categories, or of prices (`null` where there are none).
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes, and is never made")]
pub(super) enum Facet {
    Values(Vec<FacetValue>),
    Categories(Vec<FacetCategory>),
    Price(Option<FacetPrices>),
}

/// A value and how many products have it.
#[derive(Serialize, ToSchema)]
pub(super) struct FacetValue {
    value: String,
    count: u64,
}

/// A category and how many products it has.
#[derive(Serialize, ToSchema)]
pub(super) struct FacetCategory {
    /// Its id.
    value: Uuid,
    name: String,
    slug: String,
    /// In it or below it.
    count: u64,
    /// In it.
    direct_count: u64,
}

/// Prices in one currency.
#[derive(Serialize, ToSchema)]
pub(super) struct FacetPrices {
    currency: String,
    min: Money,
    max: Money,
    histogram: Vec<FacetPriceStep>,
}

/// Prices from `from` on and below `to`.
#[derive(Serialize, ToSchema)]
pub(super) struct FacetPriceStep {
    from: Money,
    to: Money,
    count: u64,
}

/// Suggestions.
#[derive(Serialize, ToSchema)]
pub(super) struct ProductSuggestions {
    suggestions: Vec<ProductSuggestion>,
    /// The text as it was taken; `null` where that is as it was typed.
    did_you_mean: Option<String>,
}

/// A suggestion.
#[derive(Serialize, ToSchema)]
pub(super) struct ProductSuggestion {
    text: String,
    #[schema(inline)]
    kind: ProductSuggestionKind,
    /// Of a product or a category.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    /// Of a product or a category.
    #[serde(skip_serializing_if = "Option::is_none")]
    slug: Option<String>,
}

/// What a suggestion leads to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes, and is never made")]
pub(super) enum ProductSuggestionKind {
    Brand,
    Category,
    Word,
    Product,
}
