//! Turns the words that were typed into the words of the index: inflections, beginnings, and corrections where nothing is found.

use std::collections::{HashMap, HashSet};

use rust_stemmers::{Algorithm, Stemmer};
use vitrine_db::{Conn, DbError};

use super::corrections::{Correction, Corrections, MOST_CANDIDATES, MOST_WORDS};
use super::plan::{Alternative, Group, Nearness, Plan, Within};
use super::query::{Part, SearchQuery};
use super::request::Visibility;
use super::store::{Typed, beginning_with, counted, existing, perhaps_near, which_find};
use super::typo;

/// Words of the index that are looked at to find the inflections of one word.
const MOST_RELATED: i64 = 2_000;
/// A shorter beginning says too little, once the query is sent.
const SHORTEST_PREFIX: usize = 2;
/// Candidates whose products the caller may perhaps not see are asked for; so many at most.
const MOST_ASKED: usize = 12;
/// A word is divided in two within its first letters, so many.
const MOST_CUTS: usize = 42;
/// Words near to one that was typed are counted, so many, those with the fewest errors.
const MOST_NEAR: usize = 100;

/// Plurals that no stemmer knows.
const IRREGULAR: [(&str, &str); 14] = [
    ("child", "children"),
    ("foot", "feet"),
    ("half", "halves"),
    ("knife", "knives"),
    ("leaf", "leaves"),
    ("loaf", "loaves"),
    ("man", "men"),
    ("mouse", "mice"),
    ("person", "people"),
    ("scarf", "scarves"),
    ("shelf", "shelves"),
    ("tooth", "teeth"),
    ("wolf", "wolves"),
    ("woman", "women"),
];

/// Whether the last word may still be in the making.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typing {
    /// The query was sent.
    Done,
    /// It is being typed: corrections of the last word may go on where it ends, and what is looked for is what things are called.
    Going,
}

impl Typing {
    const fn within(self) -> Within {
        match self {
            Self::Done => Within::Everything,
            Self::Going => Within::Names,
        }
    }
}

/// What a query was taken to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// What to look for.
    pub plan: Plan,
    /// How that differs from what was typed.
    pub corrections: Corrections,
}

/// Understands a query as it was typed; or, when that finds no product that this caller may see (whatever the filters), as it
/// was probably meant. `given` corrections, from a cursor, are taken as they are.
pub async fn understand(
    conn: &mut Conn,
    query: &SearchQuery,
    visibility: Visibility,
    typing: Typing,
    given: Option<Corrections>,
) -> Result<Understood, DbError> {
    let groups = groups_as_typed(conn, query, typing).await?;
    if let Some(corrections) = given {
        return Ok(understood(query, groups, typing, corrections));
    }
    let literal = understood(query, groups, typing, Corrections::default());
    let nothing_to_correct = !query.wanted.iter().any(|part| matches!(part, Part::Word(_)));
    if nothing_to_correct || finds(conn, visibility, &literal.plan).await? {
        return Ok(literal);
    }
    let correcting = Correcting { query, visibility, typing, literal: &literal.plan };
    let corrections = match correcting.divided_otherwise(conn).await? {
        Some(corrections) => Some(corrections),
        None => correcting.misspelt(conn).await?,
    };
    match corrections {
        Some(corrections) => Ok(understood(query, literal.plan.groups, typing, corrections)),
        None => Ok(literal),
    }
}

fn understood(
    query: &SearchQuery,
    groups: Vec<Group>,
    typing: Typing,
    corrections: Corrections,
) -> Understood {
    let plan = Plan {
        within: typing.within(),
        groups: corrections.apply(groups),
        unwanted: query.unwanted.clone(),
        folded: query.folded.clone(),
        compact: query.compact.clone(),
    };
    Understood { plan, corrections }
}

async fn finds(conn: &mut Conn, visibility: Visibility, plan: &Plan) -> Result<bool, DbError> {
    let found = which_find(conn, visibility, plan.matching().into_iter().collect()).await?;
    Ok(found.contains(&true))
}

async fn groups_as_typed(
    conn: &mut Conn,
    query: &SearchQuery,
    typing: Typing,
) -> Result<Vec<Group>, DbError> {
    let mut groups = Vec::with_capacity(query.wanted.len());
    for (at, part) in query.wanted.iter().enumerate() {
        let word = match part {
            Part::Phrase(words) => {
                groups.push(vec![Alternative { words: words.clone(), nearness: Nearness::Exact }]);
                continue;
            }
            Part::Word(word) => word,
        };
        let mut group = vec![Alternative::word(word, Nearness::Exact)];
        for form in inflections(conn, word).await? {
            group.push(Alternative::word(form, Nearness::Inflection));
        }
        let long_enough = typing == Typing::Going || word.chars().count() >= SHORTEST_PREFIX;
        if at + 1 == query.wanted.len() && long_enough {
            group.push(Alternative::word(word, Nearness::Prefix));
        }
        groups.push(group);
    }
    Ok(groups)
}

/// The other forms of a word that are in the index. Their number is small, and new ones only ever add products to a list.
async fn inflections(conn: &mut Conn, word: &str) -> Result<Vec<String>, DbError> {
    let mut forms = Vec::new();
    for form in std::iter::once(word).chain(irregular(word)) {
        if form != word {
            forms.push(form.to_owned());
        }
        let Some((stem, beginning)) = stem_and_beginning(form) else { continue };
        for term in beginning_with(conn, &beginning, MOST_RELATED).await? {
            let related = term != word
                && stem_and_beginning(&term).is_some_and(|(other, _)| other == stem)
                && !forms.contains(&term);
            if related {
                forms.push(term);
            }
        }
    }
    Ok(forms)
}

fn irregular(word: &str) -> Option<&'static str> {
    IRREGULAR.into_iter().find_map(|(one, many)| {
        if word == one {
            return Some(many);
        }
        (word == many).then_some(one)
    })
}

/// The stem of an English word, and what all words with that stem begin with (`batteri` is the stem of `battery`).
fn stem_and_beginning(word: &str) -> Option<(String, String)> {
    if word.len() < 3 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let stem = Stemmer::create(Algorithm::English).stem(word).into_owned();
    let kept = stem.len().saturating_sub(usize::from(stem.len() > 3));
    let beginning = stem.get(..kept)?.to_owned();
    Some((stem, beginning))
}

/// The search for what was probably meant.
struct Correcting<'a> {
    query: &'a SearchQuery,
    visibility: Visibility,
    typing: Typing,
    literal: &'a Plan,
}

impl Correcting<'_> {
    fn word(&self, at: usize) -> Option<&str> {
        match self.query.wanted.get(at)? {
            Part::Word(word) => Some(word),
            Part::Phrase(_) => None,
        }
    }

    async fn finds(&self, conn: &mut Conn, groups: Vec<Group>) -> Result<bool, DbError> {
        let plan = Plan { groups, within: self.typing.within(), ..Plan::default() };
        finds(conn, self.visibility, &plan).await
    }

    /// `head phones` for `headphones`, or the other way round.
    async fn divided_otherwise(&self, conn: &mut Conn) -> Result<Option<Corrections>, DbError> {
        let mut attempts: Vec<Vec<(usize, Vec<String>)>> = Vec::new();
        for at in 0..self.query.wanted.len().min(MOST_WORDS) {
            let Some(word) = self.word(at) else { continue };
            if let Some(next) = self.word(at + 1) {
                attempts.push(vec![(at, vec![format!("{word}{next}")]), (at + 1, Vec::new())]);
            }
            for (cut, _) in word.char_indices().skip(2).take(MOST_CUTS) {
                let (left, right) = word.split_at(cut);
                if right.chars().count() >= 2 {
                    attempts.push(vec![(at, vec![left.to_owned(), right.to_owned()])]);
                }
            }
        }
        let pieces: HashSet<String> =
            attempts.iter().flatten().flat_map(|(_, words)| words.iter().cloned()).collect();
        if pieces.is_empty() {
            return Ok(None);
        }
        let known = existing(conn, &pieces.into_iter().collect::<Vec<_>>()).await?;
        let known: HashSet<&str> = known.iter().map(String::as_str).collect();
        for attempt in attempts {
            if !attempt.iter().flat_map(|(_, words)| words).all(|word| known.contains(word.as_str())) {
                continue;
            }
            let correction = |words: Vec<String>| {
                if words.is_empty() { Vec::new() } else { vec![Correction { words, errors: 1 }] }
            };
            let corrections =
                Corrections(attempt.into_iter().map(|(at, words)| (at, correction(words))).collect());
            if self.finds(conn, corrections.apply(self.literal.groups.clone())).await? {
                return Ok(Some(corrections));
            }
        }
        Ok(None)
    }

    /// Words with typing errors: first those that the index does not have; where that does not help, any.
    async fn misspelt(&self, conn: &mut Conn) -> Result<Option<Corrections>, DbError> {
        let words: Vec<usize> = (0..self.query.wanted.len())
            .filter(|at| self.word(*at).is_some_and(|word| typo::tolerated(word) > 0))
            .take(MOST_WORDS)
            .collect();
        let mut unknown = Vec::new();
        for &at in &words {
            if let Some(group) = self.literal.groups.get(at)
                && !self.finds(conn, vec![group.clone()]).await?
            {
                unknown.push(at);
            }
        }
        let candidates = self.candidates(conn, &words).await?;
        if !unknown.is_empty()
            && let Some(corrections) = self.chosen(conn, &unknown, &candidates).await?
        {
            return Ok(Some(corrections));
        }
        if unknown.len() == words.len() {
            return Ok(None);
        }
        self.chosen(conn, &words, &candidates).await
    }

    /// For each word of the query, those of the index that it may have been meant for and that have a product to show, the likeliest
    /// first: few errors, then many products.
    async fn candidates(&self, conn: &mut Conn, words: &[usize]) -> Result<Vec<Vec<Correction>>, DbError> {
        let mut candidates = vec![Vec::new(); self.query.wanted.len()];
        let typed: Vec<(usize, Typed)> =
            words.iter().filter_map(|at| Some((*at, self.typed(*at)?))).collect();
        let all: Vec<Typed> = typed.iter().map(|(_, word)| word.clone()).collect();
        let terms: Vec<Vec<char>> = perhaps_near(conn, &all)
            .await?
            .into_iter()
            // Not the signs that only the index knows.
            .filter(|term| term.chars().all(char::is_alphanumeric))
            .map(|term| term.chars().collect())
            .collect();
        for (at, word) in typed {
            let mut likeliest = likeliest(conn, near(&word, &terms)).await?;
            likeliest.truncate(MOST_ASKED);
            let mut shown = self.which_find(conn, &likeliest).await?.into_iter();
            likeliest.retain(|_| shown.next().unwrap_or(false));
            likeliest.truncate(MOST_CANDIDATES);
            if let Some(place) = candidates.get_mut(at) {
                *place = likeliest;
            }
        }
        Ok(candidates)
    }

    /// Which of the corrections has a product to show.
    async fn which_find(&self, conn: &mut Conn, corrections: &[Correction]) -> Result<Vec<bool>, DbError> {
        let condition = |correction: &Correction| {
            let groups = vec![vec![correction.alternative()]];
            Plan { groups, within: self.typing.within(), ..Plan::default() }.matching()
        };
        which_find(conn, self.visibility, corrections.iter().filter_map(condition).collect()).await
    }

    fn typed(&self, at: usize) -> Option<Typed> {
        let word = self.word(at)?;
        let goes_on = self.typing == Typing::Going && at + 1 == self.query.wanted.len();
        Some(Typed { letters: word.chars().collect(), errors: typo::tolerated(word), goes_on })
    }

    /// Which of the words to correct, and to what first, so that together they find something: as few words as possible, from the
    /// left.
    async fn chosen(
        &self,
        conn: &mut Conn,
        words: &[usize],
        candidates: &[Vec<Correction>],
    ) -> Result<Option<Corrections>, DbError> {
        let typed = &self.literal.groups;
        let of = |at: usize| candidates.get(at).map(Vec::as_slice).unwrap_or_default();
        let mut groups = typed.clone();
        for &at in words {
            if let Some(group) = groups.get_mut(at) {
                group.extend(of(at).iter().map(Correction::alternative));
            }
        }
        if !self.finds(conn, groups.clone()).await? {
            return Ok(None);
        }
        let mut chosen = Corrections::default();
        for &at in words {
            let as_typed = with(&groups, at, typed.get(at).cloned().unwrap_or_default());
            if self.finds(conn, as_typed.clone()).await? {
                groups = as_typed;
                continue;
            }
            for (place, correction) in of(at).iter().enumerate() {
                let corrected = with(&groups, at, vec![correction.alternative()]);
                if self.finds(conn, corrected.clone()).await? {
                    let mut all = of(at).to_vec();
                    let likeliest = all.remove(place);
                    all.insert(0, likeliest);
                    chosen.0.insert(at, all);
                    groups = corrected;
                    break;
                }
            }
        }
        Ok((!chosen.is_empty()).then_some(chosen))
    }
}

/// The words near to one that was typed, those with the fewest errors.
fn near(typed: &Typed, terms: &[Vec<char>]) -> Vec<(String, usize)> {
    let mut near: Vec<(usize, &Vec<char>)> = terms
        .iter()
        .filter_map(|letters| {
            let errors = if typed.goes_on {
                typo::distance_to_beginning(&typed.letters, letters, typed.errors)
            } else {
                typo::distance(&typed.letters, letters, typed.errors)
            };
            errors.filter(|errors| *errors > 0).map(|errors| (errors, letters))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(MOST_NEAR).map(|(errors, letters)| (letters.iter().collect(), errors)).collect()
}

/// As corrections, the likeliest first: few errors, then many products.
async fn likeliest(conn: &mut Conn, near: Vec<(String, usize)>) -> Result<Vec<Correction>, DbError> {
    let words: Vec<String> = near.iter().map(|(word, _)| word.clone()).collect();
    let products: HashMap<String, i64> =
        counted(conn, &words).await?.into_iter().map(|term| (term.word, term.products)).collect();
    let mut near: Vec<_> = near
        .into_iter()
        .map(|(word, errors)| (errors, std::cmp::Reverse(products.get(&word).copied()), word))
        .collect();
    near.sort_unstable();
    Ok(near.into_iter().map(|(errors, _, word)| Correction { words: vec![word], errors }).collect())
}

fn with(groups: &[Group], at: usize, group: Group) -> Vec<Group> {
    let mut groups = groups.to_vec();
    if let Some(place) = groups.get_mut(at) {
        *place = group;
    }
    groups
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("batteries", "battery")]
    #[case("dresses", "dress")]
    #[case("shoes", "shoe")]
    #[case("womens", "women")]
    #[case("boxing", "boxes")]
    fn inflections_share_a_stem_within_reach(#[case] one: &str, #[case] other: &str) {
        let (stem, beginning) = stem_and_beginning(one).expect("English");
        let (other_stem, other_beginning) = stem_and_beginning(other).expect("English");
        assert_eq!((&stem, &beginning), (&other_stem, &other_beginning));
        assert!(one.starts_with(&beginning) && other.starts_with(&beginning));
    }

    #[test]
    fn irregular_plurals_work_both_ways() {
        assert_eq!((irregular("knives"), irregular("knife")), (Some("knife"), Some("knives")));
        assert_eq!(irregular("fork"), None);
        assert_eq!(stem_and_beginning("手机"), None);
        assert_eq!(stem_and_beginning("13"), None);
    }
}
