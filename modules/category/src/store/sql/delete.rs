//! Deleting categories, and what the catalog still has to be told.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, DbId, on_conn};
use vitrine_kernel::{CategoryId, Failure, NewEvent, Result, Timestamp, Version};

use super::schema::{category_nodes, category_reassignments};
use super::{nodes, placing, search_index};
use crate::domain::Category;
use crate::domain::placement::Destination;
use crate::store::{DeletePolicy, Reassignment};

/// Deletes a category as the policy says. Returns the ids that are gone.
pub(super) async fn delete(
    conn: &mut Conn,
    current: Category,
    policy: DeletePolicy,
    actor: String,
    now: Timestamp,
) -> Result<Vec<CategoryId>> {
    match policy {
        DeletePolicy::Refuse => {
            let children = children(conn, current.id).await?.len();
            if children > 0 {
                return Err(placing::not_empty(u64::try_from(children).unwrap_or(u64::MAX)));
            }
        }
        DeletePolicy::Reparent => hand_children_over(conn, &current, now).await?,
        DeletePolicy::Cascade => {}
    }
    let gone = nodes::subtree(conn, &current.place).await?;
    let seqs: Vec<i64> = gone.iter().map(|(_, seq, _)| *seq).collect();
    search_index::remove(conn, &seqs).await?;
    on_conn!(conn, |c| diesel::delete(
        category_nodes::table
            .filter(category_nodes::path.ge(current.place.path.as_str()))
            .filter(category_nodes::path.lt(current.place.path.end()))
    )
    .execute(c))?;
    for (id, _, version) in &gone {
        let version = Version(*version).next();
        conn.emit(NewEvent { kind: "category.deleted", key: id.0, version, occurred_at: now }).await?;
    }
    let ids: Vec<CategoryId> = gone.into_iter().map(|(id, ..)| id).collect();
    let target = match policy {
        DeletePolicy::Reparent => current.place.parent_id,
        DeletePolicy::Refuse | DeletePolicy::Cascade => None,
    };
    add_reassignment(conn, &ids, target, &actor, now).await?;
    Ok(ids)
}

async fn children(conn: &mut Conn, parent: CategoryId) -> Result<Vec<CategoryId>> {
    let ids = on_conn!(conn, |c| category_nodes::table
        .filter(category_nodes::parent_id.eq(DbId::from(parent)))
        .order(category_nodes::rank)
        .select(category_nodes::id)
        .load::<DbId>(c))?;
    Ok(ids.into_iter().map(CategoryId::from).collect())
}

/// The children take the place of their parent among its siblings, in their order.
async fn hand_children_over(conn: &mut Conn, parent: &Category, now: Timestamp) -> Result<()> {
    let mut previous = parent.id;
    for id in children(conn, parent.id).await? {
        let child = nodes::get(conn, id).await?;
        let to = Destination { parent_id: Some(parent.place.parent_id), before: None, after: Some(previous) };
        placing::relocate(conn, child, to, now).await?;
        previous = id;
    }
    Ok(())
}

/// Also after a deletion that was refused to categories with products: one may have come between the count and the commit.
async fn add_reassignment(
    conn: &mut Conn,
    categories: &[CategoryId],
    target: Option<CategoryId>,
    actor: &str,
    now: Timestamp,
) -> Result<()> {
    let categories = serde_json::to_string(categories).map_err(Failure::internal)?;
    on_conn!(conn, |c| diesel::insert_into(category_reassignments::table)
        .values((
            category_reassignments::categories.eq(categories),
            category_reassignments::target.eq(target.map(DbId::from)),
            category_reassignments::actor.eq(actor),
            category_reassignments::created_at.eq(now.as_millis()),
        ))
        .execute(c))?;
    Ok(())
}

type ReassignmentRow = (i64, String, Option<DbId>, String);

pub(super) async fn reassignments(conn: &mut Conn) -> Result<Vec<Reassignment>> {
    let rows = on_conn!(conn, |c| category_reassignments::table
        .order(category_reassignments::seq)
        .select((
            category_reassignments::seq,
            category_reassignments::categories,
            category_reassignments::target,
            category_reassignments::actor,
        ))
        .load::<ReassignmentRow>(c))?;
    rows.into_iter()
        .map(|(seq, categories, target, actor)| {
            let categories = serde_json::from_str(&categories)
                .map_err(|error| DbError::Damaged(format!("category_reassignments {seq}: {error}")))?;
            Ok(Reassignment { seq, categories, target: target.map(CategoryId::from), actor })
        })
        .collect()
}

pub(super) async fn reassignment_done(conn: &mut Conn, seq: i64) -> Result<()> {
    on_conn!(conn, |c| diesel::delete(
        category_reassignments::table.filter(category_reassignments::seq.eq(seq))
    )
    .execute(c))?;
    Ok(())
}
