//! Browsing and search.

pub mod document;
pub mod highlight;
pub mod plan;
pub mod query;
pub mod typo;
