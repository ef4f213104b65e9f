//! Whether what is stored about the tree is what it is made from, and making it again.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbId, on_conn};
use vitrine_kernel::{CategoryId, Result, Timestamp};

use super::rows::{SkeletonRow, read_status};
use super::schema::{category_former_slugs, category_nodes};
use super::soundness::is_sound;
use super::{nodes, search_index};
use crate::domain::Place;
use crate::domain::rank::Rank;
use crate::store::TreeProblem;

/// Everything that is wrong.
pub(super) async fn problems(conn: &mut Conn) -> Result<Vec<TreeProblem>> {
    let mut problems = if is_sound(conn).await? { Vec::new() } else { tree_problems(conn).await? };
    problems.extend(slug_problems(conn).await?);
    problems.extend(search_problems(conn).await?);
    Ok(problems)
}

async fn tree_problems(conn: &mut Conn) -> Result<Vec<TreeProblem>> {
    let rows = load(conn).await?;
    let mut differing = Vec::new();
    let mut problems = rebuild(&rows, |row, place| compare(row, place, &mut differing))?;
    problems.append(&mut differing);
    Ok(problems)
}

async fn search_problems(conn: &mut Conn) -> Result<Vec<TreeProblem>> {
    let stored: HashMap<i64, DbId> = on_conn!(conn, |c| category_nodes::table
        .select((category_nodes::seq, category_nodes::id))
        .load::<(i64, DbId)>(c))?
    .into_iter()
    .collect();
    let indexed: HashSet<i64> = search_index::seqs(conn).await?.into_iter().collect();
    let missing = stored.iter().filter(|(seq, _)| !indexed.contains(seq));
    let mut problems: Vec<_> =
        missing.map(|(_, id)| problem("search", *id, "is missing in the search index")).collect();
    for seq in indexed.iter().filter(|seq| !stored.contains_key(seq)) {
        problems.push(TreeProblem {
            kind: "search",
            category: format!("number {seq}"),
            detail: "is in the search index and nowhere else".to_owned(),
        });
    }
    Ok(problems)
}

/// Makes places, the search index and the slug history good. Categories whose parents lead nowhere or in a circle become
/// roots; siblings of one rank are put one behind the other.
pub(super) async fn repair(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    let rows = load(conn).await?;
    let mut sound = HashMap::with_capacity(rows.len());
    rebuild(&rows, |row, place| {
        sound.insert(row.id, place.clone());
    })?;
    // First out of the way: unique columns would meet each other half way.
    on_conn!(conn, |c| diesel::update(category_nodes::table)
        .set((
            category_nodes::path.eq("~".into_sql::<diesel::sql_types::Text>().concat(category_nodes::path)),
            category_nodes::tree_order
                .eq("~".into_sql::<diesel::sql_types::Text>().concat(category_nodes::tree_order)),
        ))
        .execute(c))?;
    let mut repaired = 0;
    for row in &rows {
        let Some(place) = sound.get(&row.id) else { continue };
        let mut found = Vec::new();
        compare(row, place, &mut found);
        let moved = row.parent_id.map(CategoryId::from) != place.parent_id;
        if moved || !found.is_empty() {
            repaired += 1;
        }
        on_conn!(conn, |c| diesel::update(category_nodes::table.filter(category_nodes::seq.eq(row.seq)))
            .set((
                category_nodes::parent_id.eq(place.parent_id.map(DbId::from)),
                category_nodes::path.eq(place.path.as_str()),
                category_nodes::depth.eq(place.depth),
                category_nodes::rank.eq(place.rank.as_str()),
                category_nodes::tree_order.eq(place.order.as_str()),
                category_nodes::hidden_by.eq(place.hidden_by),
            ))
            .execute(c))?;
        if moved {
            let mut category = nodes::get(conn, row.id.into()).await?;
            category.version = category.version.next();
            category.updated_at = now;
            on_conn!(conn, |c| diesel::update(
                category_nodes::table.filter(category_nodes::seq.eq(row.seq))
            )
            .set((
                category_nodes::version.eq(category.version.0),
                category_nodes::updated_at.eq(now.as_millis())
            ))
            .execute(c))?;
            nodes::emit(conn, "category.moved", &category).await?;
        }
    }
    let used = category_nodes::table.select(category_nodes::slug);
    on_conn!(conn, |c| diesel::delete(category_former_slugs::table)
        .filter(category_former_slugs::slug.eq_any(used))
        .execute(c))?;
    search_index::clear(conn).await?;
    for row in &rows {
        let category = nodes::get(conn, row.id.into()).await?;
        search_index::add(conn, &category).await?;
    }
    Ok(repaired)
}

async fn load(conn: &mut Conn) -> Result<Vec<SkeletonRow>> {
    Ok(on_conn!(conn, |c| category_nodes::table
        .order((category_nodes::rank, category_nodes::seq))
        .select(SkeletonRow::as_select())
        .load(c))?)
}

/// Visits each category with the place that it should have by its parents, ranks and status, and tells what is wrong with those
/// themselves. `rows` come in the order of their ranks.
fn rebuild<'r>(
    rows: &'r [SkeletonRow],
    visit: impl FnMut(&'r SkeletonRow, &Place),
) -> Result<Vec<TreeProblem>> {
    let known: HashSet<DbId> = rows.iter().map(|row| row.id).collect();
    let mut problems = Vec::new();
    let mut children: HashMap<Option<DbId>, Vec<&SkeletonRow>> = HashMap::new();
    for row in rows {
        let mut parent = row.parent_id;
        if parent.is_some_and(|parent| !known.contains(&parent)) {
            problems.push(problem("orphan", row.id, "has a parent that does not exist"));
            parent = None;
        }
        children.entry(parent).or_default().push(row);
    }
    let mut walk = Walk { children, placed: HashSet::with_capacity(rows.len()), problems, visit };
    let mut last_root = walk.place_roots(None)?;
    // Whatever was not reached from a root goes round in a circle: cut it where its lowest number is.
    for row in rows {
        if walk.placed.contains(&row.id) {
            continue;
        }
        walk.problems.push(problem("cycle", row.id, "is among its own ancestors"));
        for siblings in walk.children.values_mut() {
            siblings.retain(|sibling| sibling.seq != row.seq);
        }
        walk.children.insert(None, vec![row]);
        last_root = walk.place_roots(last_root)?;
    }
    Ok(walk.problems)
}

struct Walk<'r, V> {
    /// Those that have no place yet, by their parent.
    children: HashMap<Option<DbId>, Vec<&'r SkeletonRow>>,
    placed: HashSet<DbId>,
    problems: Vec<TreeProblem>,
    visit: V,
}

impl<'r, V: FnMut(&'r SkeletonRow, &Place)> Walk<'r, V> {
    /// Places the roots, behind those that have a place, and all below them. Returns the last root's rank.
    fn place_roots(&mut self, after: Option<Rank>) -> Result<Option<Rank>> {
        let mut last_root = after;
        let mut open = Vec::new();
        for row in self.children.remove(&None).unwrap_or_default() {
            last_root = Some(self.place(row, None, last_root.as_ref(), &mut open)?);
        }
        while let Some((parent, place)) = open.pop() {
            let mut last = None;
            for row in self.children.remove(&Some(parent)).unwrap_or_default() {
                let above = Some((parent.into(), &place));
                last = Some(self.place(row, above, last.as_ref(), &mut open)?);
            }
        }
        Ok(last_root)
    }

    /// Places one. `last` is the rank of the sibling before it; returns its own.
    fn place(
        &mut self,
        row: &'r SkeletonRow,
        above: Option<(CategoryId, &Place)>,
        last: Option<&Rank>,
        open: &mut Vec<(DbId, Place)>,
    ) -> Result<Rank> {
        let rank = match Rank::parse(&row.rank) {
            Some(rank) if last.is_none_or(|last| *last < rank) => rank,
            Some(_) => {
                self.problems.push(problem("rank", row.id, "has the rank of a sibling"));
                Rank::append(last)
            }
            None => {
                self.problems.push(problem("rank", row.id, "has a damaged rank"));
                Rank::append(last)
            }
        };
        let status = read_status(row.id.into(), &row.status)?;
        let place = Place::below(above, row.id.into(), rank.clone(), status);
        self.placed.insert(row.id);
        (self.visit)(row, &place);
        if self.children.contains_key(&Some(row.id)) {
            open.push((row.id, place));
        }
        Ok(rank)
    }
}

/// Whether anything stored of a category's place is not as it should be.
pub(super) fn differs(row: &SkeletonRow, sound: &Place) -> bool {
    row.path != sound.path.as_str()
        || row.depth != sound.depth
        || row.tree_order != sound.order.as_str()
        || row.rank != sound.rank.as_str()
        || row.hidden_by != sound.hidden_by
}

fn compare(row: &SkeletonRow, sound: &Place, problems: &mut Vec<TreeProblem>) {
    if row.path != sound.path.as_str() {
        problems.push(problem("path", row.id, "has a path that its ancestors don't make"));
    }
    if row.depth != sound.depth {
        problems.push(problem("depth", row.id, "has the depth of another place"));
    }
    if row.tree_order != sound.order.as_str() || row.rank != sound.rank.as_str() {
        problems.push(problem("order", row.id, "is sorted where it doesn't stand"));
    }
    if row.hidden_by != sound.hidden_by {
        problems.push(problem("visibility", row.id, "is shown or hidden against its ancestors' status"));
    }
}

async fn slug_problems(conn: &mut Conn) -> Result<Vec<TreeProblem>> {
    let in_use = category_former_slugs::slug.eq_any(category_nodes::table.select(category_nodes::slug));
    let lost = category_former_slugs::category_id.ne_all(category_nodes::table.select(category_nodes::id));
    let taken = category_former_slugs::table
        .filter(in_use)
        .select((category_former_slugs::slug, category_former_slugs::category_id));
    let lost = category_former_slugs::table
        .filter(lost)
        .select((category_former_slugs::slug, category_former_slugs::category_id));
    let mut problems = Vec::new();
    for (slug, id) in on_conn!(conn, |c| taken.load::<(String, DbId)>(c))? {
        let detail = format!("has the former slug `{slug}`, which is in use");
        problems.push(problem("slug_history", id, &detail));
    }
    for (slug, id) in on_conn!(conn, |c| lost.load::<(String, DbId)>(c))? {
        let detail = format!("does not exist, but has the former slug `{slug}`");
        problems.push(problem("slug_history", id, &detail));
    }
    Ok(problems)
}

fn problem(kind: &'static str, id: DbId, detail: &str) -> TreeProblem {
    TreeProblem { kind, category: CategoryId::from(id).to_string(), detail: detail.to_owned() }
}
