//! Giving siblings new ranks, and leading those who are paging over to them.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, DbId, OptionalRow as _, on_conn};
use vitrine_kernel::{CategoryId, Cursor, Failure, Result};

use super::nodes;
use super::placing::{children_of, rank_at_end};
use super::schema::{category_nodes, category_respacings};
use crate::domain::position::{Respacing, TreeMark};
use crate::domain::{Place, Rank, TreeOrder, TreePath};

/// How many respacings are kept. It takes hundreds of moves to the same spot to cause one: who pages more slowly than this many
/// come about is told to begin again.
const KEPT: i64 = 32;

/// Gives all children of a parent new, short ranks behind the last one there is, in the same order. Nobody's version changes:
/// ranks are not shown.
pub(super) async fn respace(conn: &mut Conn, parent: Option<CategoryId>) -> Result<()> {
    let ids = on_conn!(conn, |c: Sql| children_of!(parent, Sql)
        .order(category_nodes::rank)
        .select(category_nodes::id)
        .load::<DbId>(c))?;
    let above = match parent {
        Some(parent) => Some(nodes::get(conn, parent).await?),
        None => None,
    };
    let above = above.as_ref().map(|parent| (parent.id, &parent.place));
    let mut rank = rank_at_end(conn, parent).await?;
    let mut ranks = Vec::with_capacity(ids.len());
    for id in ids {
        let child = nodes::get(conn, id.into()).await?;
        ranks.push((child.place.rank.to_string(), rank.to_string()));
        let mut place = Place::below(above, child.id, rank.clone(), child.status);
        place.hidden_by = child.place.hidden_by;
        on_conn!(conn, |c| diesel::update(category_nodes::table.filter(category_nodes::seq.eq(child.seq)))
            .set((
                category_nodes::rank.eq(place.rank.as_str()),
                category_nodes::tree_order.eq(place.order.as_str())
            ))
            .execute(c))?;
        nodes::move_descendants(conn, &child.place, &place).await?;
        rank = Rank::append(Some(&rank));
    }
    let nowhere = || (TreePath::stored(String::new()), TreeOrder::stored(String::new()));
    let (path, order) = above.map_or_else(nowhere, |(_, place)| (place.path.clone(), place.order.clone()));
    keep(conn, &Respacing { path, order, ranks }).await
}

async fn keep(conn: &mut Conn, respacing: &Respacing) -> Result<()> {
    let ranks = serde_json::to_string(&respacing.ranks).map_err(Failure::internal)?;
    on_conn!(conn, |c| diesel::insert_into(category_respacings::table)
        .values((
            category_respacings::path.eq(respacing.path.as_str()),
            category_respacings::tree_order.eq(respacing.order.as_str()),
            category_respacings::ranks.eq(ranks),
        ))
        .execute(c))?;
    let oldest = on_conn!(conn, |c| category_respacings::table
        .order(category_respacings::seq.desc())
        .offset(KEPT - 1)
        .select(category_respacings::seq)
        .first::<i64>(c))
    .optional()?;
    if let Some(oldest) = oldest {
        let older = category_respacings::table.filter(category_respacings::seq.lt(oldest));
        on_conn!(conn, |c| diesel::delete(older).execute(c))?;
    }
    Ok(())
}

/// Where a place is by now in a list with this top, and the number of the last respacing.
///
/// Errors: [`vitrine_kernel::ErrorCode::InvalidCursor`] when what the place knows of is too long ago.
pub(super) async fn carry(
    conn: &mut Conn,
    mark: Option<TreeMark>,
    top: Option<CategoryId>,
) -> Result<(Option<String>, i64)> {
    let kept = on_conn!(conn, |c| category_respacings::table
        .order(category_respacings::seq)
        .select(category_respacings::seq)
        .load::<i64>(c))?;
    let newest = kept.last().copied().unwrap_or(0);
    let Some(TreeMark { mut place, respaced }) = mark else { return Ok((None, newest)) };
    if respaced >= newest {
        return Ok((Some(place), newest));
    }
    // As long as an older one is kept, all that came after it are.
    let all_kept = kept.len() < usize::try_from(KEPT).unwrap_or(0) || kept.iter().any(|seq| *seq <= respaced);
    if !all_kept {
        return Err(Cursor::invalid(
            "The categories were rearranged so often since this page that it has no next one any more. Leave the cursor out to begin again.",
        ));
    }
    for respacing in after(conn, respaced).await? {
        place = respacing.carry(top, place);
    }
    Ok((Some(place), newest))
}

async fn after(conn: &mut Conn, seq: i64) -> Result<Vec<Respacing>> {
    let rows = on_conn!(conn, |c| category_respacings::table
        .filter(category_respacings::seq.gt(seq))
        .order(category_respacings::seq)
        .select((category_respacings::path, category_respacings::tree_order, category_respacings::ranks))
        .load::<(String, String, String)>(c))?;
    rows.into_iter()
        .map(|(path, order, ranks)| {
            let ranks = serde_json::from_str(&ranks)
                .map_err(|error| DbError::Damaged(format!("category_respacings: {error}")))?;
            Ok(Respacing { path: TreePath::stored(path), order: TreeOrder::stored(order), ranks })
        })
        .collect()
}
