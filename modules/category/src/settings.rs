use serde::{Deserialize, Serialize};

/// Section `category` of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CategorySettings {
    /// Bytes of ready answers kept in memory; 0 keeps none.
    pub cache_bytes: u64,
    /// The most categories that one tree shows; larger ones are asked for by `root` and `depth`.
    pub tree_max_nodes: u32,
}

impl Default for CategorySettings {
    fn default() -> Self {
        Self { cache_bytes: 8 * 1024 * 1024, tree_max_nodes: 50_000 }
    }
}
