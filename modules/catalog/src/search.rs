//! Browsing and search.

pub mod document;
