//! Who changed what and when.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use vitrine_kernel::{Failure, Timestamp, Version};

use super::Product;

/// What was done to a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It was created.
    Created,
    /// Its content changed.
    Updated,
    /// It was deleted (softly).
    Deleted,
    /// The deletion was taken back.
    Restored,
}

impl Action {
    /// Every action there is.
    pub const ALL: [Self; 4] = [Self::Created, Self::Updated, Self::Deleted, Self::Restored];

    /// The name in the API and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
        }
    }

    /// Reads the name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// The kind of the event that tells of it.
    pub const fn event(self) -> &'static str {
        match self {
            Self::Created => "product.created",
            Self::Updated => "product.updated",
            Self::Deleted => "product.deleted",
            Self::Restored => "product.restored",
        }
    }
}

/// One version in a product's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The version that was made.
    pub version: Version,
    /// What was done.
    pub action: Action,
    /// Who did it: the subject of the caller.
    pub actor: String,
    /// When.
    pub occurred_at: Timestamp,
    /// `{"name": {"from": "Mug", "to": "Cup"}}`; empty unless the content changed.
    pub changes: Map<String, Value>,
}

/// How two versions of a product differ, by top-level field. Empty: their content is the same.
pub fn changes(old: &Product, new: &Product) -> Result<Map<String, Value>, Failure> {
    let mut changes = Map::new();
    macro_rules! compare {
        ($($field:ident),*) => { $(
            if old.$field != new.$field {
                let value = |product: &Product| serde_json::to_value(&product.$field).map_err(Failure::internal);
                changes.insert(stringify!($field).to_owned(), json!({"from": value(old)?, "to": value(new)?}));
            }
        )* };
    }
    compare!(
        external_id,
        slug,
        name,
        description,
        brand,
        status,
        category_ids,
        tags,
        attributes,
        options,
        variants,
        media,
        metadata
    );
    Ok(changes)
}
