//! Reading.

use serde_json::Value;
use vitrine_category_api::CategoryKey;
use vitrine_kernel::{CategoryId, ErrorCode, Failure, Fault, Page, Result, Slug};

use super::CategoryService;
use crate::domain::listing::{Listing, Scope};
use crate::domain::{Audience, Category, Detail, Placed, schema};
use crate::store::Outline;

/// What a slug leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Located {
    /// The category that has it.
    Here(Box<Detail>),
    /// The category that had it has this one now.
    Moved(Slug),
}

/// What a tree shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeQuery {
    /// Its top; `None`: all roots.
    pub root: Option<CategoryKey>,
    /// How many levels below the top; below nothing, the roots are the first.
    pub depth: i32,
}

/// A category in a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeNode {
    /// The category.
    pub entry: Outline,
    /// Whether there is more below it than `children` shows.
    pub has_more: bool,
    /// What is below it, in its order.
    pub children: Vec<TreeNode>,
}

impl CategoryService {
    /// A category with its ancestors and its count of products.
    pub async fn detail(&self, id: CategoryId, audience: Audience) -> Result<Detail> {
        let placed = self.visible(CategoryKey::Id(id), audience).await?;
        Ok(self.with_count(placed).await)
    }

    /// What a slug leads to.
    pub async fn by_slug(&self, slug: Slug, audience: Audience) -> Result<Located> {
        let placed = self.visible(CategoryKey::Slug(slug.clone()), audience).await?;
        if placed.category.slug != slug {
            return Ok(Located::Moved(placed.category.slug));
        }
        Ok(Located::Here(Box::new(self.with_count(placed).await)))
    }

    /// The category that an id or a slug names, where a list is narrowed by it.
    pub async fn find_named(&self, name: &str, audience: Audience) -> Result<Option<Category>> {
        let mut keys = Vec::new();
        if let Ok(id) = name.parse() {
            keys.push(CategoryKey::Id(id));
        }
        if let Some(slug) = Slug::parse(name) {
            keys.push(CategoryKey::Slug(slug));
        }
        let mut found = self.store.find_many(keys).await?.into_iter();
        let first = found.next().map(|(_, placed)| placed.category);
        Ok(first.filter(|category| audience.sees(&category.place)))
    }

    /// A page of a list.
    pub async fn list(&self, listing: Listing) -> Result<Page<Category>> {
        if let Scope::ChildrenOf(id) | Scope::Below(id) | Scope::Above(id) = listing.filter.scope {
            self.visible(CategoryKey::Id(id), listing.filter.audience).await?;
        }
        let listed = self.store.list(listing.clone()).await?;
        let next_cursor = listed
            .items
            .last()
            .filter(|_| listed.more)
            .map(|(category, relevance)| listing.cursor_after(category, *relevance, listed.respaced));
        let items = listed.items.into_iter().map(|(category, _)| category).collect();
        Ok(Page { items, next_cursor, total: listed.total })
    }

    /// Categories below each other.
    pub async fn tree(&self, query: TreeQuery, audience: Audience) -> Result<Vec<TreeNode>> {
        let root = match query.root {
            Some(key) => Some(self.visible(key, audience).await?.category),
            None => None,
        };
        // One level more than shown tells where there is more; one entry more tells that there are too many.
        let most = i64::from(self.tree_max_nodes);
        let id = root.as_ref().map(|root| root.id);
        let outline = self.store.outline(id, query.depth.saturating_add(1), audience, most + 1).await?;
        if i64::try_from(outline.len()).unwrap_or(i64::MAX) > most {
            return Err(Failure::query(vec![Fault::new(
                "depth",
                "too_many",
                format!(
                    "the tree has more than {most} categories; ask for fewer levels, or for a part of it by `root`"
                ),
            )]));
        }
        let deepest = root.map_or(query.depth - 1, |root| root.place.depth + query.depth);
        Ok(nest(outline, deepest))
    }

    /// The attributes in force in a category, as JSON Schema.
    pub async fn attribute_schema(
        &self,
        id: CategoryId,
        audience: Audience,
        address: &str,
    ) -> Result<(Category, Value)> {
        let placed = self.visible(CategoryKey::Id(id), audience).await?;
        let schema = schema::json_schema(address, &placed.category.name, &placed.attributes_in_force());
        Ok((placed.category, schema))
    }

    /// A category that is there for this audience.
    pub(super) async fn visible(&self, key: CategoryKey, audience: Audience) -> Result<Placed> {
        let name = match &key {
            CategoryKey::Id(id) => id.to_string(),
            CategoryKey::Slug(slug) => slug.to_string(),
            CategoryKey::ExternalId(id) => id.clone(),
        };
        let found = self.store.find_many(vec![key]).await?.pop().map(|(_, placed)| placed);
        found
            .filter(|placed| audience.sees(&placed.category.place))
            .ok_or_else(|| Failure::not_found("category", name))
    }

    pub(super) async fn with_count(&self, placed: Placed) -> Detail {
        let product_count = self.count_products(placed.category.id).await;
        Detail { placed, product_count }
    }

    /// `None` when the catalog does not say: a page without a count is better than none.
    pub(super) async fn count_products(&self, id: CategoryId) -> Option<u64> {
        let ids = match self.store.subtree_ids(CategoryKey::Id(id)).await {
            Ok(ids) => ids?,
            Err(failure) if failure.code() == ErrorCode::NotFound => return None,
            Err(failure) => {
                tracing::warn!(category.id = %id, error = %failure, "could not read what is below category {id}");
                return None;
            }
        };
        match self.catalog.count_in_any(&ids).await {
            Ok(counts) => Some(counts.active),
            Err(error) => {
                tracing::warn!(category.id = %id, %error, "could not count the products of category {id}");
                None
            }
        }
    }
}

/// Nests entries that come parents first. What is deeper than `deepest` only says that there is more.
fn nest(outline: Vec<Outline>, deepest: i32) -> Vec<TreeNode> {
    let mut roots = Vec::new();
    // The way from the top to where the next entry may belong.
    let mut open: Vec<TreeNode> = Vec::new();
    for entry in outline {
        while open.last().is_some_and(|last| Some(last.entry.id) != entry.parent_id) {
            close(&mut open, &mut roots);
        }
        if entry.depth > deepest {
            if let Some(parent) = open.last_mut() {
                parent.has_more = true;
            }
            continue;
        }
        open.push(TreeNode { entry, has_more: false, children: Vec::new() });
    }
    while !open.is_empty() {
        close(&mut open, &mut roots);
    }
    roots
}

fn close(open: &mut Vec<TreeNode>, roots: &mut Vec<TreeNode>) {
    let Some(done) = open.pop() else { return };
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None => roots.push(done),
    }
}
