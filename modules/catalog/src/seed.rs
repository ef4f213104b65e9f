//! A synthetic catalog, the same every time: to try Vitrine, to measure it, to test what large catalogs do.
//!
//! It is made as rows of an import and takes the way of every import, so that it can't make what an import could not. Product 17
//! is product 17 however many there are: a catalog can be made larger later.

mod categories;
mod products;
mod random;
mod words;

pub use categories::{Kind, kinds, rows as category_rows};
use serde_json::Value;

/// The products of a catalog, numbers 1 to `count`, in the categories of `kinds` (see [`kinds`] and [`kinds_in`]).
pub fn product_rows(count: u64, kinds: Vec<Kind>) -> impl Iterator<Item = Value> + Send + 'static {
    (1..=count).filter_map(move |number| products::row(number, &kinds))
}

/// Kinds of things for categories that somebody else made, given by external id: what is sold there is left to chance.
pub fn kinds_in(external_ids: impl IntoIterator<Item = String>) -> Vec<Kind> {
    let made = kinds();
    let things = made.iter().cycle();
    external_ids.into_iter().zip(things).map(|(category, kind)| Kind { category, ..kind.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_go_into_the_categories_that_were_given() {
        let kinds = kinds_in(["a".to_owned(), "b".to_owned()]);
        let rows: Vec<Value> = product_rows(50, kinds).collect();
        assert_eq!(rows.len(), 50);
        for category in ["a", "b"] {
            assert!(rows.iter().any(|row| row["category_external_ids"][0] == category), "{category}");
        }
        assert!(product_rows(1, Vec::new()).next().is_none());
    }
}
