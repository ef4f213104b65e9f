//! Where products are kept.

pub mod index;
pub mod schema;
