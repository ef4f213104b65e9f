//! Categories that went away lately.
//!
//! Whether a category exists is asked before the transaction, of another module. Between the answer and the commit the category
//! may go, and its products be taken out of it: what commits after that would stay in a category that is none.
//!
//! Products that are taken out see the category in here from the same transaction on, and ids are never given twice: so every
//! write is either before the taking out, and taken out too, or after it, and refused here. Restoring a product needs no such
//! question: a deleted product keeps its categories and is taken out of them like any other.
//!
//! Where transactions run at the same time, those that write products share [`vitrine_db::LockKey::CategoryMembership`], and the one
//! that takes products out of categories holds it alone: whoever began before it is done, and what they wrote is taken out too;
//! whoever begins after it finds the category here.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, DbId, on_conn};
use vitrine_kernel::{CategoryId, Failure, Fault, Timestamp};

use super::counts::BOUND;
use super::schema::catalog_gone_categories as gone;

/// Far longer than any request takes from its question to its commit.
const REMEMBERED_SECONDS: i64 = 24 * 60 * 60;

/// Remembers that these went.
pub(super) async fn remember(conn: &mut Conn, ids: &[DbId], now: Timestamp) -> Result<(), DbError> {
    let old = gone::table.filter(gone::gone_at.lt(now.plus_seconds(-REMEMBERED_SECONDS).as_millis()));
    on_conn!(conn, |c| diesel::delete(old).execute(c))?;
    // A large deletion comes in many parts, each with all its categories: after the first one nothing is left to write.
    let known = among(conn, ids).await?;
    for id in ids.iter().filter(|id| !known.contains(id)) {
        let values = (gone::category_id.eq(id), gone::gone_at.eq(now.as_millis()));
        let insert = diesel::insert_into(gone::table).values(values).on_conflict_do_nothing();
        on_conn!(conn, |c| insert.execute(c))?;
    }
    Ok(())
}

async fn among(conn: &mut Conn, ids: &[DbId]) -> Result<HashSet<DbId>, DbError> {
    let mut found = HashSet::new();
    for chunk in ids.chunks(BOUND) {
        let query = gone::table.filter(gone::category_id.eq_any(chunk)).select(gone::category_id);
        found.extend(on_conn!(conn, |c| query.load::<DbId>(c))?);
    }
    Ok(found)
}

/// The refusal of a product that would get into one of them.
pub(super) async fn refuse(conn: &mut Conn, category_ids: &[CategoryId]) -> Result<Option<Failure>, DbError> {
    if category_ids.is_empty() {
        return Ok(None);
    }
    let asked: Vec<DbId> = category_ids.iter().copied().map(DbId::from).collect();
    let found = among(conn, &asked).await?;
    let faults: Vec<_> = category_ids
        .iter()
        .enumerate()
        .filter(|(_, id)| found.contains(&DbId::from(**id)))
        .map(|(at, _)| {
            Fault::new(
                format!("/category_ids/{at}"),
                "unknown_category",
                "the category was deleted at the same moment",
            )
        })
        .collect();
    Ok(if faults.is_empty() { None } else { Some(Failure::validation(faults)) })
}
