//! The product as an aggregate: it is read, written and versioned whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use vitrine_kernel::{CategoryId, Currency, Money, ProductId, Slug, Timestamp, VariantId, Version};

use super::Attributes;

/// Whether a product is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// Not shown yet.
    #[default]
    Draft,
    /// Shown to everybody.
    Active,
    /// No longer shown.
    Archived,
}

impl ProductStatus {
    /// Every status there is.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Active, Self::Archived];

    /// The name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }

    /// Reads the name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// A product. Its serde form is what the `document` column holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Made by us.
    pub id: ProductId,
    /// The id that its owner's system gave it; unique among products that are not deleted.
    pub external_id: Option<String>,
    /// Unique among products that are not deleted.
    pub slug: Slug,
    /// 1 to 200 characters.
    pub name: String,
    /// At most 20,000 characters; may be empty.
    pub description: String,
    /// At most 100 characters.
    pub brand: Option<String>,
    /// Whether it is shown.
    pub status: ProductStatus,
    /// The first is the primary one.
    pub category_ids: Vec<CategoryId>,
    /// Different from each other also when folded.
    pub tags: Vec<String>,
    /// What is true of every variant.
    pub attributes: Attributes,
    /// What the variants differ in: `["color", "size"]`. Empty: there is exactly one variant.
    pub options: Vec<String>,
    /// At least one.
    pub variants: Vec<Variant>,
    /// Pictures and other media, in the order to show them in.
    pub media: Vec<Media>,
    /// Anything that the owner's programs want to keep here; we never look inside.
    pub metadata: Map<String, Value>,
    /// One more with every change.
    pub version: Version,
    /// When it was created.
    pub created_at: Timestamp,
    /// When this version was made.
    pub updated_at: Timestamp,
    /// When it became active for the first time.
    pub published_at: Option<Timestamp>,
}

/// What is sold: a product in one size and colour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Made by us; it stays over changes.
    pub id: VariantId,
    /// Unique among the variants of products that are not deleted.
    pub sku: Option<String>,
    /// A value for each of the product's options.
    pub options: BTreeMap<String, String>,
    /// In the product's main currency, the same for all its variants.
    pub price: Option<Money>,
    /// The price before a reduction: the same currency, above `price`.
    pub compare_at_price: Option<Money>,
    /// Prices in other currencies, one each.
    pub prices: Vec<Money>,
    /// EAN, UPC, ISBN, …: as printed.
    pub barcode: Option<String>,
    /// What is true of this variant only.
    pub attributes: Attributes,
}

/// What kind of media a URL leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    #[default]
    Image,
    /// A film.
    Video,
    /// A data sheet, a manual.
    Document,
}

impl MediaKind {
    /// Every kind there is.
    pub const ALL: [Self; 3] = [Self::Image, Self::Video, Self::Document];

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Document => "document",
        }
    }

    /// Reads the name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A picture, a film or a document of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Absolute (`https://…`), or a path on the shop's own host (`/media/…`).
    pub url: String,
    /// What it shows, for those who can't see it; may be empty.
    pub alt: String,
    /// What it is.
    pub kind: MediaKind,
}

/// The cheapest and the dearest variant, in the main currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRange {
    /// The cheapest.
    pub min: Money,
    /// The dearest.
    pub max: Money,
}

impl Product {
    /// The SKU of the only variant of a product without options.
    pub fn sku(&self) -> Option<&str> {
        match self.variants.as_slice() {
            [only] if self.options.is_empty() => only.sku.as_deref(),
            _ => None,
        }
    }

    /// The range of the variants' prices; `None` when none has a price.
    pub fn price_range(&self) -> Option<PriceRange> {
        range_of(self.variants.iter().filter_map(|variant| variant.price))
    }

    /// The range of prices in each currency, the main one first.
    pub fn price_ranges(&self) -> Vec<PriceRange> {
        let main = self.variants.iter().filter_map(|variant| variant.price);
        let all = || main.clone().chain(self.variants.iter().flat_map(|v| v.prices.iter().copied()));
        let mut currencies: Vec<Currency> = Vec::new();
        for money in all() {
            if !currencies.contains(&money.currency()) {
                currencies.push(money.currency());
            }
        }
        currencies
            .into_iter()
            .filter_map(|currency| range_of(all().filter(|money| money.currency() == currency)))
            .collect()
    }
}

fn range_of(prices: impl Iterator<Item = Money> + Clone) -> Option<PriceRange> {
    let min = prices.clone().min_by_key(|money| money.minor())?;
    let max = prices.max_by_key(|money| money.minor())?;
    Some(PriceRange { min, max })
}
