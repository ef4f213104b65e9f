//! Both databases find the same products in the same order, and correct the same words.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rstest::rstest;
use vitrine_kernel::{CountMode, Limit};
use vitrine_testing::Backend;

use super::cases;
use crate::domain::{AttributeValue, Product};
use crate::search::fixture::{Described as _, Fixture, product, searching};
use crate::search::request::{FacetName, ListRequest, Visibility};

/// Words that are near to each other, inflections, other scripts, numbers, and one beginning in many.
const WORDS: [&str; 24] = [
    "red",
    "rad",
    "reds",
    "shoe",
    "shoes",
    "shoelace",
    "shore",
    "lamp",
    "lamps",
    "battery",
    "batteries",
    "headphones",
    "head",
    "phones",
    "sunglasses",
    "Größe",
    "crème",
    "手机壳",
    "кофе",
    "13",
    "x",
    "iphone",
    "O'Brien",
    "wireless",
];

fn text(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS.to_vec()), 1..=most).prop_map(|words| words.join(" "))
}

fn any_product() -> impl Strategy<Value = Product> {
    let codes = vec!["RED-001", "red 001", "LAMP-13-X", "SHOE/7", "X13"];
    (
        text(4),
        prop::option::of(text(2)),
        prop::option::of(text(2)),
        prop::option::of(prop::sample::select(codes)),
        prop::option::of(text(1)),
        prop::option::of(text(30)),
    )
        .prop_map(|(name, brand, tag, code, color, description)| {
            let mut made = product(&name);
            made.brand = brand;
            made.tags = tag.into_iter().collect();
            made.description = description.unwrap_or_default();
            if let Some(color) = color {
                made = made.with("color", AttributeValue::Text(color));
            }
            if let Some(code) = code {
                made = made.coded(code);
            }
            made
        })
}

/// What people type: words, some of them misspelt or not finished, phrases, exclusions, codes.
fn any_query() -> impl Strategy<Value = String> {
    let word = || prop::sample::select(WORDS.to_vec()).prop_map(str::to_owned);
    let misspelt = (word(), any::<prop::sample::Index>(), any::<bool>()).prop_map(|(word, at, swap)| {
        let mut letters: Vec<char> = word.chars().collect();
        let at = at.index(letters.len());
        if swap && at + 1 < letters.len() {
            letters.swap(at, at + 1);
        } else {
            letters[at] = 'q';
        }
        letters.into_iter().collect()
    });
    let beginning = (word(), 1_usize..5).prop_map(|(word, letters)| word.chars().take(letters).collect());
    let part = prop_oneof![
        4 => word(),
        2 => misspelt,
        2 => beginning,
        1 => (word(), word()).prop_map(|(a, b)| format!("\"{a} {b}\"")),
        1 => (word(), word()).prop_map(|(a, b)| format!("{a}{b}")),
        1 => word().prop_map(|word| format!("-{word}")),
        1 => prop::sample::select(vec!["RED-001", "lamp13x", "shoe7", "001", "X13"]).prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 1..=4).prop_map(|parts| parts.join(" "))
}

/// What a list and the suggestions say; whether the query was corrected.
struct Answers {
    list: Vec<String>,
    suggestions: String,
    is_corrected: bool,
}

async fn answers(fixture: &Fixture, text: &str) -> Answers {
    let facets = vec![FacetName::Brand, FacetName::Tag, FacetName::Attribute("color".to_owned())];
    let request = ListRequest { facets, count: CountMode::Exact, highlight: true, ..searching(text) };
    let answer = fixture.list(&request).await;
    let suggestions =
        fixture.search.suggest(text, Limit::default(), Visibility::Published).await.expect("an answer");
    let mut list: Vec<String> = answer
        .items
        .iter()
        .map(|item| format!("{} {} {:?}", item.product.id, item.product.name, item.highlight))
        .collect();
    list.push(format!("{:?} {:?} {:?}", answer.total, answer.did_you_mean, answer.facets));
    Answers { list, suggestions: format!("{suggestions:?}"), is_corrected: answer.did_you_mean.is_some() }
}

#[rstest]
fn answers_are_those_of_sqlite(
    #[values(Backend::Postgres)] backend: Backend,
    #[values(false, true)] with_codes: bool,
) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let inputs = (prop::collection::vec(any_product(), 1..40), prop::collection::vec(any_query(), 15));
    TestRunner::new(cases(12))
        .run(&inputs, |(mut all, queries)| {
            let mut taken = HashSet::new();
            for product in &mut all {
                let code = &mut product.variants[0].sku;
                if !with_codes || !taken.insert(code.clone()) {
                    *code = None;
                }
            }
            runtime.block_on(async {
                let sqlite = Fixture::with(Backend::Sqlite, all.clone()).await;
                let other = Fixture::with(backend, all).await;
                for query in queries {
                    let (here, there) = (answers(&sqlite, &query).await, answers(&other, &query).await);
                    // Codes are words that SQLite completes and corrects to, too: `docs/search.md`.
                    if with_codes && (here.is_corrected || there.is_corrected) {
                        continue;
                    }
                    prop_assert_eq!(here.list, there.list, "{:?}", query);
                    // Suggestions differ where a word stands in no name: not compared yet, only asked for.
                    prop_assert!(
                        !here.suggestions.is_empty() && !there.suggestions.is_empty(),
                        "{:?}",
                        query
                    );
                }
                Ok(())
            })
        })
        .expect("equal answers");
}
