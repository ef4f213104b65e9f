use serde::{Deserialize, Serialize};

/// Section `database` of the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseSettings {
    /// `sqlite://PATH`, relative to the working directory or absolute.
    pub url: String,
    /// Connections for reading.
    pub readers: usize,
    /// Reads, and writes, that may wait; more are refused at once with 503.
    pub queue: usize,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self { url: "sqlite://data/vitrine.db".to_owned(), readers: 4, queue: 1024 }
    }
}
