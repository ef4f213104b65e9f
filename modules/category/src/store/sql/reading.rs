//! Reading single categories, their surroundings, trees and exports.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_category_api::CategoryKey;
use vitrine_db::{Conn, DbId, on_conn};
use vitrine_kernel::{CategoryId, Result, Version};

use super::rows::{AncestorRow, NodeRow};
use super::schema::{category_former_slugs, category_nodes};
use super::{nodes, respacing};
use crate::domain::position::TreeMark;
use crate::domain::{Ancestor, Audience, Category, Placed};
use crate::store::{Exported, Outline};

/// How many keys one query asks for: databases limit the parameters of a statement.
const KEYS_TOGETHER: usize = 1000;

/// One query for each kind of key: joined by `OR`, an empty list among them makes SQLite read the whole table.
macro_rules! rows_where {
    ($conn:expr, $condition:expr) => {
        on_conn!($conn, |c| category_nodes::table.filter($condition).select(NodeRow::as_select()).load(c))?
    };
}

pub(super) async fn find_many(conn: &mut Conn, keys: Vec<CategoryKey>) -> Result<Vec<(CategoryKey, Placed)>> {
    let mut categories: HashMap<CategoryId, Category> = HashMap::new();
    let mut former: HashMap<String, CategoryId> = HashMap::new();
    for some in keys.chunks(KEYS_TOGETHER) {
        let (mut ids, mut slugs, mut external_ids) = (Vec::new(), Vec::new(), Vec::new());
        for key in some {
            match key {
                CategoryKey::Id(id) => ids.push(DbId::from(*id)),
                CategoryKey::Slug(slug) => slugs.push(slug.as_str()),
                CategoryKey::ExternalId(id) => external_ids.push(id.as_str()),
            }
        }
        if !slugs.is_empty() {
            let rows = on_conn!(conn, |c| category_former_slugs::table
                .filter(category_former_slugs::slug.eq_any(&slugs))
                .select((category_former_slugs::slug, category_former_slugs::category_id))
                .load::<(String, DbId)>(c))?;
            for (slug, id) in rows {
                ids.push(id);
                former.insert(slug, id.into());
            }
        }
        let mut rows = Vec::new();
        if !ids.is_empty() {
            rows.extend(rows_where!(conn, category_nodes::id.eq_any(&ids)));
        }
        if !slugs.is_empty() {
            rows.extend(rows_where!(conn, category_nodes::slug.eq_any(&slugs)));
        }
        if !external_ids.is_empty() {
            rows.extend(rows_where!(conn, category_nodes::external_id.eq_any(&external_ids)));
        }
        for row in rows {
            let category = row.into_category()?;
            categories.insert(category.id, category);
        }
    }
    let by_slug: HashMap<String, CategoryId> =
        categories.values().map(|category| (category.slug.to_string(), category.id)).collect();
    let by_external_id: HashMap<String, CategoryId> = categories
        .values()
        .filter_map(|category| category.external_id.clone().map(|external_id| (external_id, category.id)))
        .collect();
    let above = load_ancestors(conn, categories.values()).await?;
    let mut found = Vec::with_capacity(keys.len());
    for key in keys {
        let id = match &key {
            CategoryKey::Id(id) => Some(*id),
            CategoryKey::Slug(slug) => {
                by_slug.get(slug.as_str()).or_else(|| former.get(slug.as_str())).copied()
            }
            CategoryKey::ExternalId(external_id) => by_external_id.get(external_id).copied(),
        };
        if let Some(category) = id.and_then(|id| categories.get(&id)) {
            found.push((key, placed(category.clone(), &above)));
        }
    }
    Ok(found)
}

/// A category with its ancestors.
pub(super) async fn with_ancestors(conn: &mut Conn, category: Category) -> Result<Placed> {
    let above = load_ancestors(conn, [&category]).await?;
    Ok(placed(category, &above))
}

fn placed(category: Category, above: &HashMap<CategoryId, Ancestor>) -> Placed {
    let ancestors = category.place.path.ancestors().iter().filter_map(|id| above.get(id).cloned()).collect();
    Placed { category, ancestors }
}

async fn load_ancestors(
    conn: &mut Conn,
    categories: impl IntoIterator<Item = &Category>,
) -> Result<HashMap<CategoryId, Ancestor>> {
    let mut ids: Vec<CategoryId> =
        categories.into_iter().flat_map(|category| category.place.path.ancestors()).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut found = HashMap::with_capacity(ids.len());
    for some in ids.chunks(KEYS_TOGETHER) {
        let some: Vec<DbId> = some.iter().copied().map(DbId::from).collect();
        let rows = on_conn!(conn, |c| category_nodes::table
            .filter(category_nodes::id.eq_any(&some))
            .select(AncestorRow::as_select())
            .load(c))?;
        for row in rows {
            let ancestor = row.into_ancestor()?;
            found.insert(ancestor.crumb.id, ancestor);
        }
    }
    Ok(found)
}

pub(super) async fn subtree_ids(conn: &mut Conn, key: CategoryKey) -> Result<Option<Vec<CategoryId>>> {
    let found = match key {
        CategoryKey::Id(id) => nodes::find(conn, id).await?,
        other => find_many(conn, vec![other]).await?.pop().map(|(_, placed)| placed.category),
    };
    let Some(category) = found else { return Ok(None) };
    let subtree = nodes::subtree(conn, &category.place).await?;
    Ok(Some(subtree.into_iter().map(|(id, ..)| id).collect()))
}

type OutlineRow = (DbId, Option<DbId>, Option<String>, String, String, String, i32, i64);

pub(super) async fn outline(
    conn: &mut Conn,
    root: Option<CategoryId>,
    levels: i32,
    audience: Audience,
    most: i64,
) -> Result<Vec<Outline>> {
    let top = match root {
        Some(root) => match nodes::find(conn, root).await? {
            Some(top) => Some(top.place),
            None => return Ok(Vec::new()),
        },
        None => None,
    };
    let deepest = top.as_ref().map_or(levels - 1, |top| top.depth.saturating_add(levels));
    let rows = on_conn!(conn, |c: Sql| {
        let mut query = category_nodes::table
            .filter(category_nodes::depth.le(deepest))
            .order(category_nodes::tree_order)
            .select((
                category_nodes::id,
                category_nodes::parent_id,
                category_nodes::external_id,
                category_nodes::name,
                category_nodes::slug,
                category_nodes::status,
                category_nodes::depth,
                category_nodes::version,
            ))
            .limit(most)
            .into_boxed::<Sql>();
        if let Some(top) = &top {
            query = query
                .filter(category_nodes::tree_order.ge(top.order.as_str()))
                .filter(category_nodes::tree_order.lt(top.order.end()));
        }
        if audience == Audience::Public {
            query = query.filter(category_nodes::hidden_by.eq(0));
        }
        query.load::<OutlineRow>(c)
    })?;
    Ok(rows
        .into_iter()
        .map(|(id, parent_id, external_id, name, slug, status, depth, version)| Outline {
            id: id.into(),
            parent_id: parent_id.map(CategoryId::from),
            external_id,
            name,
            slug,
            status,
            depth,
            version: Version(version),
        })
        .collect())
}

pub(super) async fn export_page(
    conn: &mut Conn,
    after: Option<TreeMark>,
    limit: i64,
) -> Result<(Vec<Exported>, Option<TreeMark>)> {
    let (after, respaced) = respacing::carry(conn, after, None).await?;
    let parents = diesel::alias!(category_nodes as parents);
    let rows = on_conn!(conn, |c| category_nodes::table
        .left_join(parents.on(category_nodes::parent_id.eq(parents.field(category_nodes::id).nullable())))
        .filter(category_nodes::tree_order.gt(after.unwrap_or_default()))
        .order(category_nodes::tree_order)
        .limit(limit)
        .select((
            NodeRow::as_select(),
            parents.fields((category_nodes::external_id, category_nodes::slug)).nullable()
        ))
        .load::<(NodeRow, Option<(Option<String>, String)>)>(c))?;
    let mut exported = Vec::with_capacity(rows.len());
    for (row, parent) in rows {
        let (parent_external_id, parent_slug) = parent.map_or((None, None), |(id, slug)| (id, Some(slug)));
        exported.push(Exported { category: row.into_category()?, parent_external_id, parent_slug });
    }
    let next = exported
        .last()
        .map(|last| TreeMark { place: last.category.place.order.as_str().to_owned(), respaced });
    Ok((exported, next))
}
