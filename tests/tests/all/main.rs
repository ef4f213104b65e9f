//! Vitrine as its users meet it: real processes, real HTTP, real files. Each scenario tells a story, and runs over every
//! topology and every database in [`harness::everywhere`].
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod harness;

mod access;
mod architecture;
mod attributes;
mod bad_input;
mod bulk;
mod catalog;
mod changes;
mod concurrency;
mod crash;
mod documentation;
mod durability;
mod operations;
mod pages;
mod preconditions;
mod search;
mod shared_cache;
mod starting;
mod tree;
