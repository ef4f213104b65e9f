//! What clients send, for the OpenAPI document. The domain reads it, with all faults at once; nothing is made of these.
#![expect(dead_code, reason = "these only describe")]

use utoipa::{IntoParams, ToSchema};

/// A new category.
#[derive(ToSchema)]
#[schema(example = json!({"name": "Home Theater", "parent_id": "0199f0a2-5b1c-7c3e-9d5e-0f6f1d2c3b4a", "attributes": [
    {"key": "screen_size", "label": "Screen size", "type": "number", "unit": "in", "facet": true}]}))]
pub(super) struct CategoryBody {
    #[schema(min_length = 1, max_length = 200, example = "Home Theater")]
    name: String,
    /// Unique. Made from the name, and numbered if need be, when left out.
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 120, example = "home-theater")]
    slug: Option<String>,
    #[schema(max_length = 10_000)]
    description: Option<String>,
    /// Left out or `null`: a root.
    #[schema(format = Uuid)]
    parent_id: Option<String>,
    #[schema(default = "active")]
    status: Option<StatusDocument>,
    /// A web address, or a path on this site that begins with one `/`.
    #[schema(max_length = 2000, example = "https://cdn.example/home-theater.jpg")]
    image_url: Option<String>,
    /// They bind the products of the category and of all below it.
    #[schema(max_items = 200)]
    attributes: Option<Vec<AttributeDocument>>,
    /// Anything, at most 64 KiB as JSON.
    #[schema(value_type = Option<Object>)]
    metadata: Option<()>,
    /// The id that your own system gave it; unique.
    #[schema(min_length = 1, max_length = 200)]
    external_id: Option<String>,
}

/// A merge patch (RFC 7396): what is left out stays, `null` takes it back to its default (a `slug` is made from the name again).
#[derive(ToSchema)]
#[schema(example = json!({"description": "Screens and speakers", "metadata": {"old_key": null}}))]
pub(super) struct CategoryPatch {
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    #[schema(pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", max_length = 120)]
    slug: Option<String>,
    #[schema(max_length = 10_000)]
    description: Option<String>,
    /// Another parent moves the category, with all below it, to the end of that parent's children.
    #[schema(format = Uuid)]
    parent_id: Option<String>,
    status: Option<StatusDocument>,
    #[schema(max_length = 2000)]
    image_url: Option<String>,
    #[schema(max_items = 200)]
    attributes: Option<Vec<AttributeDocument>>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<()>,
    #[schema(min_length = 1, max_length = 200)]
    external_id: Option<String>,
}

/// Whether a category is shown.
#[derive(ToSchema)]
#[schema(as = CategoryStatus, rename_all = "snake_case")]
pub(super) enum StatusDocument {
    Draft,
    Active,
    Archived,
}

/// A typed attribute of the products in a subtree.
#[derive(ToSchema)]
#[schema(as = AttributeDefinition)]
pub(super) struct AttributeDocument {
    /// The name in a product's `attributes`.
    #[schema(pattern = "^[a-z][a-z0-9_]{0,63}$", example = "screen_size")]
    key: String,
    /// The name for people; made from the key when left out.
    #[schema(max_length = 200, example = "Screen size")]
    label: Option<String>,
    r#type: AttributeTypeDocument,
    #[schema(max_length = 32, example = "in")]
    unit: Option<String>,
    /// For `enum`, and only for it: what there is to choose from, each once.
    #[schema(min_items = 1, max_items = 500)]
    values: Option<Vec<String>>,
    /// Whether every product must have it.
    #[schema(default = false)]
    required: Option<bool>,
    /// Whether shops offer it as a filter.
    #[schema(default = false)]
    facet: Option<bool>,
}

#[derive(ToSchema)]
#[schema(as = AttributeType, rename_all = "snake_case")]
pub(super) enum AttributeTypeDocument {
    Text,
    Number,
    Boolean,
    Enum,
    Date,
}

/// Where a category shall go. Without `before` and `after` it becomes the last child.
#[derive(ToSchema)]
#[schema(as = CategoryMove, example = json!({"parent_id": "0199f0a2-5b1c-7c3e-9d5e-0f6f1d2c3b4a"}))]
pub(super) struct MoveBody {
    /// `null`: to the top. Left out: the parent of the sibling named.
    #[schema(format = Uuid)]
    parent_id: Option<String>,
    /// The sibling that shall follow it.
    #[schema(format = Uuid)]
    before: Option<String>,
    /// The sibling that it shall follow.
    #[schema(format = Uuid)]
    after: Option<String>,
}

/// What narrows, sorts and pages a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Words, `"phrases"` and `-not`, in names and descriptions; accents and case are ignored, and a word may go on.
    q: Option<String>,
    /// Any of these; repeat it for several.
    #[param(style = Form, explode = true)]
    status: Option<Vec<StatusDocument>>,
    /// Changed then or later.
    #[param(format = DateTime, example = "2026-01-31T12:00:00Z")]
    updated_since: Option<String>,
    /// With `-` in front for the reverse. `position` is the order of the tree: parents first, siblings in their order. `relevance`, the
    /// default with `q`, needs `q`.
    #[param(pattern = "^(-?(position|name|created_at|updated_at)|relevance)$", example = "name")]
    sort: Option<String>,
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
    /// `next_cursor` of the page before, with the same filters and sort.
    cursor: Option<String>,
    /// Whether to add `total`: `none`, `estimated` or `exact`.
    #[param(pattern = "^(none|estimated|exact)$", default = "none")]
    count: Option<String>,
}

/// What pages a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParams {
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Whether to add `total`: `none`, `estimated` or `exact`.
    #[param(pattern = "^(none|estimated|exact)$", default = "none")]
    count: Option<String>,
}

/// A page of categories.
#[derive(ToSchema)]
#[schema(as = CategoryPage)]
pub(super) struct PageDocument {
    items: Vec<super::views::CategoryView<'static>>,
    /// `null` on the last page.
    #[schema(required = true)]
    next_cursor: Option<String>,
    /// Where `count` asked for it.
    total: Option<u64>,
}

/// Categories below each other.
#[derive(ToSchema)]
#[schema(as = CategoryTree)]
pub(super) struct TreeDocument {
    items: Vec<super::views::TreeNodeView<'static>>,
}
