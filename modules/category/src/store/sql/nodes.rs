//! Finding and writing single categories.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, DbId, OptionalRow as _, on_conn};
use vitrine_kernel::{CategoryId, ErrorCode, Expected, Failure, NewEvent, Result, Timestamp};

use super::rows::{NodeRow, NodeValues};
use super::schema::{category_nodes, substr};
use super::{search_index, slugs};
use crate::domain::{Category, Place};

/// A category by id.
pub(super) async fn find(conn: &mut Conn, id: CategoryId) -> Result<Option<Category>> {
    let row = on_conn!(conn, |c| category_nodes::table
        .filter(category_nodes::id.eq(DbId::from(id)))
        .select(NodeRow::as_select())
        .first(c))
    .optional()?;
    row.map(NodeRow::into_category).transpose()
}

/// A category that must be there.
pub(super) async fn get(conn: &mut Conn, id: CategoryId) -> Result<Category> {
    find(conn, id).await?.ok_or_else(|| Failure::not_found("category", id))
}

/// A category that must be there, in a version that the caller has seen.
pub(super) async fn find_expected(conn: &mut Conn, id: CategoryId, expected: &Expected) -> Result<Category> {
    let category = get(conn, id).await?;
    expected.check(category.version)?;
    Ok(category)
}

/// The ids and numbers of a category and of all below it, parents first.
pub(super) async fn subtree(conn: &mut Conn, top: &Place) -> Result<Vec<(CategoryId, i64, i64)>> {
    let rows = on_conn!(conn, |c| category_nodes::table
        .filter(category_nodes::path.ge(top.path.as_str()))
        .filter(category_nodes::path.lt(top.path.end()))
        .order(category_nodes::path)
        .select((category_nodes::id, category_nodes::seq, category_nodes::version))
        .load::<(DbId, i64, i64)>(c))?;
    Ok(rows.into_iter().map(|(id, seq, version)| (id.into(), seq, version)).collect())
}

/// How many levels there are below a category.
pub(super) async fn height(conn: &mut Conn, top: &Place) -> Result<i32> {
    let deepest = on_conn!(conn, |c| category_nodes::table
        .filter(category_nodes::path.ge(top.path.as_str()))
        .filter(category_nodes::path.lt(top.path.end()))
        .select(diesel::dsl::max(category_nodes::depth))
        .first::<Option<i32>>(c))?;
    Ok(deepest.unwrap_or(top.depth) - top.depth)
}

/// Writes a new category with everything that belongs to it, and returns it with its number.
pub(super) async fn insert(conn: &mut Conn, mut category: Category) -> Result<Category> {
    let values = NodeValues::of(&category)?;
    category.seq = on_conn!(conn, |c| diesel::insert_into(category_nodes::table)
        .values(&values)
        .returning(category_nodes::seq)
        .get_result::<i64>(c))?;
    slugs::take_over(conn, &category.slug).await?;
    search_index::add(conn, &category).await?;
    emit(conn, "category.created", &category).await?;
    Ok(category)
}

/// Writes what has changed of a category, and moves all below it along. Nothing is written where nothing has changed.
pub(super) async fn update(
    conn: &mut Conn,
    current: &Category,
    mut next: Category,
    now: Timestamp,
) -> Result<Category> {
    if *current == next {
        return Ok(next);
    }
    next.version = current.version.next();
    next.updated_at = now;
    let values = NodeValues::of(&next)?;
    let written = on_conn!(conn, |c| diesel::update(category_nodes::table)
        .filter(category_nodes::seq.eq(current.seq))
        .filter(category_nodes::version.eq(current.version.0))
        .set(&values)
        .execute(c))?;
    if written == 0 {
        return Err(Failure::new(
            ErrorCode::PreconditionFailed,
            "The category was changed at the same moment. Read it again and repeat your change.",
        ));
    }
    move_descendants(conn, &current.place, &next.place).await?;
    if current.slug != next.slug {
        slugs::change(conn, current.id, &current.slug, &next.slug).await?;
    }
    if current.name != next.name || current.description != next.description {
        search_index::remove(conn, &[current.seq]).await?;
        search_index::add(conn, &next).await?;
    }
    let moved = current.place.order != next.place.order;
    if moved {
        emit(conn, "category.moved", &next).await?;
    }
    if !moved || current.content_differs(&next) {
        emit(conn, "category.updated", &next).await?;
    }
    Ok(next)
}

/// One `UPDATE` for everything below a category whose place has changed.
pub(super) async fn move_descendants(conn: &mut Conn, from: &Place, to: &Place) -> Result<(), DbError> {
    if from.path == to.path && from.order == to.order && from.hidden_by == to.hidden_by {
        return Ok(());
    }
    let (old_path, old_order) = (from.path.as_str(), from.order.as_str());
    let new_path = to.path.as_str().into_sql::<diesel::sql_types::Text>();
    let new_order = to.order.as_str().into_sql::<diesel::sql_types::Text>();
    on_conn!(conn, |c| diesel::update(category_nodes::table)
        .filter(category_nodes::path.gt(old_path))
        .filter(category_nodes::path.lt(from.path.end()))
        .set((
            category_nodes::path.eq(new_path.concat(substr(category_nodes::path, after(old_path)))),
            category_nodes::tree_order
                .eq(new_order.concat(substr(category_nodes::tree_order, after(old_order)))),
            category_nodes::depth.eq(category_nodes::depth + (to.depth - from.depth)),
            category_nodes::hidden_by.eq(category_nodes::hidden_by + (to.hidden_by - from.hidden_by)),
        ))
        .execute(c))?;
    Ok(())
}

/// Where the rest of a path begins, for `substr`. Paths are ASCII and at most 64 levels long.
fn after(prefix: &str) -> i32 {
    i32::try_from(prefix.len()).unwrap_or(i32::MAX - 1) + 1
}

/// Tells of a change, in its transaction.
pub(super) async fn emit(conn: &mut Conn, kind: &'static str, category: &Category) -> Result<(), DbError> {
    conn.emit(NewEvent {
        kind,
        key: category.id.0,
        version: category.version,
        occurred_at: category.updated_at,
    })
    .await
}
