//! What changed, as rows of the outbox and of the `/changes` feed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Timestamp, Version};

/// A change about to be written with the transaction that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// `product.created`, `product.updated`, `product.deleted`, `category.moved`, …: the aggregate, a dot, a past participle.
    pub kind: &'static str,
    /// The id of the aggregate that changed.
    pub key: Uuid,
    /// The aggregate's version after the change.
    pub version: Version,
    /// When.
    pub occurred_at: Timestamp,
}

/// A committed change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeEvent {
    /// Position in the feed of its database; it grows in the order of commits.
    pub sequence: i64,
    /// Identifies the event, for consumers that must not act twice.
    pub id: Uuid,
    /// See [`NewEvent::kind`].
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of the aggregate that changed.
    pub key: Uuid,
    /// The aggregate's version after the change.
    pub version: Version,
    /// When.
    pub occurred_at: Timestamp,
}
