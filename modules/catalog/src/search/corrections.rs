//! What a query was taken to mean, where it found nothing as it was typed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plan::{Alternative, Group, Nearness};
use super::query::{Part, SearchQuery};

/// Words that are corrected at most.
pub(super) const MOST_WORDS: usize = 8;
/// Candidates for each of them at most.
pub(super) const MOST_CANDIDATES: usize = 5;
const MOST_LETTERS: usize = 64;

/// A word, or two, taken for what was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    #[serde(rename = "w")]
    pub(super) words: Vec<String>,
    /// How many typing errors that supposes.
    #[serde(rename = "e")]
    pub(super) errors: usize,
}

/// For parts of a query, by their places, what they were taken for, the likeliest first. A part that became one word with the one
/// before it is taken for nothing.
///
/// Cursors carry them: which words there are to correct to changes while others write, and the pages of one list must all mean the
/// same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Corrections(pub(super) BTreeMap<usize, Vec<Correction>>);

impl Corrections {
    /// Whether everything was taken as it was typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether these could be ours. A cursor is not signed; what is in it is bound and quoted whatever it says, but it must not ask
    /// for endless work.
    pub fn are_sane(&self) -> bool {
        let sane_word = |word: &String| {
            !word.is_empty()
                && word.chars().count() <= MOST_LETTERS
                && word.chars().all(char::is_alphanumeric)
        };
        let sane = |correction: &Correction| {
            matches!(correction.words.len(), 1 | 2) && correction.words.iter().all(sane_word)
        };
        self.0.len() <= 2 * MOST_WORDS
            && self.0.values().all(|all| all.len() <= MOST_CANDIDATES && all.iter().all(sane))
    }

    /// The groups of a query with the corrected ones replaced.
    pub(super) fn apply(&self, groups: Vec<Group>) -> Vec<Group> {
        let replaced = |(at, group): (usize, Group)| match self.0.get(&at) {
            Some(corrections) => corrections.iter().map(Correction::alternative).collect(),
            None => group,
        };
        groups.into_iter().enumerate().map(replaced).filter(|group| !group.is_empty()).collect()
    }

    /// The query as it should have been typed; `None` if it was.
    pub fn did_you_mean(&self, query: &SearchQuery) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let mut texts = Vec::new();
        for (at, part) in query.wanted.iter().enumerate() {
            match self.0.get(&at).map(|corrections| corrections.first()) {
                Some(Some(likeliest)) => texts.push(likeliest.words.join(" ")),
                Some(None) => {}
                None => texts.push(match part {
                    Part::Word(word) => word.clone(),
                    Part::Phrase(words) => format!("\"{}\"", words.join(" ")),
                }),
            }
        }
        for words in &query.unwanted {
            texts.push(match words.as_slice() {
                [word] => format!("-{word}"),
                words => format!("-\"{}\"", words.join(" ")),
            });
        }
        Some(texts.join(" "))
    }
}

impl Correction {
    pub(super) fn alternative(&self) -> Alternative {
        let nearness = if self.errors > 1 { Nearness::TwoErrors } else { Nearness::OneError };
        Alternative { words: self.words.clone(), nearness }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrections(pairs: &[(usize, &[&str])]) -> Corrections {
        let correction =
            |text: &&str| Correction { words: text.split(' ').map(str::to_owned).collect(), errors: 1 };
        Corrections(pairs.iter().map(|(at, texts)| (*at, texts.iter().map(correction).collect())).collect())
    }

    #[test]
    fn the_text_that_was_meant_keeps_what_was_right() {
        let query = SearchQuery::parse("\"hand soap\" iphnoe head phones -case");
        let meant = corrections(&[(1, &["iphone", "phone"]), (2, &["headphones"]), (3, &[])]);
        assert_eq!(meant.did_you_mean(&query).as_deref(), Some("\"hand soap\" iphone headphones -case"));
        assert_eq!(Corrections::default().did_you_mean(&query), None);
    }

    #[test]
    fn corrections_of_a_forged_cursor_are_refused() {
        assert!(corrections(&[(0, &["a", "b c"])]).are_sane());
        for insane in [
            corrections(&[(0, &["a\" OR b"])]),
            corrections(&[(0, &["a b c"])]),
            corrections(&[(0, &["a", "b", "c", "d", "e", "f"])]),
            corrections(&[(0, &[""])]),
            corrections(&[(0, &["x".repeat(65).as_str()])]),
        ] {
            assert!(!insane.are_sane(), "{insane:?}");
        }
    }
}
