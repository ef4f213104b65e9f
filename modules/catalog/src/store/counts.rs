//! How many products use categories.

use std::collections::{HashMap, HashSet};

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_catalog_api::ProductCounts;
use vitrine_db::{Conn, DbId, on_conn};
use vitrine_kernel::{CategoryId, Failure};

use super::schema::{catalog_product_categories, catalog_products};
use crate::domain::ProductStatus;

/// How many values one statement binds: SQLite takes 32,766.
pub(super) const BOUND: usize = 10_000;

pub(super) async fn by_category(
    conn: &mut Conn,
    categories: &[CategoryId],
) -> Result<HashMap<CategoryId, ProductCounts>, Failure> {
    use {catalog_product_categories as links, catalog_products as products};
    let mut counts: HashMap<CategoryId, ProductCounts> = HashMap::new();
    for chunk in distinct(categories).chunks(BOUND) {
        let rows = on_conn!(conn, |c| links::table
            .inner_join(products::table)
            .filter(links::category_id.eq_any(chunk))
            .filter(products::deleted_at.is_null())
            .group_by((links::category_id, products::status))
            .select((links::category_id, products::status, count_star()))
            .load::<(DbId, String, i64)>(c))?;
        for (category, status, count) in rows {
            add(counts.entry(category.into()).or_default(), &status, count);
        }
    }
    Ok(counts)
}

pub(super) async fn in_any(conn: &mut Conn, categories: &[CategoryId]) -> Result<ProductCounts, Failure> {
    use {catalog_product_categories as links, catalog_products as products};
    let categories = distinct(categories);
    let mut counts = ProductCounts::default();
    if categories.len() <= BOUND {
        let in_one = links::table.filter(links::category_id.eq_any(&categories)).select(links::product_seq);
        let rows = on_conn!(conn, |c| products::table
            .filter(products::seq.eq_any(in_one))
            .filter(products::deleted_at.is_null())
            .group_by(products::status)
            .select((products::status, count_star()))
            .load::<(String, i64)>(c))?;
        for (status, count) in rows {
            add(&mut counts, &status, count);
        }
        return Ok(counts);
    }
    // More than one statement: a product in categories of two of them must still count once.
    let mut seen = HashSet::new();
    for chunk in categories.chunks(BOUND) {
        let rows = on_conn!(conn, |c| links::table
            .inner_join(products::table)
            .filter(links::category_id.eq_any(chunk))
            .filter(products::deleted_at.is_null())
            .select((links::product_seq, products::status))
            .load::<(i64, String)>(c))?;
        for (seq, status) in rows {
            if seen.insert(seq) {
                add(&mut counts, &status, 1);
            }
        }
    }
    Ok(counts)
}

fn add(counts: &mut ProductCounts, status: &str, count: i64) {
    let count = u64::try_from(count).unwrap_or(0);
    counts.total += count;
    if status == ProductStatus::Active.name() {
        counts.active += count;
    }
}

pub(super) fn distinct(categories: &[CategoryId]) -> Vec<DbId> {
    let mut ids: Vec<DbId> = categories.iter().map(|id| DbId::from(*id)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
