//! Lists: filters, sorts, keyset pages.

use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbId, on_conn};
use vitrine_kernel::{CountMode, Result};

use super::rows::NodeRow;
use super::schema::category_nodes::{self, dsl};
use super::search_index::{SearchSql, matching, relevance};
use super::{nodes, respacing};
use crate::domain::listing::{Listing, PointKey, Scope, SortKey, SortPoint};
use crate::domain::position::{TreeMark, as_rank};
use crate::domain::{Audience, Place};
use crate::store::Listed;

/// Narrows a boxed query to what a filter says. A macro, since a query of rows and one of counts have different types.
macro_rules! narrowed {
    ($query:expr, $filter:expr, $search:expr, $place:expr) => {{
        let mut query = $query;
        match (&$filter.scope, $place) {
            (Scope::Everything, _) => {}
            (Scope::Roots, _) => query = query.filter(dsl::parent_id.is_null()),
            (Scope::ChildrenOf(parent), _) => query = query.filter(dsl::parent_id.eq(DbId::from(*parent))),
            // By the order and not by the path: so that one index narrows and sorts.
            (Scope::Below(_), Some(place)) => {
                query = query
                    .filter(dsl::tree_order.gt(place.order.as_str().to_owned()))
                    .filter(dsl::tree_order.lt(place.order.end()));
            }
            (Scope::Above(_), Some(place)) => {
                let ids: Vec<DbId> = place.path.ancestors().into_iter().map(DbId::from).collect();
                query = query.filter(dsl::id.eq_any(ids));
            }
            // The category is gone: nothing is below or above it.
            (Scope::Below(_) | Scope::Above(_), None) => query = query.filter(dsl::seq.is_null()),
        }
        if $filter.audience == Audience::Public {
            query = query.filter(dsl::hidden_by.eq(0));
        }
        if !$filter.status.is_empty() {
            let names: Vec<&str> = $filter.status.iter().map(|status| status.name()).collect();
            query = query.filter(dsl::status.eq_any(names));
        }
        if let Some(since) = $filter.updated_since {
            query = query.filter(dsl::updated_at.ge(since.as_millis()));
        }
        if let Some(search) = &$search {
            if let Some(wanted) = &search.wanted {
                query = query.filter(matching!(search, "IN", wanted.clone()));
            }
            if let Some(unwanted) = &search.unwanted {
                query = query.filter(matching!(search, "NOT IN", unwanted.clone()));
            }
        }
        query
    }};
}

/// Sorts a boxed query by a column, ties by `seq`, and begins after a point. The first comparison alone would do for an index to
/// find the place; the second one cuts off what was shown.
macro_rules! sorted {
    ($query:expr, $column:expr, $point:expr, $descending:expr) => {{
        let mut query = $query;
        if $descending {
            if let Some((key, seq)) = $point {
                query = query.filter($column.le(key.clone()).and($column.lt(key).or(dsl::seq.lt(seq))));
            }
            query.order(($column.desc(), dsl::seq.desc()))
        } else {
            if let Some((key, seq)) = $point {
                query = query.filter($column.ge(key.clone()).and($column.gt(key).or(dsl::seq.gt(seq))));
            }
            query.order(($column.asc(), dsl::seq.asc()))
        }
    }};
}

pub(super) async fn list(conn: &mut Conn, listing: Listing) -> Result<Listed> {
    let Listing { filter, sort, after, limit, count } = listing;
    let place: Option<Place> = match filter.scope {
        Scope::Below(id) | Scope::Above(id) => nodes::find(conn, id).await?.map(|category| category.place),
        Scope::Everything | Scope::Roots | Scope::ChildrenOf(_) => None,
    };
    let search = filter.search.as_ref().map(|search| SearchSql::of(search, conn.engine()));
    let (mut position, mut respaced) = (None, 0);
    if sort.key == SortKey::Position {
        let (mark, seq) = after.as_ref().and_then(mark_of).unzip();
        let (carried, newest) = respacing::carry(conn, mark, filter.scope.top()).await?;
        (position, respaced) = (carried.zip(seq), newest);
    }

    let (texts, numbers) = (after.as_ref().and_then(text_point), after.as_ref().and_then(number_point));
    let rows = on_conn!(conn, |c: Sql| {
        let query = match &search {
            Some(search) => {
                category_nodes::table.select((NodeRow::as_select(), relevance!(search))).into_boxed::<Sql>()
            }
            None => category_nodes::table
                .select((NodeRow::as_select(), 0_i64.into_sql::<BigInt>()))
                .into_boxed::<Sql>(),
        };
        let query = narrowed!(query, filter, search, place.as_ref()).limit(i64::from(limit.get()) + 1);
        let query = match (sort.key, &search) {
            (SortKey::Position, _) if filter.scope.is_siblings() => {
                let point = position.map(|(carried, seq)| (as_rank(&carried).to_owned(), seq));
                sorted!(query, dsl::rank, point, sort.descending)
            }
            // Ancestors stand below each other: how deep is all there is to their order.
            (SortKey::Position, _) if matches!(filter.scope, Scope::Above(_)) => {
                let point = position.map(|(carried, seq)| (depth_of(&carried), seq));
                sorted!(query, dsl::depth, point, sort.descending)
            }
            (SortKey::Position, _) => {
                let top = place.as_ref().filter(|_| filter.scope.top().is_some());
                let top = top.map_or("", |place| place.order.as_str());
                let point = position.map(|(carried, seq)| (format!("{top}{carried}"), seq));
                sorted!(query, dsl::tree_order, point, sort.descending)
            }
            (SortKey::Name, _) => sorted!(query, dsl::name_key, texts, sort.descending),
            (SortKey::CreatedAt, _) => sorted!(query, dsl::created_at, numbers, sort.descending),
            (SortKey::UpdatedAt, _) => sorted!(query, dsl::updated_at, numbers, sort.descending),
            (SortKey::Relevance, Some(search)) => {
                let mut query = query;
                if let Some((score, seq)) = numbers {
                    query = query.filter(
                        relevance!(search).le(score).and(relevance!(search).lt(score).or(dsl::seq.gt(seq))),
                    );
                }
                query.order((relevance!(search).desc(), dsl::seq.asc()))
            }
            (SortKey::Relevance, None) => {
                sorted!(query, dsl::seq, numbers.map(|(_, seq)| (seq, seq)), false)
            }
        };
        query.load::<(NodeRow, i64)>(c)
    })?;

    let total = match count {
        CountMode::None => None,
        // A tree of categories is small enough that counting costs less than an estimate would be wrong.
        CountMode::Estimated | CountMode::Exact => {
            let count = on_conn!(conn, |c: Sql| {
                let query = category_nodes::table.select(count_star()).into_boxed::<Sql>();
                narrowed!(query, filter, search, place.as_ref()).first::<i64>(c)
            })?;
            Some(u64::try_from(count).unwrap_or(0))
        }
    };

    let more = rows.len() > limit.as_usize();
    let mut items = Vec::with_capacity(limit.as_usize());
    for (row, score) in rows.into_iter().take(limit.as_usize()) {
        items.push((row.into_category()?, score));
    }
    Ok(Listed { items, more, respaced, total })
}

fn mark_of(point: &SortPoint) -> Option<(TreeMark, i64)> {
    match &point.key {
        PointKey::Place(mark) => Some((mark.clone(), point.seq)),
        PointKey::Text(_) | PointKey::Number(_) => None,
    }
}

/// On which level a place is.
fn depth_of(place: &str) -> i32 {
    i32::try_from(place.matches('/').count()).unwrap_or(i32::MAX) - 1
}

fn text_point(point: &SortPoint) -> Option<(String, i64)> {
    match &point.key {
        PointKey::Text(key) => Some((key.clone(), point.seq)),
        PointKey::Number(_) | PointKey::Place(_) => None,
    }
}

fn number_point(point: &SortPoint) -> Option<(i64, i64)> {
    match point.key {
        PointKey::Number(key) => Some((key, point.seq)),
        PointKey::Text(_) | PointKey::Place(_) => None,
    }
}
