//! Whether what is stored about the tree is what it is made from, and making it again.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbId, on_conn};
use vitrine_kernel::{CategoryId, Result, Timestamp};

use super::rows::{SkeletonRow, read_status};
use super::schema::{category_former_slugs, category_nodes};
use super::{nodes, search_index};
use crate::domain::rank::Rank;
use crate::domain::{Place, TreeOrder, TreePath};
use crate::store::TreeProblem;

/// Everything that is wrong.
pub(super) async fn problems(conn: &mut Conn) -> Result<Vec<TreeProblem>> {
    let rows = load(conn).await?;
    let (sound, mut problems) = rebuild(&rows)?;
    for row in &rows {
        let Some(place) = sound.get(&row.id) else { continue };
        compare(row, place, &mut problems);
    }
    problems.extend(slug_problems(conn, &rows).await?);
    let indexed: HashSet<i64> = search_index::seqs(conn).await?.into_iter().collect();
    for row in rows.iter().filter(|row| !indexed.contains(&row.seq)) {
        problems.push(problem("search", row.id, "is missing in the search index"));
    }
    let stored: HashSet<i64> = rows.iter().map(|row| row.seq).collect();
    for seq in indexed.difference(&stored) {
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
    let (sound, _) = rebuild(&rows)?;
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

/// The place that each category should have by its parents, ranks and status, and what is wrong with those themselves. `rows`
/// come in the order of their ranks.
fn rebuild(rows: &[SkeletonRow]) -> Result<(HashMap<DbId, Place>, Vec<TreeProblem>)> {
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
    let mut places: HashMap<DbId, Place> = HashMap::with_capacity(rows.len());
    let mut last_root = place_below(None, &mut children, &mut places, &mut problems, None)?;
    // Whatever was not reached from a root goes round in a circle: cut it where its lowest number is.
    for row in rows {
        if places.contains_key(&row.id) {
            continue;
        }
        problems.push(problem("cycle", row.id, "is among its own ancestors"));
        for siblings in children.values_mut() {
            siblings.retain(|sibling| sibling.seq != row.seq);
        }
        children.insert(None, vec![row]);
        last_root = place_below(None, &mut children, &mut places, &mut problems, last_root)?;
    }
    Ok((places, problems))
}

/// Places the children of a parent and all below them. Returns the last rank given.
fn place_below(
    top: Option<DbId>,
    children: &mut HashMap<Option<DbId>, Vec<&SkeletonRow>>,
    places: &mut HashMap<DbId, Place>,
    problems: &mut Vec<TreeProblem>,
    after: Option<Rank>,
) -> Result<Option<Rank>> {
    let mut last_at_top = after.clone();
    let mut open = vec![(top, after)];
    while let Some((parent, mut last)) = open.pop() {
        for row in children.remove(&parent).unwrap_or_default() {
            let rank = match Rank::parse(&row.rank) {
                Some(rank) if last.as_ref().is_none_or(|last| *last < rank) => rank,
                Some(_) => {
                    problems.push(problem("rank", row.id, "has the rank of a sibling"));
                    Rank::append(last.as_ref())
                }
                None => {
                    problems.push(problem("rank", row.id, "has a damaged rank"));
                    Rank::append(last.as_ref())
                }
            };
            let status = read_status(row.id.into(), &row.status)?;
            let above = parent.and_then(|parent| places.get(&parent).map(|place| (parent.into(), place)));
            let place = Place::below(above, row.id.into(), rank.clone(), status);
            places.insert(row.id, place);
            open.push((Some(row.id), None));
            last = Some(rank);
        }
        if parent == top {
            last_at_top = last;
        }
    }
    Ok(last_at_top)
}

fn compare(row: &SkeletonRow, sound: &Place, problems: &mut Vec<TreeProblem>) {
    if TreePath::stored(row.path.clone()) != sound.path {
        problems.push(problem("path", row.id, "has a path that its ancestors don't make"));
    }
    if row.depth != sound.depth {
        problems.push(problem("depth", row.id, "has the depth of another place"));
    }
    if TreeOrder::stored(row.tree_order.clone()) != sound.order || row.rank != sound.rank.as_str() {
        problems.push(problem("order", row.id, "is sorted where it doesn't stand"));
    }
    if row.hidden_by != sound.hidden_by {
        problems.push(problem("visibility", row.id, "is shown or hidden against its ancestors' status"));
    }
}

async fn slug_problems(conn: &mut Conn, rows: &[SkeletonRow]) -> Result<Vec<TreeProblem>> {
    let former = on_conn!(conn, |c| category_former_slugs::table
        .select((category_former_slugs::slug, category_former_slugs::category_id))
        .load::<(String, DbId)>(c))?;
    let in_use: HashSet<&str> = rows.iter().map(|row| row.slug.as_str()).collect();
    let ids: HashSet<DbId> = rows.iter().map(|row| row.id).collect();
    let mut problems = Vec::new();
    for (slug, id) in former {
        if in_use.contains(slug.as_str()) {
            problems.push(problem(
                "slug_history",
                id,
                &format!("has the former slug `{slug}`, which is in use"),
            ));
        }
        if !ids.contains(&id) {
            problems.push(problem(
                "slug_history",
                id,
                &format!("does not exist, but has the former slug `{slug}`"),
            ));
        }
    }
    Ok(problems)
}

fn problem(kind: &'static str, id: DbId, detail: &str) -> TreeProblem {
    TreeProblem { kind, category: CategoryId::from(id).to_string(), detail: detail.to_owned() }
}
