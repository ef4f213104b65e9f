//! The ranking on SQLite: a full-text query for each place where a word may be, summed up. FTS5 answers each from its index, where
//! evaluating conditions row by row would ask the index again for every row.

use super::{WHOLE_NAME, WHOLE_SKU, earnings};
use crate::search::condition::Condition;
use crate::search::plan::Plan;
use crate::search::store::conditions::Selection;
use crate::search::store::sql::Sql;

pub(super) fn ranked(selection: &Selection<'_>, plan: &Plan, matching: Condition) -> Sql {
    let mut sql = Sql::new("SELECT p.seq AS seq, (r.points + CASE WHEN p.name_key = ");
    sql.bind(&plan.folded).push(" THEN ").bind(WHOLE_NAME);
    sql.push(
        " ELSE 0 END) * 256 - min(length(p.name_key), 255) AS score FROM \
         (SELECT seq, sum(points) AS points FROM (SELECT seq, max(points) AS points FROM (",
    );
    sql.append(points(plan, matching))
        .push(") GROUP BY seq, word) GROUP BY seq) r JOIN catalog_products p ON p.seq = r.seq");
    selection.append_currency(&mut sql);
    sql.append(selection.conditions_without_text());
    sql
}

/// `(seq, word, points)` for every place where something was found. The first part has every product that matches; the others are
/// held to match all groups too, so that a common word costs no more than the whole query does.
fn points(plan: &Plan, matching: Condition) -> Sql {
    let mut sql = Sql::new(
        "SELECT rowid AS seq, -1 AS word, 0 AS points FROM catalog_search WHERE catalog_search MATCH ",
    );
    sql.bind(matching);
    let all = plan.all_groups().filter(|_| plan.groups.len() > 1);
    for (word, earnings) in (0..).zip(earnings(plan)) {
        for (points, found) in earnings {
            let held = match &all {
                Some(all) => Condition::All(vec![found, all.clone()]),
                None => found,
            };
            append_points(&mut sql, word, points, held);
        }
    }
    if let Some(condition) = plan.whole_sku() {
        append_points(&mut sql, -2, WHOLE_SKU, condition);
    }
    sql
}

fn append_points(sql: &mut Sql, word: i64, points: i64, condition: Condition) {
    sql.push(" UNION ALL SELECT rowid, ").bind(word).push(", ").bind(points);
    sql.push(" FROM catalog_search WHERE catalog_search MATCH ").bind(condition);
}
