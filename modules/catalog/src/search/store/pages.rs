//! Pages of a list: keyset, with the product's own number as the tie-break.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, on_conn};

use super::conditions::Selection;
use super::ranked::ranked;
use super::sql::{Dialect, Sql};
use crate::search::request::{Sort, SortKey};
use crate::store::schema::catalog_products;

/// An estimate counts no further than this; beyond, it reckons.
const COUNTED: i64 = 10_000;

/// A product of a list and its sort value; one of `number` and `text`, or neither where the value is absent.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(crate) struct Row {
    #[diesel(sql_type = BigInt)]
    pub(crate) seq: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) number: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) text: Option<String>,
}

/// The row after which a page begins.
pub(crate) type Position = Row;

/// The rows after a position, at most `limit`.
pub(crate) async fn page(
    conn: &mut Conn,
    selection: &Selection<'_>,
    sort: Sort,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Row>, DbError> {
    match sort.key {
        SortKey::Relevance => by_relevance(conn, selection, after, limit).await,
        SortKey::Price => by_price(conn, selection, sort.descending, after, limit).await,
        SortKey::CreatedAt => by_number(conn, selection, "p.created_at", sort.descending, after, limit).await,
        SortKey::UpdatedAt => by_number(conn, selection, "p.updated_at", sort.descending, after, limit).await,
        SortKey::Name => by_name(conn, selection, sort.descending, after, limit).await,
    }
}

async fn by_relevance(
    conn: &mut Conn,
    selection: &Selection<'_>,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Row>, DbError> {
    let Some((plan, matching)) = selection.plan.and_then(|plan| Some((plan, plan.matching()?))) else {
        // Nothing must be found, so nothing is found better than anything else.
        return by_number(conn, selection, "p.created_at", true, after, limit).await;
    };
    let mut sql = Sql::new("SELECT seq, score AS number, NULL AS text FROM (");
    sql.append(ranked(selection, plan, matching, Dialect::of(conn))).push(") ranked");
    if let Some(Row { seq, number: Some(score), .. }) = after {
        sql.push(" WHERE score < ").bind(*score);
        sql.push(" OR (score = ").bind(*score).push(" AND seq < ").bind(*seq).push(")");
    }
    sql.push(" ORDER BY score DESC, seq DESC LIMIT ").bind(limit);
    sql.load(conn).await
}

/// Products without a price come last in both directions, so they are a list of their own behind the others. That keeps both
/// within the order of the index.
async fn by_price(
    conn: &mut Conn,
    selection: &Selection<'_>,
    descending: bool,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Row>, DbError> {
    let column = selection.price_column();
    let mut rows = match after {
        Some(Row { number: None, .. }) => Vec::new(),
        _ => by_number(conn, selection, column, descending, after, limit).await?,
    };
    let missing = limit - i64::try_from(rows.len()).unwrap_or(limit);
    if missing == 0 || selection.filter.currency.is_some() {
        return Ok(rows);
    }
    let mut sql = Sql::new("SELECT p.seq AS seq, NULL AS number, NULL AS text");
    sql.append(selection.source()).append(selection.conditions()).push(" AND p.price_key IS NULL");
    if let Some(Row { seq, number: None, .. }) = after {
        sql.push(if descending { " AND p.seq < " } else { " AND p.seq > " }).bind(*seq);
    }
    // All have the same price, none; naming it makes the order that of the index.
    append_order(&mut sql, "p.price_key", descending, missing);
    rows.extend(sql.load::<Row>(conn).await?);
    Ok(rows)
}

async fn by_number(
    conn: &mut Conn,
    selection: &Selection<'_>,
    column: &'static str,
    descending: bool,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Row>, DbError> {
    let mut sql = Sql::new("SELECT p.seq AS seq, ");
    sql.push(column)
        .push(" AS number, NULL AS text")
        .append(selection.source())
        .append(selection.conditions());
    sql.push(" AND ").push(column).push(" IS NOT NULL");
    if let Some(Row { seq, number: Some(number), .. }) = after {
        sql.push(" AND (").push(column).push(", p.seq)").push(beyond(descending));
        sql.push("(").bind(*number).push(", ").bind(*seq).push(")");
    }
    append_order(&mut sql, column, descending, limit);
    sql.load(conn).await
}

async fn by_name(
    conn: &mut Conn,
    selection: &Selection<'_>,
    descending: bool,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Row>, DbError> {
    let mut sql = Sql::new("SELECT p.seq AS seq, NULL AS number, p.name_key AS text");
    sql.append(selection.source()).append(selection.conditions());
    if let Some(Row { seq, text: Some(name), .. }) = after {
        sql.push(" AND (p.name_key, p.seq)").push(beyond(descending));
        sql.push("(").bind(name).push(", ").bind(*seq).push(")");
    }
    append_order(&mut sql, "p.name_key", descending, limit);
    sql.load(conn).await
}

fn append_order(sql: &mut Sql, column: &'static str, descending: bool, limit: i64) {
    let direction = direction(descending);
    sql.push(" ORDER BY ").push(column).push(direction).push(", p.seq").push(direction);
    sql.push(" LIMIT ").bind(limit);
}

const fn direction(descending: bool) -> &'static str {
    if descending { " DESC" } else { " ASC" }
}

const fn beyond(descending: bool) -> &'static str {
    if descending { " < " } else { " > " }
}

/// How many products are meant.
pub(crate) async fn count_exact(conn: &mut Conn, selection: &Selection<'_>) -> Result<i64, DbError> {
    let mut sql = Sql::new("SELECT count(*) AS number, CAST(0 AS BIGINT) AS seq, NULL AS text");
    sql.append(selection.source()).append(selection.conditions());
    Ok(sql.load::<Row>(conn).await?.into_iter().next().and_then(|row| row.number).unwrap_or(0))
}

/// About how many products are meant: the exact number if it is small, else reckoned from how far among all products the first
/// ones reach.
pub(crate) async fn count_estimated(conn: &mut Conn, selection: &Selection<'_>) -> Result<i64, DbError> {
    let mut sql = Sql::new(
        "SELECT count(*) AS number, coalesce(max(seq), 0) AS seq, CAST((SELECT max(seq) FROM catalog_products) AS TEXT) AS text \
         FROM (SELECT p.seq AS seq",
    );
    sql.append(selection.source()).append(selection.conditions());
    sql.push(" ORDER BY p.seq LIMIT ").bind(COUNTED).push(") first");
    let Some(row) = sql.load::<Row>(conn).await?.into_iter().next() else { return Ok(0) };
    let counted = row.number.unwrap_or(0);
    let last = row.text.and_then(|text| text.parse::<i64>().ok()).unwrap_or(row.seq);
    if counted < COUNTED || row.seq == 0 {
        return Ok(counted);
    }
    Ok(counted.saturating_mul(last.max(row.seq)) / row.seq)
}

/// The documents of these products, by their numbers.
pub(crate) async fn documents(conn: &mut Conn, seqs: Vec<i64>) -> Result<HashMap<i64, String>, DbError> {
    use catalog_products as products;
    let query =
        products::table.filter(products::seq.eq_any(seqs)).select((products::seq, products::document));
    let rows: Vec<(i64, String)> = on_conn!(conn, |c| query.load::<(i64, String)>(c))?;
    Ok(rows.into_iter().collect())
}
