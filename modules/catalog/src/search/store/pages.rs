//! Pages of a list: keyset, with the product's own number as the tie-break.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, Engine, on_conn};

use super::conditions::Selection;
use super::ranked::ranked;
use super::sql::Sql;
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
    let limit_rows = usize::try_from(limit).unwrap_or(0);
    let mut rows = Vec::new();
    for part in parts(conn.engine(), selection, sort, after, limit) {
        if rows.len() < limit_rows {
            rows.extend(part.load::<Row>(conn).await?);
        }
    }
    rows.truncate(limit_rows);
    Ok(rows)
}

/// The parts of a list, one behind the other, each from the position on.
pub(super) fn parts(
    engine: Engine,
    selection: &Selection<'_>,
    sort: Sort,
    after: Option<&Position>,
    limit: i64,
) -> Vec<Sql> {
    match sort.key {
        SortKey::Relevance => vec![by_relevance(engine, selection, after, limit)],
        SortKey::Price => by_price(selection, sort.descending, after, limit),
        SortKey::CreatedAt => vec![by_number(selection, "p.created_at", sort.descending, after, limit)],
        SortKey::UpdatedAt => vec![by_number(selection, "p.updated_at", sort.descending, after, limit)],
        SortKey::Name => vec![by_name(selection, sort.descending, after, limit)],
    }
}

fn by_relevance(engine: Engine, selection: &Selection<'_>, after: Option<&Position>, limit: i64) -> Sql {
    let Some((plan, matching)) = selection.plan.and_then(|plan| Some((plan, plan.matching()?))) else {
        // Nothing must be found, so nothing is found better than anything else.
        return by_number(selection, "p.created_at", true, after, limit);
    };
    let mut sql = Sql::new("SELECT seq, score AS number, NULL AS text FROM (");
    sql.append(ranked(selection, plan, matching, engine)).push(") ranked");
    if let Some(Row { seq, number: Some(score), .. }) = after {
        sql.push(" WHERE score < ").bind(*score);
        sql.push(" OR (score = ").bind(*score).push(" AND seq < ").bind(*seq).push(")");
    }
    sql.push(" ORDER BY score DESC, seq DESC LIMIT ").bind(limit);
    sql
}

/// Products without a price come last in both directions, so they are a list of their own behind the others. That keeps both
/// within the order of the index.
fn by_price(selection: &Selection<'_>, descending: bool, after: Option<&Position>, limit: i64) -> Vec<Sql> {
    let mut parts = Vec::new();
    if !matches!(after, Some(Row { number: None, .. })) {
        parts.push(by_number(selection, selection.price_column(), descending, after, limit));
    }
    if selection.filter.currency.is_none() {
        parts.push(without_price(selection, descending, after, limit));
    }
    parts
}

fn without_price(selection: &Selection<'_>, descending: bool, after: Option<&Position>, limit: i64) -> Sql {
    let mut sql = Sql::new("SELECT p.seq AS seq, NULL AS number, NULL AS text");
    sql.append(selection.source()).append(selection.conditions()).push(" AND p.price_key IS NULL");
    if let Some(Row { seq, number: None, .. }) = after {
        sql.push(if descending { " AND p.seq < " } else { " AND p.seq > " }).bind(*seq);
    }
    // All have the same price, none; naming it makes the order that of the index.
    append_order(&mut sql, ["p.price_key", "p.seq"], descending, limit);
    sql
}

fn by_number(
    selection: &Selection<'_>,
    column: &'static str,
    descending: bool,
    after: Option<&Position>,
    limit: i64,
) -> Sql {
    // Both of one table, so that one index has both.
    let seq = if column == "c.min_key" { "c.product_seq" } else { "p.seq" };
    let mut sql = Sql::new("SELECT p.seq AS seq, ");
    sql.push(column)
        .push(" AS number, NULL AS text")
        .append(selection.source())
        .append(selection.conditions());
    sql.push(" AND ").push(column).push(" IS NOT NULL");
    if let Some(Row { seq: after, number: Some(number), .. }) = after {
        sql.push(" AND (").push(column).push(", ").push(seq).push(")").push(beyond(descending));
        sql.push("(").bind(*number).push(", ").bind(*after).push(")");
    }
    append_order(&mut sql, [column, seq], descending, limit);
    sql
}

fn by_name(selection: &Selection<'_>, descending: bool, after: Option<&Position>, limit: i64) -> Sql {
    let mut sql = Sql::new("SELECT p.seq AS seq, NULL AS number, p.name_key AS text");
    sql.append(selection.source()).append(selection.conditions());
    if let Some(Row { seq, text: Some(name), .. }) = after {
        sql.push(" AND (p.name_key, p.seq)").push(beyond(descending));
        sql.push("(").bind(name).push(", ").bind(*seq).push(")");
    }
    append_order(&mut sql, ["p.name_key", "p.seq"], descending, limit);
    sql
}

fn append_order(sql: &mut Sql, columns: [&'static str; 2], descending: bool, limit: i64) {
    let [column, seq] = columns;
    let direction = direction(descending);
    sql.push(" ORDER BY ").push(column).push(direction).push(", ").push(seq).push(direction);
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

#[cfg(test)]
mod tests;
