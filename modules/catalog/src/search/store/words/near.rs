//! Words of the vocabulary that what was typed may be a mistyped form of.

use vitrine_db::{Conn, DbError, Engine};

use super::{end_of, load_words};
use crate::search::store::sql::Sql;

/// Longer words are not meant by what was mistyped.
const LONGEST_WORD: usize = 42;
/// More words than this are not compared.
const MOST_COMPARED: i64 = 20_000;

/// A word that was typed, to be compared with those of the index.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    /// Its letters, three at least.
    pub(crate) letters: Vec<char>,
    /// So many typing errors at most, one or two.
    pub(crate) errors: usize,
    /// Whether it may be the beginning of a word, a mistyped one.
    pub(crate) goes_on: bool,
}

impl Typed {
    fn shortest(&self) -> usize {
        self.letters.len().saturating_sub(self.errors).max(2)
    }

    fn longest(&self) -> usize {
        if self.goes_on { LONGEST_WORD } else { self.letters.len() + self.errors }
    }

    fn text(&self, from: usize, to: usize) -> Option<String> {
        self.letters.get(from..to).map(|letters| letters.iter().collect())
    }
}

/// The words that may be within the errors of one of those that were typed, and others: comparing is the caller's.
pub(crate) async fn perhaps_near(conn: &mut Conn, typed: &[Typed]) -> Result<Vec<String>, DbError> {
    let (Some(shortest), Some(longest)) =
        (typed.iter().map(Typed::shortest).min(), typed.iter().map(Typed::longest).max())
    else {
        return Ok(Vec::new());
    };
    let sql = match conn.engine() {
        Engine::Sqlite => {
            let mut sql = Sql::new("SELECT term AS word FROM catalog_words WHERE length(term) BETWEEN ");
            sql.bind(length(shortest)).push(" AND ").bind(length(longest));
            sql
        }
        Engine::Postgres => by_right_parts(typed),
    };
    load_words(sql, conn).await
}

/// Of a mistyped word some part is right: its beginning, its end, or with an error at each end its middle. (With two errors, in rare
/// cases none of ours is; in beginnings, where there is no end, less rare ones.)
fn by_right_parts(typed: &[Typed]) -> Sql {
    let mut sql = Sql::default();
    let mut separator = "SELECT word FROM (";
    for word in typed {
        for part in right_parts(word) {
            sql.push(separator).push("(SELECT word FROM catalog_words WHERE level = 0 AND length(word) IN ");
            sql.bind_list((word.shortest()..=word.longest()).map(length));
            match part {
                Part::Beginning(letters) => {
                    sql.push(" AND word >= ").bind(&letters).push(" AND word < ").bind(end_of(&letters));
                }
                Part::End(letters) => {
                    let reversed: String = letters.chars().rev().collect();
                    sql.push(" AND reverse(word) >= ").bind(&reversed);
                    sql.push(" AND reverse(word) < ").bind(end_of(&reversed));
                }
                Part::Second(alternatives) => {
                    sql.push(" AND substr(word, 2, 2) IN ").bind_list(&alternatives);
                }
                Part::Middle(alternatives) => {
                    sql.push(" AND substr(word, 4, 2) IN ").bind_list(&alternatives);
                }
            }
            sql.push(" LIMIT ").bind(MOST_COMPARED).push(")");
            separator = " UNION ";
        }
    }
    sql.push(") near");
    sql
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Letters that a word has where what was typed has them.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Beginning(String),
    End(String),
    /// The second and the third letter, one of these.
    Second(Vec<String>),
    /// The fourth and the fifth letter, one of these: errors before them may have moved them by one.
    Middle(Vec<String>),
}

/// An error is in one letter, or in two neighbours that were swapped. So there is a letter between two parts that belongs to neither: an
/// error can't spoil both.
fn right_parts(typed: &Typed) -> Vec<Part> {
    let count = typed.letters.len();
    let beginning = |letters: usize| typed.text(0, letters).map(Part::Beginning);
    let end = |letters: usize| typed.text(count - letters.min(count), count).map(Part::End);
    let middle = || {
        let places = (2..=4).filter_map(|from| typed.text(from, from + 2)).collect();
        Some(Part::Middle(places))
    };
    let parts = match (typed.goes_on, typed.errors) {
        (true, _) if count < 6 => return parts_of_short_beginning(typed),
        (true, _) => [beginning(2), middle(), None],
        (false, 1) => [beginning(count / 2), end(count - 1 - count / 2), None],
        (false, _) => [beginning(2), middle(), end(2)],
    };
    parts.into_iter().flatten().collect()
}

/// Either the first letter is right, or it is wrong, too many, missing, or swapped with the second one.
fn parts_of_short_beginning(typed: &Typed) -> Vec<Part> {
    let swapped = typed.text(0, 2).map(|letters| letters.chars().rev().collect());
    let beginnings = [typed.text(0, 1), typed.text(1, 3), swapped];
    let mut parts: Vec<_> = beginnings.into_iter().flatten().map(Part::Beginning).collect();
    parts.push(Part::Second([typed.text(1, 3), typed.text(0, 2)].into_iter().flatten().collect()));
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree as _;

    use super::*;
    use crate::search::typo;

    fn has(word: &[char], typed: &Typed, part: &Part) -> bool {
        let text: String = word.iter().collect();
        (typed.shortest()..=typed.longest()).contains(&word.len())
            && match part {
                Part::Beginning(letters) => text.starts_with(letters),
                Part::End(letters) => text.ends_with(letters),
                Part::Second(places) => places.contains(&word.iter().skip(1).take(2).collect()),
                Part::Middle(places) => places.contains(&word.iter().skip(3).take(2).collect()),
            }
    }

    fn is_found(word: &[char], typed: &Typed) -> bool {
        right_parts(typed).iter().any(|part| has(word, typed, part))
    }

    /// A word, and the same with some of its letters typed wrongly.
    fn mistyped(
        length: std::ops::Range<usize>,
        errors: usize,
    ) -> impl Strategy<Value = (Vec<char>, Vec<char>)> {
        let word = prop::collection::vec(prop::sample::select(('a'..='z').collect::<Vec<_>>()), length);
        let errors =
            prop::collection::vec((any::<prop::sample::Index>(), 0..4, prop::char::range('a', 'z')), errors);
        (word, errors).prop_map(|(word, errors)| {
            let mut typed = word.clone();
            for (at, kind, letter) in errors {
                let at = at.index(typed.len());
                match kind {
                    0 => typed[at] = letter,
                    1 => typed.insert(at, letter),
                    2 if typed.len() > 3 => drop(typed.remove(at)),
                    _ if at + 1 < typed.len() => typed.swap(at, at + 1),
                    _ => {}
                }
            }
            (word, typed)
        })
    }

    proptest! {
        #[test]
        fn every_word_with_one_error_is_compared((word, letters) in mistyped(3..12, 1)) {
            let text: String = letters.iter().collect();
            let errors = typo::tolerated(&text);
            prop_assume!(errors > 0 && typo::distance(&letters, &word, errors).is_some_and(|found| found > 0));
            let typed = Typed { letters, errors, goes_on: false };
            prop_assert!(is_found(&word, &typed), "{:?}", typed);
        }

        #[test]
        fn beginnings_with_one_error_are_compared((word, letters) in mistyped(3..12, 1), cut in 3_usize..8) {
            let letters: Vec<char> = letters.into_iter().take(cut).collect();
            prop_assume!(letters.len() >= 3 && typo::distance_to_beginning(&letters, &word, 1).is_some());
            let typed = Typed { letters, errors: 1, goes_on: true };
            prop_assert!(is_found(&word, &typed), "{:?}", typed);
        }
    }

    #[test]
    fn nearly_every_word_with_two_errors_is_compared() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let (mut asked, mut missed) = (0, 0);
        for _ in 0..5_000 {
            let (word, letters) = mistyped(8..16, 2).new_tree(&mut runner).expect("a case").current();
            if letters.len() < 8 || typo::distance(&letters, &word, 2).is_none() {
                continue;
            }
            asked += 1;
            missed += usize::from(!is_found(&word, &Typed { letters, errors: 2, goes_on: false }));
        }
        assert!(asked > 3_000 && missed * 1_000 <= asked, "{missed} of {asked} missed");
    }
}
