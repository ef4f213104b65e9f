//! Where in the tree: ranks among siblings, moves, cycles.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbId, OptionalRow as _, on_conn};
use vitrine_kernel::{CategoryId, ErrorCode, Failure, Fault, Result, Timestamp};

use super::nodes;
use super::respacing::respace;
use super::rows::read_rank;
use super::schema::category_nodes;
use crate::domain::change::{Objections, cycle, too_deep};
use crate::domain::fields::unknown_parent;
use crate::domain::placement::{Destination, MovePlan, Spot, not_a_sibling};
use crate::domain::rank::Rank;
use crate::domain::tree::MOST_LEVELS;
use crate::domain::{Category, Place};

/// The children of a parent, or the roots.
macro_rules! children_of {
    ($parent:expr, $sql:ty) => {
        match $parent {
            Some(parent) => category_nodes::table
                .filter(category_nodes::parent_id.eq(DbId::from(parent)))
                .into_boxed::<$sql>(),
            None => category_nodes::table.filter(category_nodes::parent_id.is_null()).into_boxed::<$sql>(),
        }
    };
}
pub(super) use children_of;

/// The rank behind the last child.
pub(super) async fn rank_at_end(conn: &mut Conn, parent: Option<CategoryId>) -> Result<Rank> {
    let last = on_conn!(conn, |c: Sql| children_of!(parent, Sql)
        .order(category_nodes::rank.desc())
        .select((category_nodes::id, category_nodes::rank))
        .first::<(DbId, String)>(c))
    .optional()?;
    let last = last.map(|(id, rank)| read_rank(id.into(), &rank)).transpose()?;
    Ok(Rank::append(last.as_ref()))
}

/// What speaks against a category (`None`: a new one) below a parent; and the parent.
pub(super) async fn check_parent(
    conn: &mut Conn,
    category: Option<&Category>,
    parent_id: Option<CategoryId>,
    objections: &mut Objections,
) -> Result<Option<Category>> {
    let Some(parent_id) = parent_id else { return Ok(None) };
    let Some(parent) = nodes::find(conn, parent_id).await? else {
        objections.invalid.push(unknown_parent(parent_id));
        return Ok(None);
    };
    let mut height = 0;
    if let Some(category) = category {
        if category.place.path.holds(&parent.place.path) {
            objections.cycle = Some(cycle());
            return Ok(Some(parent));
        }
        height = nodes::height(conn, &category.place).await?;
    }
    if parent.place.depth + 1 + height >= MOST_LEVELS {
        objections.invalid.push(too_deep());
    }
    Ok(Some(parent))
}

/// Moves a category as a [`Destination`] says.
pub(super) async fn relocate(
    conn: &mut Conn,
    current: Category,
    to: Destination,
    now: Timestamp,
) -> Result<Category> {
    let target = resolve(conn, &current, to).await?;
    if target.is_where(&current) {
        return Ok(current);
    }
    let (rank, respaced) = match Rank::between(target.after.as_ref(), target.before.as_ref()) {
        Some(rank) if !rank.is_long() => (rank, false),
        // No room is left: space the siblings anew, then there is.
        _ => {
            respace(conn, target.parent_id()).await?;
            (target.rank_after_respacing(conn, &current).await?, true)
        }
    };
    // Spacing anew may have moved the category itself, and its parent.
    let (current, parent) = if respaced {
        let parent = match &target.parent {
            Some(parent) => Some(nodes::get(conn, parent.id).await?),
            None => None,
        };
        (nodes::get(conn, current.id).await?, parent)
    } else {
        (current, target.parent)
    };
    let mut next = current.clone();
    let above = parent.as_ref().map(|parent| (parent.id, &parent.place));
    next.place = Place::below(above, current.id, rank, current.status);
    nodes::update(conn, &current, next, now).await
}

/// What a move would do.
pub(super) async fn plan(conn: &mut Conn, id: CategoryId, to: Destination) -> Result<MovePlan> {
    let current = nodes::get(conn, id).await?;
    let target = resolve(conn, &current, to).await?;
    let descendants = nodes::subtree(conn, &current.place).await?.len().saturating_sub(1);
    let from = Spot {
        parent_id: current.place.parent_id,
        position: siblings_up_to(conn, current.place.parent_id, Some(&current.place.rank), id).await?,
    };
    let to = Spot {
        parent_id: target.parent_id(),
        position: match &target.after {
            Some(rank) => siblings_up_to(conn, target.parent_id(), Some(rank), id).await?,
            None => 0,
        },
    };
    Ok(MovePlan { moved: id, from, to, descendants: u64::try_from(descendants).unwrap_or(u64::MAX) })
}

/// How many siblings stand at or before a rank, but for one of them.
async fn siblings_up_to(
    conn: &mut Conn,
    parent: Option<CategoryId>,
    rank: Option<&Rank>,
    but: CategoryId,
) -> Result<u64> {
    let rank = rank.map_or("", Rank::as_str);
    let count = on_conn!(conn, |c: Sql| children_of!(parent, Sql)
        .filter(category_nodes::rank.le(rank))
        .filter(category_nodes::id.ne(DbId::from(but)))
        .count()
        .get_result::<i64>(c))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Where a move goes: below a parent, between two ranks.
struct Target {
    parent: Option<Category>,
    after: Option<Rank>,
    before: Option<Rank>,
    /// The sibling it follows, where there is one: what is left of `after` once ranks change.
    follows: Option<CategoryId>,
}

impl Target {
    fn parent_id(&self) -> Option<CategoryId> {
        self.parent.as_ref().map(|parent| parent.id)
    }

    /// Whether the category stands there already.
    fn is_where(&self, category: &Category) -> bool {
        let rank = &category.place.rank;
        self.parent_id() == category.place.parent_id
            && self.after.as_ref().is_none_or(|after| after < rank)
            && self.before.as_ref().is_none_or(|before| rank < before)
    }

    async fn rank_after_respacing(&self, conn: &mut Conn, moving: &Category) -> Result<Rank> {
        let after = match self.follows {
            Some(id) => Some(nodes::get(conn, id).await?.place.rank),
            None => None,
        };
        let before = neighbour(conn, self.parent_id(), after.as_ref(), Side::Next, moving.id).await?;
        Rank::between(after.as_ref(), before.as_ref().map(|(_, rank)| rank)).ok_or_else(|| {
            Failure::internal(format!("there is no room below {:?} after spacing anew", self.parent_id()))
        })
    }
}

/// Finds the target of a move, or everything that speaks against it.
async fn resolve(conn: &mut Conn, current: &Category, to: Destination) -> Result<Target> {
    let mut objections = Objections::default();
    let before = find_anchor(conn, "before", to.before, &mut objections).await?;
    let after = find_anchor(conn, "after", to.after, &mut objections).await?;
    let parent_id = match to.parent_id {
        Some(parent_id) => parent_id,
        None => before.as_ref().or(after.as_ref()).and_then(|anchor| anchor.place.parent_id),
    };
    let parent = check_parent(conn, Some(current), parent_id, &mut objections).await?;
    for (name, anchor) in [("before", &before), ("after", &after)] {
        if anchor
            .as_ref()
            .is_some_and(|anchor| anchor.place.parent_id != parent_id || anchor.id == current.id)
        {
            objections.invalid.push(not_a_sibling(name));
        }
    }
    if let (Some(before), Some(after)) = (&before, &after)
        && before.place.parent_id == after.place.parent_id
        && before.place.rank <= after.place.rank
    {
        objections.invalid.push(Fault::new(
            "/before",
            "wrong_order",
            "must stand behind the sibling named by `after`",
        ));
    }
    objections.into_result()?;
    let (after, before) = match (after, before) {
        (Some(after), Some(before)) => {
            (Some((after.id, after.place.rank)), Some((before.id, before.place.rank)))
        }
        (Some(after), None) => {
            let next = neighbour(conn, parent_id, Some(&after.place.rank), Side::Next, current.id).await?;
            (Some((after.id, after.place.rank)), next)
        }
        (None, Some(before)) => {
            let previous =
                neighbour(conn, parent_id, Some(&before.place.rank), Side::Previous, current.id).await?;
            (previous, Some((before.id, before.place.rank)))
        }
        (None, None) => (neighbour(conn, parent_id, None, Side::Previous, current.id).await?, None),
    };
    Ok(Target {
        parent,
        follows: after.as_ref().map(|(id, _)| *id),
        after: after.map(|(_, rank)| rank),
        before: before.map(|(_, rank)| rank),
    })
}

async fn find_anchor(
    conn: &mut Conn,
    name: &str,
    id: Option<CategoryId>,
    objections: &mut Objections,
) -> Result<Option<Category>> {
    let Some(id) = id else { return Ok(None) };
    let anchor = nodes::find(conn, id).await?;
    if anchor.is_none() {
        objections.invalid.push(Fault::new(
            format!("/{name}"),
            "unknown_category",
            format!("there is no category `{id}`"),
        ));
    }
    Ok(anchor)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Previous,
    Next,
}

/// The sibling next to a rank (or to the end of the row of siblings), but for one that doesn't count.
async fn neighbour(
    conn: &mut Conn,
    parent: Option<CategoryId>,
    rank: Option<&Rank>,
    side: Side,
    but: CategoryId,
) -> Result<Option<(CategoryId, Rank)>> {
    let found = on_conn!(conn, |c: Sql| {
        let mut query = children_of!(parent, Sql)
            .filter(category_nodes::id.ne(DbId::from(but)))
            .select((category_nodes::id, category_nodes::rank));
        query = match side {
            Side::Previous => query.order(category_nodes::rank.desc()),
            Side::Next => query.order(category_nodes::rank.asc()),
        };
        if let Some(rank) = rank {
            let rank = rank.as_str().to_owned();
            query = match side {
                Side::Previous => query.filter(category_nodes::rank.lt(rank)),
                Side::Next => query.filter(category_nodes::rank.gt(rank)),
            };
        }
        query.first::<(DbId, String)>(c)
    })
    .optional()?;
    found.map(|(id, rank)| Ok((id.into(), read_rank(id.into(), &rank)?))).transpose()
}

/// A failure for a category that a deletion would leave behind.
pub(super) fn not_empty(children: u64) -> Failure {
    let what = if children == 1 { "a child".to_owned() } else { format!("{children} children") };
    Failure::new(
        ErrorCode::CategoryNotEmpty,
        format!(
            "The category has {what}. Move or delete them first, or choose `policy=reparent` or `policy=cascade`."
        ),
    )
}
