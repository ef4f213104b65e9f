//! What clients see of categories.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use vitrine_category_api::{AttributeDefinition, Breadcrumb, CategoryStatus};
use vitrine_kernel::{CategoryId, Slug, Timestamp, Version};

use super::documents::AttributeDocument;
use crate::domain::placement::{MovePlan, Spot};
use crate::domain::{Category, Detail};
use crate::service::TreeNode;

/// A category in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = Category)]
pub(super) struct CategoryView<'a> {
    #[schema(value_type = String, format = Uuid, example = "0199f0a2-5b1c-7c3e-9d5e-0f6f1d2c3b4a")]
    id: CategoryId,
    /// The id that its owner's system gave it; unique.
    #[schema(required = true, example = "abcat0101000")]
    external_id: Option<&'a str>,
    /// Its address; unique. A former one redirects.
    #[schema(value_type = String, example = "home-theater")]
    slug: &'a Slug,
    #[schema(example = "Home Theater")]
    name: &'a str,
    description: &'a str,
    /// `null` for a root.
    #[schema(value_type = Option<String>, format = Uuid, required = true)]
    parent_id: Option<CategoryId>,
    /// Its level in the tree: 0 for a root.
    #[schema(minimum = 0, maximum = 63)]
    depth: i32,
    /// `draft`, `active` or `archived`.
    #[schema(value_type = String, example = "active")]
    status: CategoryStatus,
    #[schema(required = true)]
    image_url: Option<&'a str>,
    /// The attributes defined here; they bind the products of the whole subtree.
    #[schema(value_type = Vec<AttributeDocument>)]
    attributes: &'a [AttributeDefinition],
    /// Anything its owner keeps with it.
    #[schema(value_type = Object)]
    metadata: &'a Map<String, Value>,
    /// One more with every change.
    #[schema(value_type = i64, minimum = 1)]
    version: Version,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl<'a> From<&'a Category> for CategoryView<'a> {
    fn from(category: &'a Category) -> Self {
        Self {
            id: category.id,
            external_id: category.external_id.as_deref(),
            slug: &category.slug,
            name: &category.name,
            description: &category.description,
            parent_id: category.place.parent_id,
            depth: category.place.depth,
            status: category.status,
            image_url: category.image_url.as_deref(),
            attributes: &category.attributes,
            metadata: &category.metadata,
            version: category.version,
            created_at: category.created_at,
            updated_at: category.updated_at,
        }
    }
}

/// A category with what stands around it.
#[derive(Serialize, ToSchema)]
#[schema(as = CategoryDetail)]
pub(super) struct DetailView<'a> {
    #[serde(flatten)]
    category: CategoryView<'a>,
    /// Breadcrumbs: the categories above it, the root first.
    ancestors: Vec<BreadcrumbView<'a>>,
    /// How many different active products are in it or below it; `null` while the catalog does not say.
    #[schema(required = true, minimum = 0)]
    product_count: Option<u64>,
}

impl<'a> From<&'a Detail> for DetailView<'a> {
    fn from(detail: &'a Detail) -> Self {
        Self {
            category: CategoryView::from(&detail.placed.category),
            ancestors: detail
                .placed
                .ancestors
                .iter()
                .map(|above| BreadcrumbView::from(&above.crumb))
                .collect(),
            product_count: detail.product_count,
        }
    }
}

/// A step on the way from the root.
#[derive(Serialize, ToSchema)]
#[schema(as = Breadcrumb)]
pub(super) struct BreadcrumbView<'a> {
    #[schema(value_type = String, format = Uuid)]
    id: CategoryId,
    #[schema(example = "TV & Home Theater")]
    name: &'a str,
    #[schema(value_type = String, example = "tv-home-theater")]
    slug: &'a Slug,
}

impl<'a> From<&'a Breadcrumb> for BreadcrumbView<'a> {
    fn from(crumb: &'a Breadcrumb) -> Self {
        Self { id: crumb.id, name: &crumb.name, slug: &crumb.slug }
    }
}

/// A category in a tree.
#[derive(Serialize, ToSchema)]
#[schema(as = CategoryTreeNode)]
pub(super) struct TreeNodeView<'a> {
    #[schema(value_type = String, format = Uuid)]
    id: CategoryId,
    #[schema(required = true)]
    external_id: Option<&'a str>,
    #[schema(example = "home-theater")]
    slug: &'a str,
    #[schema(example = "Home Theater")]
    name: &'a str,
    #[schema(example = "active")]
    status: &'a str,
    /// Its level in the whole tree: 0 for a root.
    depth: i32,
    /// Whether there is more below than `children` shows.
    has_more: bool,
    /// In their order.
    #[schema(value_type = Vec<TreeNodeView>, no_recursion)]
    #[serde(serialize_with = "nested")]
    children: &'a [TreeNode],
}

impl<'a> From<&'a TreeNode> for TreeNodeView<'a> {
    fn from(node: &'a TreeNode) -> Self {
        Self {
            id: node.entry.id,
            external_id: node.entry.external_id.as_deref(),
            slug: &node.entry.slug,
            name: &node.entry.name,
            status: &node.entry.status,
            depth: node.entry.depth,
            has_more: node.has_more,
            children: &node.children,
        }
    }
}

fn nested<S: Serializer>(nodes: &&[TreeNode], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(nodes.iter().map(TreeNodeView::from))
}

/// What a move would do.
#[derive(Serialize, ToSchema)]
#[schema(as = CategoryMovePlan)]
pub(super) struct MovePlanView {
    /// The category that moves.
    #[schema(value_type = String, format = Uuid)]
    moved: CategoryId,
    from: SpotView,
    to: SpotView,
    /// How many categories go with it.
    #[schema(example = 12)]
    descendants: u64,
}

/// A place among siblings.
#[derive(Serialize, ToSchema)]
#[schema(as = CategorySpot)]
struct SpotView {
    /// `null` at the top.
    #[schema(value_type = Option<String>, format = Uuid, required = true)]
    parent_id: Option<CategoryId>,
    /// 0 for the first.
    position: u64,
}

impl From<Spot> for SpotView {
    fn from(spot: Spot) -> Self {
        Self { parent_id: spot.parent_id, position: spot.position }
    }
}

impl From<MovePlan> for MovePlanView {
    fn from(plan: MovePlan) -> Self {
        Self { moved: plan.moved, from: plan.from.into(), to: plan.to.into(), descendants: plan.descendants }
    }
}
