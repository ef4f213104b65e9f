//! Compares documents with what was made from them, and makes it anew.

use std::collections::HashMap;
use std::fmt::Debug;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, DbId, LockKey, on_conn};
use vitrine_kernel::{CategoryId, Failure, Version};

use super::Checked;
use super::columns::Columns;
use super::index::{
    AttributeRow, IndexRows, PriceRow, TagRow, clear_indexes, write_categories, write_indexes,
};
use super::reading::{Row, Stored};
use super::schema::{
    catalog_prices, catalog_product_attributes, catalog_product_categories, catalog_product_tags,
    catalog_products, catalog_skus,
};
use crate::domain::IndexedValue;
use crate::search::store::searchable;

/// Products in one transaction: others wait while they are made anew.
const PAGE: i64 = 200;

pub(super) async fn categories_in_use(conn: &mut Conn) -> Result<Vec<CategoryId>, Failure> {
    use catalog_product_categories as links;
    let ids = on_conn!(conn, |c| links::table.select(links::category_id).distinct().load::<DbId>(c))?;
    Ok(ids.into_iter().map(CategoryId::from).collect())
}

async fn page(conn: &mut Conn, position: i64) -> Result<Vec<Row>, DbError> {
    use catalog_products as products;
    on_conn!(conn, |c| products::table
        .filter(products::seq.gt(position))
        .order(products::seq)
        .limit(PAGE)
        .select((products::seq, products::deleted_at, products::document))
        .load::<Row>(c))
}

pub(super) async fn check(conn: &mut Conn, position: i64) -> Result<Checked, Failure> {
    let rows = page(conn, position).await?;
    let mut checked = Checked { next: rows.last().map(|(seq, _, _)| *seq), ..Checked::default() };
    let (Some(first), Some(last)) = (rows.iter().map(|row| row.0).next(), checked.next) else {
        return Ok(checked);
    };
    let searchable: HashMap<i64, Option<String>> =
        searchable(conn, first, last).await?.into_iter().map(|row| (row.seq, row.status)).collect();
    for row in rows {
        let seq = row.0;
        checked.products += 1;
        match Stored::from_row(row) {
            Ok(stored) => check_product(conn, &stored, &searchable, &mut checked.problems).await?,
            Err(_) => checked.problems.push(format!("product {seq}: its document can't be read")),
        }
    }
    Ok(checked)
}

async fn check_product(
    conn: &mut Conn,
    stored: &Stored,
    searchable: &HashMap<i64, Option<String>>,
    problems: &mut Vec<String>,
) -> Result<(), Failure> {
    let id = stored.product.id;
    let mut wanted = IndexRows::of(&stored.product);
    if stored.is_deleted {
        wanted = IndexRows {
            skus: Vec::new(),
            prices: Vec::new(),
            tags: Vec::new(),
            attributes: Vec::new(),
            ..wanted
        };
    }
    let found = load_rows(conn, stored.seq, &wanted).await?;
    compare(problems, id, "SKUs", &wanted.skus, &found.skus);
    compare(problems, id, "prices", &wanted.prices, &found.prices);
    compare(problems, id, "categories", &wanted.categories, &found.categories);
    compare(problems, id, "tags", &wanted.tags, &found.tags);
    compare(problems, id, "attributes", &wanted.attributes, &found.attributes);
    let text_row = searchable.get(&stored.seq);
    if text_row.is_some() == stored.is_deleted {
        let what = if stored.is_deleted { "is deleted and still has" } else { "has no" };
        problems.push(format!("product {id}: it {what} a full-text row"));
    }
    if text_row.is_some_and(|status| status.as_deref().is_some_and(|has| has != wanted.status.name())) {
        problems.push(format!("product {id}: its full-text row has another status"));
    }
    check_columns(conn, stored, problems).await
}

fn compare<T: PartialEq + Debug>(
    problems: &mut Vec<String>,
    id: vitrine_kernel::ProductId,
    what: &str,
    wanted: &T,
    found: &T,
) {
    if wanted != found {
        problems
            .push(format!("product {id}: its document has the {what} {wanted:?}, the index has {found:?}"));
    }
}

/// What stands in the index tables; the full-text row has no content to compare, so it is taken for right.
async fn load_rows(conn: &mut Conn, seq: i64, wanted: &IndexRows) -> Result<IndexRows, DbError> {
    use {
        catalog_prices as prices, catalog_product_attributes as attributes,
        catalog_product_categories as links, catalog_product_tags as tags, catalog_skus as skus,
    };
    let sku_rows = on_conn!(conn, |c| skus::table
        .filter(skus::product_seq.eq(seq))
        .order(skus::sku)
        .select(skus::sku)
        .load::<String>(c))?;
    let price_rows = on_conn!(conn, |c| prices::table
        .filter(prices::product_seq.eq(seq))
        .order(prices::currency)
        .select((prices::currency, prices::min_key, prices::max_key))
        .load::<(String, i64, i64)>(c))?;
    let link_rows = on_conn!(conn, |c| links::table
        .filter(links::product_seq.eq(seq))
        .order(links::category_id)
        .select(links::category_id)
        .load::<DbId>(c))?;
    let tag_rows = on_conn!(conn, |c| tags::table
        .filter(tags::product_seq.eq(seq))
        .order(tags::tag_key)
        .select((tags::tag_key, tags::tag))
        .load::<(String, String)>(c))?;
    let attribute_rows = on_conn!(conn, |c| attributes::table
        .filter(attributes::product_seq.eq(seq))
        .order((attributes::key, attributes::value_key))
        .select((attributes::key, attributes::value_key, attributes::value, attributes::number))
        .load::<(String, String, String, Option<f64>)>(c))?;
    let attribute = |(key, value_key, text, number)| AttributeRow {
        key,
        value: IndexedValue { key: value_key, text, number },
    };
    Ok(IndexRows {
        skus: sku_rows,
        prices: price_rows
            .into_iter()
            .map(|(currency, min_key, max_key)| PriceRow { currency, min_key, max_key })
            .collect(),
        categories: link_rows.into_iter().map(CategoryId::from).collect(),
        tags: tag_rows.into_iter().map(|(key, tag)| TagRow { key, tag }).collect(),
        attributes: attribute_rows.into_iter().map(attribute).collect(),
        status: wanted.status,
        search: wanted.search.clone(),
    })
}

/// Columns of the row itself that were made from the document.
async fn check_columns(conn: &mut Conn, stored: &Stored, problems: &mut Vec<String>) -> Result<(), Failure> {
    use catalog_products as products;
    let product = &stored.product;
    let (id, slug, status, version, name_key, price_key) = on_conn!(conn, |c| products::table
        .filter(products::seq.eq(stored.seq))
        .select((
            products::id,
            products::slug,
            products::status,
            products::version,
            products::name_key,
            products::price_key,
        ))
        .first::<(DbId, String, String, i64, String, Option<i64>)>(c))?;
    let columns = Columns::of(product)?;
    let same = id.0 == product.id.0
        && slug == product.slug.as_str()
        && status == product.status.name()
        && Version(version) == product.version
        && name_key == columns.name_key
        && price_key == columns.price_key;
    if !same {
        problems.push(format!("product {}: its columns don't say what its document says", product.id));
    }
    Ok(())
}

pub(super) async fn rebuild(conn: &mut Conn, position: i64) -> Result<Checked, Failure> {
    use catalog_products as products;
    // Nobody writes products meanwhile.
    conn.lock(LockKey::CategoryMembership).await?;
    let rows = page(conn, position).await?;
    let mut done = Checked { next: rows.last().map(|(seq, _, _)| *seq), ..Checked::default() };
    // Rows that stand under the wrong product must not stand in the way of the right one.
    for (seq, _, _) in &rows {
        clear_indexes(conn, *seq).await?;
    }
    for row in rows {
        let stored = Stored::from_row(row)?;
        let index = IndexRows::of(&stored.product);
        if stored.is_deleted {
            write_categories(conn, stored.seq, &index).await?;
        } else {
            write_indexes(conn, stored.seq, &index).await?;
        }
        let columns = Columns::of(&stored.product)?;
        let values = (
            products::external_id.eq(stored.product.external_id.as_deref()),
            products::slug.eq(stored.product.slug.as_str()),
            products::status.eq(stored.product.status.name()),
            products::version.eq(stored.product.version.0),
            products::name_key.eq(columns.name_key),
            products::brand_key.eq(columns.brand_key),
            products::price_key.eq(columns.price_key),
        );
        let target = products::table.filter(products::seq.eq(stored.seq));
        on_conn!(conn, |c| diesel::update(target).set(values).execute(c))?;
        done.products += 1;
    }
    Ok(done)
}
