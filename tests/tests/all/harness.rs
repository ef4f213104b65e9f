//! Starts the binary, talks to it, stops it.

mod client;
mod process;
mod shop;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use client::{Answer, Client, items, pointers};
pub use process::Server;
pub use rstest_reuse::apply;
pub use shop::{Shop, Site};

/// How the modules are placed. The issue "Split" adds a variant, and a value to [`everywhere`].
#[derive(Debug, Clone, Copy)]
pub enum Topology {
    /// All in one process.
    Single,
}

/// Where the data lives.
#[derive(Debug, Clone, Copy)]
pub enum Backend {
    /// The embedded store.
    Sqlite,
}

/// The places that a scenario runs in: `#[apply(everywhere)]`.
#[rstest_reuse::template]
#[rstest::rstest]
pub fn everywhere(
    #[values(Topology::Single)] topology: Topology,
    #[values(Backend::Sqlite)] backend: Backend,
) {
}

/// How long anything may take before a test calls it hung.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Whether `VITRINE_TEST_LONG=1` asks for the long form of a test.
pub fn is_long() -> bool {
    std::env::var_os("VITRINE_TEST_LONG").is_some_and(|value| value == "1")
}

/// `short`, or `long` where that was asked for.
pub fn short_or_long<T>(short: T, long: T) -> T {
    if is_long() { long } else { short }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the repository").to_owned()
}

/// The demo catalog.
pub fn demo(file: &str) -> PathBuf {
    root().join("demo").join(file)
}

/// The lines of a file of the demo catalog that hold a row.
pub fn demo_rows(file: &str) -> Vec<serde_json::Value> {
    std::fs::read_to_string(demo(file))
        .expect("the demo catalog is part of the repository")
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).expect("a row of JSON"))
        .collect()
}

/// Numbers that look random and are the same in every run (splitmix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `limit` - 1.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(limit).expect("small")).expect("small")
    }
}
