use serde::{Deserialize, Serialize};

/// Section `catalog` of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CatalogSettings {
    /// How many bytes of ready product details are kept in memory; 0 keeps none.
    pub cache_bytes: u64,
    /// How many bytes of ready lists and suggestions are kept in memory; 0 keeps none.
    pub list_cache_bytes: u64,
}

impl Default for CatalogSettings {
    fn default() -> Self {
        Self { cache_bytes: 32 * 1024 * 1024, list_cache_bytes: 16 * 1024 * 1024 }
    }
}
