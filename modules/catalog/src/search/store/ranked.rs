//! Relevance, computed by the database: see `docs/adr/0004-corpus-independent-relevance.md`.

use super::conditions::Selection;
use super::sql::Sql;
use crate::search::plan::{Field, Group, Nearness, Plan, group_in_field};

/// More words than this don't make a ranking better; they must be found all the same.
const RANKED_GROUPS: usize = 8;

const WHOLE_SKU: i64 = 1_000_000;
const WHOLE_NAME: i64 = 20_000;
const NEIGHBOURS_IN_NAME: i64 = 400;
const NAME_BEGINS: i64 = 200;

/// How near a word must be, in classes that are told apart: in the name each, elsewhere a word and its inflections are one.
const IN_NAME: [&[Nearness]; 5] = [
    &[Nearness::Exact],
    &[Nearness::Inflection],
    &[Nearness::Prefix],
    &[Nearness::OneError],
    &[Nearness::TwoErrors],
];
const ELSEWHERE: [&[Nearness]; 4] = [
    &[Nearness::Exact, Nearness::Inflection],
    &[Nearness::Prefix],
    &[Nearness::OneError],
    &[Nearness::TwoErrors],
];

/// What a word is worth: by where it is found, times by how near it is.
const fn worth(field: Field, nearness: Nearness) -> i64 {
    let place = match field {
        Field::Name => 100,
        Field::Sku => 85,
        Field::Brand => 75,
        Field::Tags => 55,
        Field::Attributes => 30,
    };
    let near = match nearness {
        Nearness::Exact => 10,
        Nearness::Inflection => 9,
        Nearness::Prefix => 6,
        Nearness::OneError => 5,
        Nearness::TwoErrors => 4,
    };
    place * near
}

/// `SELECT seq, score …` of the products that are meant, each with a score that depends on the product and the plan alone. Shorter
/// names win among equals.
pub(super) fn ranked(selection: &Selection<'_>, plan: &Plan) -> Sql {
    let mut sql = Sql::new("SELECT p.seq AS seq, (r.points + CASE WHEN p.name_key = ");
    sql.bind(&plan.folded).push(" THEN ").bind(WHOLE_NAME);
    sql.push(
        " ELSE 0 END) * 256 - min(length(p.name_key), 255) AS score FROM \
         (SELECT seq, sum(points) AS points FROM (SELECT seq, max(points) AS points FROM (",
    );
    sql.append(points(plan))
        .push(") GROUP BY seq, word) GROUP BY seq) r JOIN catalog_products p ON p.seq = r.seq");
    selection.append_currency(&mut sql);
    sql.append(selection.conditions_without_text());
    sql
}

/// `(seq, word, points)` for every place where something was found. The first part has every product that matches; the others are
/// held to match all groups too, so that a common word costs no more than the whole query does.
fn points(plan: &Plan) -> Sql {
    let mut sql = Sql::new(
        "SELECT rowid AS seq, -1 AS word, 0 AS points FROM catalog_search WHERE catalog_search MATCH ",
    );
    sql.bind(plan.matching());
    let all = plan.all_groups();
    let alone = plan.groups.len() == 1;
    let ranked = plan.groups.len().min(RANKED_GROUPS);
    let mut word = 0;
    let add = |sql: &mut Sql, word: i64, points: i64, condition: String| {
        sql.push(" UNION ALL SELECT rowid, ").bind(word).push(", ").bind(points);
        sql.push(" FROM catalog_search WHERE catalog_search MATCH ");
        sql.bind(if alone { condition } else { format!("({condition}) AND {all}") });
    };
    for group in plan.groups.iter().take(ranked) {
        for (points, condition) in places(group) {
            add(&mut sql, word, points, condition);
        }
        word += 1;
    }
    for first in 0..ranked.saturating_sub(1) {
        if let Some(condition) = plan.neighbours_in_name(first) {
            add(&mut sql, word, NEIGHBOURS_IN_NAME, condition);
            word += 1;
        }
    }
    if let Some(condition) = plan.name_begins() {
        add(&mut sql, word, NAME_BEGINS, condition);
        word += 1;
    }
    if let Some(condition) = plan.whole_sku() {
        sql.push(" UNION ALL SELECT rowid, ").bind(word).push(", ").bind(WHOLE_SKU);
        sql.push(" FROM catalog_search WHERE catalog_search MATCH ").bind(condition);
    }
    sql
}

fn places(group: &Group) -> Vec<(i64, String)> {
    let mut found = Vec::new();
    for field in Field::ALL {
        let classes: &[&[Nearness]] = if field == Field::Name { &IN_NAME } else { &ELSEWHERE };
        for class in classes {
            // Attributes are not searched for beginnings.
            if field == Field::Attributes && class.contains(&Nearness::Prefix) {
                continue;
            }
            let (Some(nearest), Some(condition)) = (class.first(), group_in_field(group, field, class))
            else {
                continue;
            };
            found.push((worth(field, *nearest), condition));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_worth_more_than_the_next_for_the_same_nearness() {
        for nearness in [Nearness::Exact, Nearness::Inflection, Nearness::Prefix, Nearness::OneError] {
            assert!(Field::ALL.map(|field| worth(field, nearness)).is_sorted_by(|a, b| a > b));
        }
        for field in Field::ALL {
            let nearer = [
                Nearness::Exact,
                Nearness::Inflection,
                Nearness::Prefix,
                Nearness::OneError,
                Nearness::TwoErrors,
            ];
            assert!(nearer.map(|nearness| worth(field, nearness)).is_sorted_by(|a, b| a > b));
        }
    }
}
