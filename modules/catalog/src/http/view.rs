//! A product as the API shows it.

use serde::Serialize;
use serde_json::{Map, Value};
use vitrine_category_api::{Breadcrumb, CategorySummary};
use vitrine_kernel::{CategoryId, ProductId, Slug, Timestamp, Version};
use vitrine_web::etag_of;

use crate::domain::{Attributes, Media, PriceRange, Product, ProductStatus, Variant};
use crate::service::{ProductDetails, Visibility};

/// A product; every member is always there, `null` where there is nothing to say.
#[derive(Debug, Serialize)]
pub struct ProductView<'a> {
    id: ProductId,
    external_id: Option<&'a str>,
    sku: Option<&'a str>,
    slug: &'a Slug,
    name: &'a str,
    description: &'a str,
    brand: Option<&'a str>,
    status: ProductStatus,
    category_ids: &'a [CategoryId],
    tags: &'a [String],
    attributes: &'a Attributes,
    options: &'a [String],
    variants: &'a [Variant],
    media: &'a [Media],
    metadata: &'a Map<String, Value>,
    version: Version,
    created_at: Timestamp,
    updated_at: Timestamp,
    published_at: Option<Timestamp>,
    price_range: Option<PriceRange>,
}

impl<'a> From<&'a Product> for ProductView<'a> {
    fn from(product: &'a Product) -> Self {
        Self {
            id: product.id,
            external_id: product.external_id.as_deref(),
            sku: product.sku(),
            slug: &product.slug,
            name: &product.name,
            description: &product.description,
            brand: product.brand.as_deref(),
            status: product.status,
            category_ids: &product.category_ids,
            tags: &product.tags,
            attributes: &product.attributes,
            options: &product.options,
            variants: &product.variants,
            media: &product.media,
            metadata: &product.metadata,
            version: product.version,
            created_at: product.created_at,
            updated_at: product.updated_at,
            published_at: product.published_at,
            price_range: product.price_range(),
        }
    }
}

/// A product with what its categories say.
#[derive(Debug, Serialize)]
struct DetailsView<'a> {
    #[serde(flatten)]
    product: ProductView<'a>,
    breadcrumbs: &'a [Breadcrumb],
    categories: Vec<CategoryLink<'a>>,
}

#[derive(Debug, Serialize)]
struct CategoryLink<'a> {
    id: CategoryId,
    name: &'a str,
    slug: &'a Slug,
}

/// Details as bytes.
pub(super) struct Rendered {
    pub body: Vec<u8>,
    pub etag: String,
}

/// Makes the body. Categories that are not shown to everybody are shown to those who see everything.
pub(super) fn render(details: &ProductDetails, visibility: Visibility) -> Rendered {
    let shown = |category: &&CategorySummary| visibility == Visibility::All || category.visible;
    let categories: Vec<&CategorySummary> = details.categories.iter().filter(shown).collect();
    let view = DetailsView {
        product: ProductView::from(&details.product),
        breadcrumbs: categories.first().map_or(&[], |category| category.trail.as_slice()),
        categories: categories
            .iter()
            .map(|category| CategoryLink { id: category.id, name: &category.name, slug: &category.slug })
            .collect(),
    };
    // Names, texts and numbers under names: it always serialises.
    let body = serde_json::to_vec(&view).unwrap_or_default();
    let etag = etag_of(details.product.version, &body);
    Rendered { body, etag }
}
