//! Loads products.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, DbId, OptionalRow as _, on_conn};
use vitrine_kernel::{Failure, ProductId, Slug, Timestamp, Version};

use super::schema::{
    catalog_former_slugs, catalog_history, catalog_product_attributes, catalog_products, catalog_skus,
};
use super::{ProductKey, SlugMatch};
use crate::domain::{Action, HistoryEntry, Product};

/// A product as it stands in its row.
pub(super) struct Stored {
    pub seq: i64,
    pub is_deleted: bool,
    pub product: Product,
}

pub(super) type Row = (i64, Option<i64>, String);

impl Stored {
    pub(super) fn from_row((seq, deleted_at, document): Row) -> Result<Self, Failure> {
        let product = serde_json::from_str(&document)
            .map_err(|error| DbError::Damaged(format!("document of product {seq}: {error}")))?;
        Ok(Self { seq, is_deleted: deleted_at.is_some(), product })
    }
}

/// What a product is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// To be shown.
    Reading,
    /// To be changed in this transaction: until it ends nobody else changes it. SQLite has one writer anyway.
    Writing,
}

/// The first row, locked where that is wanted and means something.
macro_rules! first_row {
    ($conn:expr, $wanted_for:expr, $query:expr) => {
        match $wanted_for {
            For::Reading => on_conn!($conn, |c| $query.first::<Row>(c)),
            For::Writing => on_conn!(
                $conn,
                sqlite | c | $query.first::<Row>(c),
                postgres | c | $query.for_update().first::<Row>(c)
            ),
        }
    };
}

/// A product, deleted or not.
pub(super) async fn find_any(
    conn: &mut Conn,
    id: ProductId,
    wanted_for: For,
) -> Result<Option<Stored>, Failure> {
    use catalog_products as products;
    let query = products::table.filter(products::id.eq(DbId::from(id))).select((
        products::seq,
        products::deleted_at,
        products::document,
    ));
    let row = first_row!(conn, wanted_for, query).optional()?;
    row.map(Stored::from_row).transpose()
}

/// A product that is not deleted.
pub(super) async fn find(
    conn: &mut Conn,
    key: &ProductKey,
    wanted_for: For,
) -> Result<Option<Stored>, Failure> {
    use catalog_products as products;
    let columns = (products::seq, products::deleted_at, products::document);
    let row = match key {
        ProductKey::Id(id) => {
            let found = find_any(conn, *id, wanted_for).await?;
            return Ok(found.filter(|stored| !stored.is_deleted));
        }
        ProductKey::Sku(sku) => on_conn!(conn, |c| catalog_skus::table
            .inner_join(products::table)
            .filter(catalog_skus::sku.eq(sku))
            .select(columns)
            .first::<Row>(c)),
        ProductKey::ExternalId(external_id) => {
            let query = products::table
                .filter(products::external_id.eq(external_id))
                .filter(products::deleted_at.is_null())
                .select(columns);
            first_row!(conn, wanted_for, query)
        }
    };
    row.optional()?.map(Stored::from_row).transpose()
}

/// The product that has a slug now.
pub(super) async fn find_current_slug(
    conn: &mut Conn,
    slug: &Slug,
    wanted_for: For,
) -> Result<Option<Stored>, Failure> {
    use catalog_products as products;
    let query = products::table
        .filter(products::slug.eq(slug.as_str()))
        .filter(products::deleted_at.is_null())
        .select((products::seq, products::deleted_at, products::document));
    let row = first_row!(conn, wanted_for, query).optional()?;
    row.map(Stored::from_row).transpose()
}

pub(super) async fn find_by_slug(conn: &mut Conn, slug: &Slug) -> Result<Option<SlugMatch>, Failure> {
    if let Some(stored) = find_current_slug(conn, slug, For::Reading).await? {
        return Ok(Some(SlugMatch::Current(Box::new(stored.product))));
    }
    let owner = on_conn!(conn, |c| catalog_former_slugs::table
        .filter(catalog_former_slugs::slug.eq(slug.as_str()))
        .select(catalog_former_slugs::product_id)
        .first::<DbId>(c))
    .optional()?;
    let Some(owner) = owner else { return Ok(None) };
    let found = find(conn, &ProductKey::Id(owner.into()), For::Reading).await?;
    Ok(found.map(|stored| SlugMatch::Former(Box::new(stored.product))))
}

pub(super) async fn after(
    conn: &mut Conn,
    position: i64,
    limit: u16,
) -> Result<Vec<(i64, Product)>, Failure> {
    use catalog_products as products;
    let rows = on_conn!(conn, |c| products::table
        .filter(products::seq.gt(position))
        .filter(products::deleted_at.is_null())
        .order(products::seq)
        .limit(i64::from(limit))
        .select((products::seq, products::deleted_at, products::document))
        .load::<Row>(c))?;
    rows.into_iter().map(|row| Stored::from_row(row).map(|stored| (stored.seq, stored.product))).collect()
}

/// One look-up a key, however many products have it.
pub(super) async fn attribute_keys(conn: &mut Conn, most: usize) -> Result<Vec<String>, Failure> {
    use catalog_product_attributes as attributes;
    let mut keys = Vec::new();
    let mut last = String::new();
    while keys.len() < most {
        let next = on_conn!(conn, |c| attributes::table
            .filter(attributes::key.gt(&last))
            .order(attributes::key)
            .select(attributes::key)
            .first::<String>(c))
        .optional()?;
        let Some(key) = next else { break };
        last.clone_from(&key);
        keys.push(key);
    }
    Ok(keys)
}

pub(super) async fn history(
    conn: &mut Conn,
    id: ProductId,
    before: Option<Version>,
    limit: u16,
) -> Result<Vec<HistoryEntry>, Failure> {
    use catalog_history as history;
    let before = before.map_or(i64::MAX, |version| version.0);
    let rows = on_conn!(conn, |c| history::table
        .filter(history::product_id.eq(DbId::from(id)))
        .filter(history::version.lt(before))
        .order(history::version.desc())
        .limit(i64::from(limit))
        .select((history::version, history::action, history::actor, history::occurred_at, history::changes,))
        .load::<(i64, String, String, i64, String)>(c))?;
    rows.into_iter()
        .map(|(version, action, actor, occurred_at, changes)| {
            let damaged =
                |what: String| DbError::Damaged(format!("history of {id}, version {version}: {what}"));
            Ok(HistoryEntry {
                version: Version(version),
                action: Action::parse(&action).ok_or_else(|| damaged(format!("action {action}")))?,
                actor,
                occurred_at: Timestamp::from_millis(occurred_at),
                changes: serde_json::from_str(&changes).map_err(|error| damaged(error.to_string()))?,
            })
        })
        .collect()
}
