//! What is made from a product to find it by: unique SKUs, filters, sorts, full text.
//!
//! A product that is deleted has no rows here but those of its categories: [`crate::service`] must still find it when a category
//! goes away. So whoever reads `catalog_product_categories` joins `catalog_products` and asks for `deleted_at IS NULL`.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, DbId, on_conn};
use vitrine_kernel::CategoryId;
use vitrine_kernel::text::fold;

use super::schema::{
    catalog_prices, catalog_product_attributes, catalog_product_categories, catalog_product_tags,
    catalog_skus,
};
use crate::domain::{IndexedValue, Product, ProductStatus, attribute_key, value_key};
use crate::search::document::{SearchDocument, search_document};
use crate::search::store as text;

/// The rows of one product in the index tables. Making them needs no connection, so it is done before a transaction begins.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexRows {
    pub(crate) skus: Vec<String>,
    pub(crate) prices: Vec<PriceRow>,
    pub(crate) categories: Vec<CategoryId>,
    pub(crate) tags: Vec<TagRow>,
    pub(crate) attributes: Vec<AttributeRow>,
    pub(crate) status: ProductStatus,
    pub(crate) search: SearchDocument,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PriceRow {
    pub(crate) currency: String,
    pub(crate) min_key: i64,
    pub(crate) max_key: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TagRow {
    pub(crate) key: String,
    pub(crate) tag: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AttributeRow {
    pub(crate) key: String,
    pub(crate) value: IndexedValue,
}

impl IndexRows {
    /// The rows of this product, each list sorted by its key.
    pub fn of(product: &Product) -> Self {
        let mut skus: Vec<String> = product.variants.iter().filter_map(|v| v.sku.clone()).collect();
        skus.sort_unstable();
        let mut prices: Vec<PriceRow> = product
            .price_ranges()
            .into_iter()
            .map(|range| PriceRow {
                currency: range.min.currency().code().to_owned(),
                min_key: range.min.sort_key(),
                max_key: range.max.sort_key(),
            })
            .collect();
        prices.sort_unstable();
        let mut categories = product.category_ids.clone();
        categories.sort_unstable();
        let mut tags: Vec<TagRow> =
            product.tags.iter().map(|tag| TagRow { key: fold(tag), tag: tag.clone() }).collect();
        tags.sort_unstable();
        Self {
            skus,
            prices,
            categories,
            tags,
            attributes: attribute_rows(product),
            status: product.status,
            search: search_document(product),
        }
    }
}

/// The attributes and options of the product and of its variants, each value once.
fn attribute_rows(product: &Product) -> Vec<AttributeRow> {
    let mut rows = Vec::new();
    let variants = &product.variants;
    for (name, value) in product.attributes.iter().chain(variants.iter().flat_map(|v| &v.attributes)) {
        let key = attribute_key(name);
        rows.extend(value.indexed().into_iter().map(|value| AttributeRow { key: key.clone(), value }));
    }
    for (name, text) in variants.iter().flat_map(|v| &v.options) {
        let value = IndexedValue { key: value_key(text), text: text.clone(), number: None };
        rows.push(AttributeRow { key: attribute_key(name), value });
    }
    // Stable: of several ways to write a value, the first stays.
    rows.sort_by(|a, b| (&a.key, &a.value.key).cmp(&(&b.key, &b.value.key)));
    rows.dedup_by(|b, a| a.key == b.key && a.value.key == b.value.key);
    rows
}

/// Writes all rows of a product that has none.
pub async fn write_indexes(conn: &mut Conn, seq: i64, rows: &IndexRows) -> Result<(), DbError> {
    write_skus(conn, seq, rows).await?;
    write_prices(conn, seq, rows).await?;
    write_categories(conn, seq, rows).await?;
    write_tags(conn, seq, rows).await?;
    write_attributes(conn, seq, rows).await?;
    text::write(conn, seq, rows.status, &rows.search, None).await
}

/// Turns the rows of one version of a product into those of the next; tables in which nothing changes are not touched.
pub async fn change_indexes(
    conn: &mut Conn,
    seq: i64,
    old: &IndexRows,
    new: &IndexRows,
) -> Result<(), DbError> {
    if old.skus != new.skus {
        remove_skus(conn, seq).await?;
        write_skus(conn, seq, new).await?;
    }
    if old.prices != new.prices {
        remove_prices(conn, seq).await?;
        write_prices(conn, seq, new).await?;
    }
    if old.categories != new.categories {
        remove_categories(conn, seq).await?;
        write_categories(conn, seq, new).await?;
    }
    if old.tags != new.tags {
        remove_tags(conn, seq).await?;
        write_tags(conn, seq, new).await?;
    }
    if old.attributes != new.attributes {
        remove_attributes(conn, seq).await?;
        write_attributes(conn, seq, new).await?;
    }
    if old.search != new.search {
        text::write(conn, seq, new.status, &new.search, Some(&old.search)).await?;
    } else if old.status != new.status {
        text::write_status(conn, seq, new.status).await?;
    }
    Ok(())
}

/// Removes what a deleted product must not have: everything but its categories.
pub async fn remove_indexes(conn: &mut Conn, seq: i64) -> Result<(), DbError> {
    remove_skus(conn, seq).await?;
    remove_prices(conn, seq).await?;
    remove_tags(conn, seq).await?;
    remove_attributes(conn, seq).await?;
    text::remove(conn, seq).await
}

/// Removes every row, whatever is there: before they are made anew.
pub async fn clear_indexes(conn: &mut Conn, seq: i64) -> Result<(), DbError> {
    remove_indexes(conn, seq).await?;
    remove_categories(conn, seq).await
}

async fn write_skus(conn: &mut Conn, seq: i64, rows: &IndexRows) -> Result<(), DbError> {
    use catalog_skus as skus;
    for sku in &rows.skus {
        let values = (skus::sku.eq(sku), skus::product_seq.eq(seq));
        on_conn!(conn, |c| diesel::insert_into(skus::table).values(values).execute(c))?;
    }
    Ok(())
}

async fn write_prices(conn: &mut Conn, seq: i64, rows: &IndexRows) -> Result<(), DbError> {
    use catalog_prices as prices;
    for row in &rows.prices {
        let values = (
            prices::currency.eq(&row.currency),
            prices::product_seq.eq(seq),
            prices::min_key.eq(row.min_key),
            prices::max_key.eq(row.max_key),
        );
        on_conn!(conn, |c| diesel::insert_into(prices::table).values(values).execute(c))?;
    }
    Ok(())
}

/// Also for deleted products, see the head of this file.
pub async fn write_categories(conn: &mut Conn, seq: i64, rows: &IndexRows) -> Result<(), DbError> {
    use catalog_product_categories as links;
    for category in &rows.categories {
        let values = (links::category_id.eq(DbId::from(*category)), links::product_seq.eq(seq));
        on_conn!(conn, |c| diesel::insert_into(links::table).values(values).execute(c))?;
    }
    Ok(())
}

async fn write_tags(conn: &mut Conn, seq: i64, rows: &IndexRows) -> Result<(), DbError> {
    use catalog_product_tags as tags;
    for row in &rows.tags {
        let values = (tags::tag_key.eq(&row.key), tags::product_seq.eq(seq), tags::tag.eq(&row.tag));
        on_conn!(conn, |c| diesel::insert_into(tags::table).values(values).execute(c))?;
    }
    Ok(())
}

async fn write_attributes(conn: &mut Conn, seq: i64, rows: &IndexRows) -> Result<(), DbError> {
    use catalog_product_attributes as attributes;
    for row in &rows.attributes {
        let values = (
            attributes::key.eq(&row.key),
            attributes::value_key.eq(&row.value.key),
            attributes::product_seq.eq(seq),
            attributes::value.eq(&row.value.text),
            attributes::number.eq(row.value.number),
        );
        on_conn!(conn, |c| diesel::insert_into(attributes::table).values(values).execute(c))?;
    }
    Ok(())
}

async fn remove_skus(conn: &mut Conn, seq: i64) -> Result<(), DbError> {
    on_conn!(conn, |c| diesel::delete(catalog_skus::table.filter(catalog_skus::product_seq.eq(seq)))
        .execute(c))?;
    Ok(())
}

async fn remove_prices(conn: &mut Conn, seq: i64) -> Result<(), DbError> {
    on_conn!(conn, |c| diesel::delete(catalog_prices::table.filter(catalog_prices::product_seq.eq(seq)))
        .execute(c))?;
    Ok(())
}

/// Also for deleted products, see the head of this file.
pub async fn remove_categories(conn: &mut Conn, seq: i64) -> Result<(), DbError> {
    use catalog_product_categories as links;
    on_conn!(conn, |c| diesel::delete(links::table.filter(links::product_seq.eq(seq))).execute(c))?;
    Ok(())
}

async fn remove_tags(conn: &mut Conn, seq: i64) -> Result<(), DbError> {
    use catalog_product_tags as tags;
    on_conn!(conn, |c| diesel::delete(tags::table.filter(tags::product_seq.eq(seq))).execute(c))?;
    Ok(())
}

async fn remove_attributes(conn: &mut Conn, seq: i64) -> Result<(), DbError> {
    use catalog_product_attributes as attributes;
    on_conn!(conn, |c| diesel::delete(attributes::table.filter(attributes::product_seq.eq(seq))).execute(c))?;
    Ok(())
}
