//! The SQL of browsing and search. It is raw, unlike that of the rest of the module: full-text search differs from database to
//! database, and a page, its count and its facets must agree on what they filter.

mod conditions;
mod facets;
mod fts5;
mod lexemes;
mod pages;
mod ranked;
mod sql;
mod words;
mod writing;

pub(super) use conditions::Selection;
pub(super) use facets::{
    CategorySet, ValueCount, attribute_counts, brand_counts, brands_beginning_with, categories_of,
    category_sets, price_buckets, price_currency, price_span, tag_counts,
};
pub(super) use pages::{Position, Row, count_estimated, count_exact, documents, page};
pub(super) use words::{
    Term, Typed, beginning_with, counted, existing, frequent_beginning_with, perhaps_near, which_find,
};

pub(crate) use writing::{remove, searchable, write, write_status};
