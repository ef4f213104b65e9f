//! What a caller of the product list can ask for.

use std::collections::BTreeMap;

use vitrine_kernel::{CategoryId, CountMode, Currency, Limit, Timestamp};

use super::query::SearchQuery;
use crate::domain::ProductStatus;
pub use crate::service::Visibility;

/// Filters. Values of one filter are alternatives; different filters must all hold. Empty ones don't filter.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProductFilter {
    /// In one of these; their descendants are among them. `None`: in any, or in none.
    pub categories: Option<Vec<CategoryId>>,
    /// Folded.
    pub brands: Vec<String>,
    /// Folded.
    pub tags: Vec<String>,
    /// The status.
    pub statuses: Vec<ProductStatus>,
    /// With a variant that has this SKU.
    pub skus: Vec<String>,
    /// The least price of the cheapest variant, in the scale of `Money::sort_key`.
    pub price_min: Option<i64>,
    /// The greatest price of the cheapest variant.
    pub price_max: Option<i64>,
    /// With a price in this currency; price filters, sorts and facets are then about that.
    pub currency: Option<Currency>,
    /// Changed then or later.
    pub updated_since: Option<Timestamp>,
    /// By the key of the attribute.
    pub attributes: BTreeMap<String, AttributeFilter>,
}

impl ProductFilter {
    /// Whether products are told apart by what stands in their own rows, and not only by what is kept beside.
    pub fn asks_for_columns(&self) -> bool {
        !self.brands.is_empty()
            || !self.statuses.is_empty()
            || self.price_min.is_some()
            || self.price_max.is_some()
            || self.updated_since.is_some()
    }
}

/// What an attribute must be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AttributeFilter {
    /// One of these.
    pub values: Vec<AttributeEquals>,
    /// At least.
    pub min: Option<Bound>,
    /// At most.
    pub max: Option<Bound>,
}

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributeEquals {
    /// Folded.
    pub key: String,
    /// Where the text is a number: `1.0` is the same as `1`.
    pub number: Option<f64>,
}

/// An end of a range.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// Of numbers.
    Number(f64),
    /// Of dates, `2026-01-31`.
    Date(String),
}

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// How well the text is found.
    Relevance,
    /// The cheapest variant; products without a price come last in both directions.
    Price,
    /// The folded name.
    Name,
    /// When it was created.
    CreatedAt,
    /// When it was changed.
    UpdatedAt,
}

impl SortKey {
    /// Every key there is.
    pub const ALL: [Self; 5] = [Self::Relevance, Self::Price, Self::Name, Self::CreatedAt, Self::UpdatedAt];

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Price => "price",
            Self::Name => "name",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
        }
    }
}

/// How a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Greatest first. Relevance is always best first.
    pub descending: bool,
}

impl Sort {
    /// Best first.
    pub const RELEVANCE: Self = Self { key: SortKey::Relevance, descending: true };
    /// Newest first.
    pub const NEWEST: Self = Self { key: SortKey::CreatedAt, descending: true };

    /// Reads `name`, `-created_at`, `relevance`.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let key = SortKey::ALL.into_iter().find(|key| key.name() == name)?;
        match (key, descending) {
            (SortKey::Relevance, true) => None,
            (SortKey::Relevance, false) => Some(Self::RELEVANCE),
            (key, descending) => Some(Self { key, descending }),
        }
    }
}

/// What the results are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FacetName {
    /// By brand.
    Brand,
    /// By category, with its ancestors.
    Category,
    /// By price.
    Price,
    /// By tag.
    Tag,
    /// By the values of an attribute or option, by its key.
    Attribute(String),
}

impl FacetName {
    /// The name in the API.
    pub fn name(&self) -> String {
        match self {
            Self::Brand => "brand".to_owned(),
            Self::Category => "category".to_owned(),
            Self::Price => "price".to_owned(),
            Self::Tag => "tag".to_owned(),
            Self::Attribute(key) => format!("attr.{key}"),
        }
    }
}

/// A list of products, asked for.
#[derive(Debug, Clone)]
pub struct ListRequest {
    /// What is looked for; `None` browses.
    pub query: Option<SearchQuery>,
    /// The filters, but for categories.
    pub filter: ProductFilter,
    /// Categories by id or slug, as they were given.
    pub categories: Vec<String>,
    /// Whether products in the descendants of those are meant too.
    pub descendants: bool,
    /// The order.
    pub sort: Sort,
    /// How many.
    pub limit: Limit,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Whether to count all.
    pub count: CountMode,
    /// What to count by.
    pub facets: Vec<FacetName>,
    /// Whether to mark what was found.
    pub highlight: bool,
}

impl ListRequest {
    /// Changes with all that a cursor depends on, and with nothing else.
    pub fn fingerprint(&self) -> String {
        format!(
            "{:?} {:?} {:?} {} {:?}",
            self.query, self.filter, self.categories, self.descendants, self.sort
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_read_as_they_are_named() {
        for key in SortKey::ALL.into_iter().filter(|key| *key != SortKey::Relevance) {
            assert_eq!(Sort::parse(key.name()), Some(Sort { key, descending: false }));
            assert_eq!(Sort::parse(&format!("-{}", key.name())), Some(Sort { key, descending: true }));
        }
        assert_eq!(Sort::parse("relevance"), Some(Sort::RELEVANCE));
        for wrong in ["", "-", "-relevance", "--name", "Name", "name;drop", "(select 1)"] {
            assert_eq!(Sort::parse(wrong), None, "{wrong}");
        }
    }
}
