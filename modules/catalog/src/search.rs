//! Browsing and search.

pub mod condition;
pub mod corrections;
pub mod document;
pub mod facets;
pub mod highlight;
pub mod plan;
pub mod query;
pub mod request;
pub mod service;
pub(crate) mod store;
pub mod suggest;
pub mod typo;
pub mod vocabulary;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
