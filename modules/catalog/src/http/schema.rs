//! What bodies and answers look like, for the OpenAPI document. Bodies are read member by member (`domain::NewProduct::read`), so
//! that all faults are found; a test compares these descriptions with what is really read and shown.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! described {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? })*) => { $(
        #[derive(Serialize, ToSchema)]
        $(#[$meta])*
        pub(super) struct $name { $($(#[$field_meta])* $field: $type),* }
    )* };
}

described! {
    /// An amount of money.
    #[schema(example = json!({"amount": "19.99", "currency": "EUR"}))]
    Money {
        /// A decimal number as a string, with at most the decimals that the currency has.
        #[schema(pattern = r"^[0-9]+(\.[0-9]+)?$", example = "19.99")]
        amount: String,
        /// ISO 4217.
        #[schema(min_length = 3, max_length = 3, example = "EUR")]
        currency: String,
    }

    /// A picture, a film or a document.
    ProductMedia {
        /// `http(s)://…`, or a path on the shop's own host.
        #[schema(max_length = 2048, example = "https://example.com/mug.jpg")]
        url: String,
        /// What it shows, for those who can't see it.
        #[schema(max_length = 500, default = "")]
        alt: Option<String>,
        /// What it is.
        #[schema(inline)]
        kind: Option<MediaKind>,
    }

    /// The cheapest and the dearest variant, in the main currency.
    PriceRange { min: Money, max: Money }

    /// A variant in a body.
    VariantBody {
        /// The id of a variant that exists; in a patch only.
        id: Option<Uuid>,
        /// Visible characters; unique over the catalog.
        #[schema(min_length = 1, max_length = 64, example = "MUG-1")]
        sku: Option<String>,
        /// A value for each of the product's options.
        #[schema(example = json!({"Size": "S"}))]
        options: BTreeMap<String, String>,
        /// In the main currency, the same for all variants.
        price: Option<Money>,
        /// The price before a reduction: the same currency, above `price`.
        compare_at_price: Option<Money>,
        /// Prices in other currencies, one each.
        #[schema(max_items = 50)]
        prices: Option<Vec<Money>>,
        /// EAN, UPC, ISBN, …
        #[schema(max_length = 64)]
        barcode: Option<String>,
        /// What is true of this variant only: texts, numbers, booleans, arrays of texts.
        #[schema(value_type = Option<Object>)]
        attributes: Option<Value>,
    }

    /// A variant.
    ProductVariant {
        /// It stays over changes.
        id: Uuid,
        sku: Option<String>,
        options: BTreeMap<String, String>,
        price: Option<Money>,
        compare_at_price: Option<Money>,
        prices: Vec<Money>,
        barcode: Option<String>,
        #[schema(value_type = Object)]
        attributes: Value,
    }

    /// A product to create.
    ProductBody {
        /// The id that its owner's system gave it; unique.
        #[schema(max_length = 200)]
        external_id: Option<String>,
        /// Made from the name where absent; unique.
        #[schema(max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
        slug: Option<String>,
        #[schema(min_length = 1, max_length = 200)]
        name: String,
        #[schema(max_length = 20000)]
        description: Option<String>,
        #[schema(max_length = 100)]
        brand: Option<String>,
        #[schema(inline)]
        status: Option<ProductStatus>,
        /// The first is the primary one.
        #[schema(max_items = 50)]
        category_ids: Option<Vec<Uuid>>,
        /// Case and accents make no difference between two.
        #[schema(max_items = 50)]
        tags: Option<Vec<String>>,
        /// Texts, numbers, booleans, arrays of texts; keys have no dots.
        #[schema(value_type = Option<Object>, example = json!({"color": "blue", "weight": 320}))]
        attributes: Option<Value>,
        /// What the variants differ in.
        #[schema(max_items = 5, example = json!(["Size"]))]
        options: Option<Vec<String>>,
        #[schema(min_items = 1, max_items = 200)]
        variants: Option<Vec<VariantBody>>,
        #[schema(max_items = 100)]
        media: Option<Vec<ProductMedia>>,
        /// Anything; at most 64 KiB as JSON.
        #[schema(value_type = Option<Object>)]
        metadata: Option<Value>,
        /// Of the only variant, in place of `variants`; so are the next ones.
        #[schema(max_length = 64)]
        sku: Option<String>,
        price: Option<Money>,
        compare_at_price: Option<Money>,
        prices: Option<Vec<Money>>,
        barcode: Option<String>,
    }

    /// A merge patch: any members of a product that bodies write; `null` removes.
    ProductPatch {
        external_id: Option<String>,
        slug: Option<String>,
        name: Option<String>,
        description: Option<String>,
        brand: Option<String>,
        #[schema(inline)]
        status: Option<ProductStatus>,
        category_ids: Option<Vec<Uuid>>,
        tags: Option<Vec<String>>,
        #[schema(value_type = Option<Object>)]
        attributes: Option<Value>,
        options: Option<Vec<String>>,
        variants: Option<Vec<VariantBody>>,
        media: Option<Vec<ProductMedia>>,
        #[schema(value_type = Option<Object>)]
        metadata: Option<Value>,
        sku: Option<String>,
        #[schema(value_type = Option<Object>)]
        price: Option<Value>,
        #[schema(value_type = Option<Object>)]
        compare_at_price: Option<Value>,
        prices: Option<Vec<Money>>,
        barcode: Option<String>,
    }

    /// A product.
    Product {
        id: Uuid,
        external_id: Option<String>,
        /// Of the only variant of a product without options.
        sku: Option<String>,
        slug: String,
        name: String,
        description: String,
        brand: Option<String>,
        #[schema(inline)]
        status: ProductStatus,
        category_ids: Vec<Uuid>,
        tags: Vec<String>,
        #[schema(value_type = Object)]
        attributes: Value,
        options: Vec<String>,
        variants: Vec<ProductVariant>,
        media: Vec<ProductMedia>,
        #[schema(value_type = Object)]
        metadata: Value,
        /// One more with every change.
        version: i64,
        #[schema(format = DateTime)]
        created_at: String,
        #[schema(format = DateTime)]
        updated_at: String,
        /// When it became active for the first time.
        #[schema(format = DateTime)]
        published_at: Option<String>,
        price_range: Option<PriceRange>,
    }

    /// A category of a product.
    ProductCategory { id: Uuid, name: String, slug: String }

    /// A product with what its categories say.
    ProductDetails {
        #[schema(inline)]
        #[serde(flatten)]
        product: Product,
        /// From the root down to the primary category.
        breadcrumbs: Vec<ProductCategory>,
        /// All its categories, the primary one first.
        categories: Vec<ProductCategory>,
    }

    /// A version of a product.
    HistoryEntry {
        version: i64,
        #[schema(inline)]
        action: HistoryAction,
        /// Who did it.
        actor: String,
        #[schema(format = DateTime)]
        occurred_at: String,
        /// The fields that differ from the version before.
        #[schema(value_type = Object, example = json!({"name": {"from": "Mug", "to": "Cup"}}))]
        changes: Value,
    }

    /// A page of versions, newest first.
    HistoryPage {
        items: Vec<HistoryEntry>,
        /// `null` on the last page.
        next_cursor: Option<String>,
    }
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes, and is never made")]
pub(super) enum ProductStatus {
    Draft,
    Active,
    Archived,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes, and is never made")]
pub(super) enum MediaKind {
    Image,
    Video,
    Document,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes, and is never made")]
pub(super) enum HistoryAction {
    Created,
    Updated,
    Deleted,
    Restored,
}
