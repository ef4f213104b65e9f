//! Whether the tree is sound, found out in little memory: the check that runs beside a shop's work.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, on_conn};
use vitrine_kernel::{CategoryId, Result};

use super::integrity::differs;
use super::rows::{SkeletonRow, read_status};
use super::schema::category_nodes;
use crate::domain::Place;
use crate::domain::rank::Rank;

/// How many categories are read at a time.
const CHUNK: i64 = 250;

/// Whether every category stands where its parent, rank and status put it. If not, what is wrong takes the whole tree to tell.
///
/// In a sound tree the stored order visits parents before their children, so the places on the way down are enough to judge each
/// category by; anything wrong breaks that at the first category it concerns.
pub(super) async fn is_sound(conn: &mut Conn) -> Result<bool> {
    let mut way_down: Vec<(CategoryId, Place)> = Vec::new();
    let mut after = String::new();
    loop {
        let rows: Vec<SkeletonRow> = on_conn!(conn, |c| category_nodes::table
            .filter(category_nodes::tree_order.gt(&after))
            .order(category_nodes::tree_order)
            .limit(CHUNK)
            .select(SkeletonRow::as_select())
            .load(c))?;
        let Some(last) = rows.last() else { return Ok(true) };
        after.clone_from(&last.tree_order);
        for row in &rows {
            let parent = row.parent_id.map(CategoryId::from);
            while way_down.last().is_some_and(|(id, _)| Some(*id) != parent) {
                way_down.pop();
            }
            if parent.is_some() && way_down.is_empty() {
                return Ok(false);
            }
            let Some(rank) = Rank::parse(&row.rank) else { return Ok(false) };
            let id = CategoryId::from(row.id);
            let above = way_down.last().map(|(id, place)| (*id, place));
            let place = Place::below(above, id, rank, read_status(id, &row.status)?);
            if differs(row, &place) {
                return Ok(false);
            }
            way_down.push((id, place));
        }
    }
}
