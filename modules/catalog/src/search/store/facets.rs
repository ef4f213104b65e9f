//! Counts of the products that are meant, by what they have.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use vitrine_db::{Conn, DbError};

use super::conditions::{Selection, published};
use super::sql::Sql;
use crate::search::request::Visibility;

/// A facet shows this many values.
const VALUES: i64 = 100;

/// A value and how many products have it.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(crate) struct ValueCount {
    /// What filters compare.
    #[diesel(sql_type = Text)]
    pub(crate) value_key: String,
    /// As one of the products has it; of a brand it is not known here.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) value: Option<String>,
    #[diesel(sql_type = BigInt)]
    pub(crate) products: i64,
    /// One of the products.
    #[diesel(sql_type = BigInt)]
    pub(crate) example: i64,
}

/// How many products are in exactly these categories.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(crate) struct CategorySet {
    /// Ids, divided by commas.
    #[diesel(sql_type = Text)]
    pub(crate) ids: String,
    #[diesel(sql_type = BigInt)]
    pub(crate) products: i64,
}

/// The least and the greatest price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub(crate) struct PriceSpan {
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) min: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) max: Option<i64>,
}

/// The brands, by their folded names.
pub(crate) async fn brand_counts(
    conn: &mut Conn,
    selection: &Selection<'_>,
) -> Result<Vec<ValueCount>, DbError> {
    let mut sql = Sql::new(
        "SELECT p.brand_key AS value_key, NULL AS value, count(*) AS products, min(p.seq) AS example",
    );
    sql.append(selection.source()).append(selection.conditions());
    sql.push(" AND p.brand_key IS NOT NULL GROUP BY p.brand_key");
    append_order(&mut sql);
    sql.load(conn).await
}

/// The tags.
pub(crate) async fn tag_counts(
    conn: &mut Conn,
    selection: &Selection<'_>,
) -> Result<Vec<ValueCount>, DbError> {
    let mut sql = Sql::new(
        "SELECT t.tag_key AS value_key, min(t.tag) AS value, count(*) AS products, min(p.seq) AS example",
    );
    sql.append(selection.source()).push(" JOIN catalog_product_tags t ON t.product_seq = p.seq");
    sql.append(selection.conditions()).push(" GROUP BY t.tag_key");
    append_order(&mut sql);
    sql.load(conn).await
}

/// The values of an attribute.
pub(crate) async fn attribute_counts(
    conn: &mut Conn,
    selection: &Selection<'_>,
    key: &str,
) -> Result<Vec<ValueCount>, DbError> {
    let mut sql = Sql::new(
        "SELECT a.value_key AS value_key, min(a.value) AS value, count(*) AS products, min(p.seq) AS example",
    );
    sql.append(selection.source());
    sql.push(" JOIN catalog_product_attributes a ON a.product_seq = p.seq AND a.key = ").bind(key);
    sql.append(selection.conditions()).push(" GROUP BY a.value_key");
    append_order(&mut sql);
    sql.load(conn).await
}

fn append_order(sql: &mut Sql) {
    sql.push(" ORDER BY products DESC, value_key LIMIT ").bind(VALUES);
}

/// The sets of categories that products are in. There are few of them, and from them the products below any category can be
/// counted without counting one twice.
pub(crate) async fn category_sets(
    conn: &mut Conn,
    selection: &Selection<'_>,
) -> Result<Vec<CategorySet>, DbError> {
    let mut sql = Sql::new("SELECT ids, count(*) AS products FROM (SELECT ");
    sql.push_either(
        "group_concat(hex(k.category_id), ',' ORDER BY k.category_id)",
        "string_agg(k.category_id::text, ',' ORDER BY k.category_id)",
    );
    sql.push(" AS ids");
    sql.append(selection.source()).push(" JOIN catalog_product_categories k ON k.product_seq = p.seq");
    sql.append(selection.conditions()).push(" GROUP BY p.seq) sets GROUP BY ids");
    sql.load(conn).await
}

/// The currency that most of the products have a price in.
pub(crate) async fn price_currency(
    conn: &mut Conn,
    selection: &Selection<'_>,
) -> Result<Option<String>, DbError> {
    let mut sql = Sql::new(
        "SELECT f.currency AS value_key, NULL AS value, count(*) AS products, CAST(0 AS BIGINT) AS example",
    );
    sql.append(selection.source()).push(" JOIN catalog_prices f ON f.product_seq = p.seq");
    sql.append(selection.conditions()).push(" GROUP BY f.currency ORDER BY products DESC, value_key LIMIT 1");
    Ok(sql.load::<ValueCount>(conn).await?.into_iter().next().map(|row| row.value_key))
}

/// The span of the cheapest variants' prices in a currency.
pub(crate) async fn price_span(
    conn: &mut Conn,
    selection: &Selection<'_>,
    currency: &str,
) -> Result<PriceSpan, DbError> {
    let mut sql = Sql::new("SELECT min(f.min_key) AS min, max(f.min_key) AS max");
    append_prices(&mut sql, selection, currency);
    let span = sql.load(conn).await?.into_iter().next();
    Ok(span.unwrap_or(PriceSpan { min: None, max: None }))
}

/// How many products cost from `start` on, in steps of `width`; steps without products are not there. `value_key` is the number of
/// the step.
pub(crate) async fn price_buckets(
    conn: &mut Conn,
    selection: &Selection<'_>,
    currency: &str,
    start: i64,
    width: i64,
) -> Result<Vec<(i64, i64)>, DbError> {
    let mut sql = Sql::new("SELECT (f.min_key - ");
    sql.bind(start).push(") / ").bind(width.max(1));
    sql.push(" AS example, '' AS value_key, NULL AS value, count(*) AS products");
    append_prices(&mut sql, selection, currency);
    sql.push(" GROUP BY 1");
    Ok(sql.load::<ValueCount>(conn).await?.into_iter().map(|row| (row.example, row.products)).collect())
}

fn append_prices(sql: &mut Sql, selection: &Selection<'_>, currency: &str) {
    sql.append(selection.source());
    sql.push(" JOIN catalog_prices f ON f.product_seq = p.seq AND f.currency = ").bind(currency);
    sql.append(selection.conditions());
}

/// The brands that begin so, the most frequent first.
pub(crate) async fn brands_beginning_with(
    conn: &mut Conn,
    visibility: Visibility,
    beginning: &str,
) -> Result<Vec<ValueCount>, DbError> {
    let mut sql = Sql::new(
        "SELECT p.brand_key AS value_key, NULL AS value, count(*) AS products, min(p.seq) AS example \
         FROM catalog_products p WHERE p.deleted_at IS NULL AND p.brand_key >= ",
    );
    sql.bind(beginning).push(" AND p.brand_key < ").bind(format!("{beginning}{}", char::MAX));
    sql.append(published(visibility)).push(" GROUP BY p.brand_key ORDER BY products DESC, value_key LIMIT 5");
    sql.load(conn).await
}

/// The categories of these products, those of most of them first.
pub(crate) async fn categories_of(conn: &mut Conn, seqs: &[i64]) -> Result<Vec<CategorySet>, DbError> {
    let mut sql = Sql::new("SELECT ");
    sql.push_either("hex(category_id)", "category_id::text");
    sql.push(" AS ids, count(*) AS products FROM catalog_product_categories WHERE product_seq IN ");
    sql.bind_list(seqs.iter().copied());
    sql.push(" GROUP BY category_id ORDER BY products DESC, category_id LIMIT 20");
    sql.load(conn).await
}
