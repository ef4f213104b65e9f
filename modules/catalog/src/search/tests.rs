//! Search over a real database.

mod facets;
mod pages;
mod parity;
mod relevance;
mod suggestions;
mod wrong_letters;

/// So many random cases; a failing one prints itself.
fn cases(number: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config { cases: number, failure_persistence: None, ..Default::default() }
}
