//! Many at once.

use vitrine_kernel::{Principal, Result};

use super::CategoryService;
use crate::domain::import::{UpsertCategory, UpsertOutcome};
use crate::store::Exported;

impl CategoryService {
    /// Writes rows of an import in one transaction; an outcome for each, in order. Rows that are as before make no version and no
    /// event; a row whose parent is not there (yet) is not written and may be given again. With `dry_run` everything is undone.
    ///
    /// Each call holds up other writes while it lasts: give it some hundred rows at a time.
    pub async fn upsert_many(
        &self,
        rows: Vec<UpsertCategory>,
        actor: &Principal,
        dry_run: bool,
    ) -> Result<Vec<UpsertOutcome>> {
        let count = rows.len();
        let outcomes = self.store.upsert_many(rows, dry_run).await?;
        tracing::debug!(rows = count, actor = actor.subject, dry_run, "wrote {count} rows of categories");
        Ok(outcomes)
    }

    /// At most `limit` categories, parents first and siblings in order, after the last one of the page before. A moving tree may
    /// show a category twice or not at all; what stands still is there once.
    pub async fn export_page(&self, after: Option<&Exported>, limit: u32) -> Result<Vec<Exported>> {
        let after = after.map(|last| last.category.place.order.as_str().to_owned());
        self.store.export_page(after, i64::from(limit)).await
    }
}
