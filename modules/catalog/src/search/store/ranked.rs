//! Relevance, computed by the database: see `docs/adr/0004-corpus-independent-relevance.md`.

mod postgres;
mod sqlite;

use vitrine_db::Engine;

use super::conditions::Selection;
use super::sql::Sql;
use crate::search::condition::Condition;
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

/// What a word of the query can earn, and where: the most first, and only the first that is found counts.
type Earnings = Vec<(i64, Condition)>;

/// `SELECT seq, score …` of the products that are meant, each with a score that depends on the product and the plan alone. Shorter
/// names win among equals.
pub(super) fn ranked(selection: &Selection<'_>, plan: &Plan, matching: Condition, engine: Engine) -> Sql {
    match engine {
        Engine::Sqlite => sqlite::ranked(selection, plan, matching),
        Engine::Postgres => postgres::ranked(selection, plan, matching),
    }
}

/// The words of the query, and what adds to them. The words that stand next to each other in the name or at its beginning count as
/// words of their own.
fn earnings(plan: &Plan) -> Vec<Earnings> {
    let ranked = plan.groups.len().min(RANKED_GROUPS);
    let mut earnings: Vec<_> = plan.groups.iter().take(ranked).map(places).collect();
    for first in 0..ranked.saturating_sub(1) {
        earnings.extend(plan.neighbours_in_name(first).map(|found| vec![(NEIGHBOURS_IN_NAME, found)]));
    }
    earnings.extend(plan.name_begins().map(|found| vec![(NAME_BEGINS, found)]));
    earnings
}

fn places(group: &Group) -> Earnings {
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
    found.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
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
