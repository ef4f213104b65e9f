//! Rows of an import that wait for their parents, kept in the database: a file may have a million children before their
//! parents.

use async_trait::async_trait;
use serde_json::Value;
use uuid::Uuid;
use vitrine_kernel::{Result, Timestamp};

use crate::domain::import::ParentRef;

/// Identifies one run of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportId(pub Uuid);

/// What a row waits for, as text: a category with this external id, or with this slug.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParentKey(pub String);

impl ParentKey {
    /// The key of an external id.
    pub fn external_id(id: &str) -> Self {
        Self(format!("external_id:{id}"))
    }

    /// The key of a slug.
    pub fn slug(slug: &str) -> Self {
        Self(format!("slug:{slug}"))
    }

    /// What a row with this parent waits for; `None` when waiting is useless: ids are made by us, so a file can't bring them.
    pub fn of(parent: &ParentRef) -> Option<Self> {
        match parent {
            ParentRef::ExternalId(id) => Some(Self::external_id(id)),
            ParentRef::Slug(slug) => Some(Self::slug(slug.as_str())),
            ParentRef::Id(_) | ParentRef::Root | ParentRef::Unsaid => None,
        }
    }

    /// The name alone, for people.
    pub fn name(&self) -> &str {
        self.0.split_once(':').map_or(self.0.as_str(), |(_, name)| name)
    }

    /// The member of a row that says it.
    pub fn pointer(&self) -> &'static str {
        if self.0.starts_with("slug:") { "/parent_slug" } else { "/parent_external_id" }
    }
}

/// A row that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldRow {
    /// What it waits for.
    pub parent: ParentKey,
    /// Its line in the file.
    pub line: u64,
    /// Its own external id.
    pub external_id: Option<String>,
    /// The row as it was read.
    pub row: Value,
}

/// Keeps rows that wait, by import.
#[async_trait]
pub trait HeldRows: Send + Sync {
    /// Puts rows aside.
    async fn hold(&self, import: ImportId, rows: Vec<HeldRow>) -> Result<()>;

    /// At most `limit` of the rows that wait for one of `parents`, those of a parent in the order of their lines.
    async fn waiting_for(
        &self,
        import: ImportId,
        parents: Vec<ParentKey>,
        limit: i64,
    ) -> Result<Vec<HeldRow>>;

    /// The rows with one of these external ids.
    async fn with_external_ids(&self, import: ImportId, external_ids: Vec<String>) -> Result<Vec<HeldRow>>;

    /// At most `limit` rows behind a position, in the order of parent and line.
    async fn page(
        &self,
        import: ImportId,
        after: Option<(ParentKey, u64)>,
        limit: i64,
    ) -> Result<Vec<HeldRow>>;

    /// Forgets rows.
    async fn release(&self, import: ImportId, rows: Vec<(ParentKey, u64)>) -> Result<()>;

    /// Forgets all rows of an import.
    async fn release_all(&self, import: ImportId) -> Result<()>;

    /// Forgets what imports that died left behind: rows held before `before`.
    async fn clean(&self, before: Timestamp) -> Result<()>;
}
