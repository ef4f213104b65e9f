//! Rows and what they mean.

use diesel::prelude::*;
use serde_json::{Map, Value};
use vitrine_category_api::{AttributeDefinition, Breadcrumb, CategoryStatus};
use vitrine_db::{DbError, DbId};
use vitrine_kernel::{CategoryId, Result, Slug, Timestamp, Version};

use super::schema::category_nodes;
use crate::domain::{Ancestor, Category, Place, Rank, TreeOrder, TreePath};

/// A whole row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = category_nodes)]
pub(super) struct NodeRow {
    pub seq: i64,
    id: DbId,
    external_id: Option<String>,
    slug: String,
    name: String,
    description: String,
    parent_id: Option<DbId>,
    path: String,
    depth: i32,
    rank: String,
    tree_order: String,
    hidden_by: i32,
    status: String,
    image_url: Option<String>,
    attributes: String,
    metadata: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl NodeRow {
    pub(super) fn into_category(self) -> Result<Category> {
        let id = CategoryId::from(self.id);
        Ok(Category {
            seq: self.seq,
            id,
            external_id: self.external_id,
            slug: read_slug(id, &self.slug)?,
            name: self.name,
            description: self.description,
            status: read_status(id, &self.status)?,
            image_url: self.image_url,
            attributes: read_attributes(id, &self.attributes)?,
            metadata: serde_json::from_str::<Map<String, Value>>(&self.metadata)
                .map_err(|error| damaged(id, "metadata", error))?,
            place: Place {
                parent_id: self.parent_id.map(CategoryId::from),
                path: TreePath::stored(self.path),
                depth: self.depth,
                rank: read_rank(id, &self.rank)?,
                order: TreeOrder::stored(self.tree_order),
                hidden_by: self.hidden_by,
            },
            version: Version(self.version),
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
        })
    }
}

/// What a category looks like in its row, but for `seq`.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = category_nodes, treat_none_as_null = true)]
pub(super) struct NodeValues {
    id: DbId,
    external_id: Option<String>,
    slug: String,
    name: String,
    name_key: String,
    description: String,
    parent_id: Option<DbId>,
    path: String,
    depth: i32,
    rank: String,
    tree_order: String,
    hidden_by: i32,
    status: &'static str,
    image_url: Option<String>,
    attributes: String,
    metadata: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl NodeValues {
    pub(super) fn of(category: &Category) -> Result<Self> {
        let json = |value: serde_json::Result<String>| value.map_err(vitrine_kernel::Failure::internal);
        Ok(Self {
            id: category.id.into(),
            external_id: category.external_id.clone(),
            slug: category.slug.as_str().to_owned(),
            name: category.name.clone(),
            name_key: category.name_key(),
            description: category.description.clone(),
            parent_id: category.place.parent_id.map(DbId::from),
            path: category.place.path.as_str().to_owned(),
            depth: category.place.depth,
            rank: category.place.rank.as_str().to_owned(),
            tree_order: category.place.order.as_str().to_owned(),
            hidden_by: category.place.hidden_by,
            status: category.status.name(),
            image_url: category.image_url.clone(),
            attributes: json(serde_json::to_string(&category.attributes))?,
            metadata: json(serde_json::to_string(&category.metadata))?,
            version: category.version.0,
            created_at: category.created_at.as_millis(),
            updated_at: category.updated_at.as_millis(),
        })
    }
}

/// What a breadcrumb and the attributes need of a row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = category_nodes)]
pub(super) struct AncestorRow {
    id: DbId,
    slug: String,
    name: String,
    attributes: String,
}

impl AncestorRow {
    pub(super) fn into_ancestor(self) -> Result<Ancestor> {
        let id = CategoryId::from(self.id);
        Ok(Ancestor {
            crumb: Breadcrumb { id, name: self.name, slug: read_slug(id, &self.slug)? },
            attributes: read_attributes(id, &self.attributes)?,
        })
    }
}

/// What the tree is made of, without the categories' contents.
#[derive(Queryable, Selectable)]
#[diesel(table_name = category_nodes)]
pub(super) struct SkeletonRow {
    pub seq: i64,
    pub id: DbId,
    pub parent_id: Option<DbId>,
    pub path: String,
    pub depth: i32,
    pub rank: String,
    pub tree_order: String,
    pub hidden_by: i32,
    pub status: String,
}

fn read_slug(id: CategoryId, text: &str) -> Result<Slug> {
    Slug::parse(text).ok_or_else(|| damaged(id, "slug", text))
}

pub(super) fn read_status(id: CategoryId, name: &str) -> Result<CategoryStatus> {
    CategoryStatus::parse(name).ok_or_else(|| damaged(id, "status", name))
}

pub(super) fn read_rank(id: CategoryId, text: &str) -> Result<Rank> {
    Rank::parse(text).ok_or_else(|| damaged(id, "rank", text))
}

fn read_attributes(id: CategoryId, text: &str) -> Result<Vec<AttributeDefinition>> {
    serde_json::from_str(text).map_err(|error| damaged(id, "attributes", error))
}

fn damaged(id: CategoryId, column: &str, what: impl std::fmt::Display) -> vitrine_kernel::Failure {
    DbError::Damaged(format!("category_nodes.{column} of {id}: {what}")).into()
}
