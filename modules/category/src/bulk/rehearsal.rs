//! `validate_only`: what an import would say, with nothing written.
//!
//! Each batch is written and undone, so that everything the database knows is checked. What an earlier batch would have brought is
//! known by its name only: of each good row a hash of eight bytes is remembered, and rows with an unknown parent are spooled until
//! the end of the file, when all names are known.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};

use serde::{Deserialize, Serialize};
use tempfile::SpooledTempFile;
use vitrine_bulk::{FinishedReport, Outcome, Report, RowStream, patiently};
use vitrine_category_api::CategoryKey;
use vitrine_kernel::{Failure, Fault, Result};

use super::import::{GoodRow, read_rows};
use super::rejects::{Rejects, unknown_parent};
use super::{CategoryBulk, OnRows};
use crate::domain::import::UpsertOutcome;
use crate::store::held::ParentKey;

const SPOOLED_IN_MEMORY: usize = 256 * 1024;

/// A row whose parent may still come.
#[derive(Serialize, Deserialize)]
struct Waiting {
    line: u64,
    external_id: Option<String>,
    parent: String,
    exists: bool,
}

struct Rehearsal {
    rejects: Rejects,
    report: Report,
    hasher: RandomState,
    names: HashSet<u64>,
    waiting: SpooledTempFile,
}

/// Reports what an import of these rows would.
pub(super) async fn rehearse(
    bulk: &CategoryBulk,
    mut rows: RowStream,
    on_rows: OnRows<'_>,
) -> Result<FinishedReport> {
    let mut rehearsal = Rehearsal {
        rejects: Rejects::default(),
        report: Report::new(true),
        hasher: RandomState::new(),
        names: HashSet::new(),
        waiting: SpooledTempFile::new(SPOOLED_IN_MEMORY),
    };
    let mut read = 0;
    while let Some(batch) = rows.next_batch().await? {
        read += batch.len() as u64;
        let good = read_rows(batch, &mut rehearsal.rejects);
        if !good.is_empty() {
            let upserts = || good.iter().map(|row| row.upsert.clone()).collect();
            let outcomes = patiently(|| bulk.store.upsert_many(upserts(), true)).await?;
            let existing = existing(bulk, &good, &outcomes).await?;
            rehearsal.note(&good, outcomes, &existing)?;
        }
        rehearsal.rejects.report(&mut rehearsal.report)?;
        on_rows(read);
    }
    rehearsal.settle()?;
    rehearsal.report.finish()
}

/// The external ids of rows with an unknown parent that are in the database.
async fn existing(
    bulk: &CategoryBulk,
    rows: &[GoodRow],
    outcomes: &[UpsertOutcome],
) -> Result<HashSet<String>> {
    let keys: Vec<CategoryKey> = rows
        .iter()
        .zip(outcomes)
        .filter(|(_, outcome)| matches!(outcome, UpsertOutcome::ParentUnknown))
        .filter_map(|(row, _)| row.upsert.fields.external_id.clone().map(CategoryKey::ExternalId))
        .collect();
    if keys.is_empty() {
        return Ok(HashSet::new());
    }
    let found = patiently(|| bulk.store.find_many(keys.clone())).await?;
    Ok(found
        .into_iter()
        .filter_map(|(key, _)| match key {
            CategoryKey::ExternalId(id) => Some(id),
            CategoryKey::Id(_) | CategoryKey::Slug(_) => None,
        })
        .collect())
}

impl Rehearsal {
    fn note(
        &mut self,
        rows: &[GoodRow],
        outcomes: Vec<UpsertOutcome>,
        existing: &HashSet<String>,
    ) -> Result<()> {
        for (row, outcome) in rows.iter().zip(outcomes) {
            let line = row.row.line;
            let external_id = row.upsert.fields.external_id.as_deref();
            match outcome {
                UpsertOutcome::Created(_) => self.report.count(Outcome::Created),
                UpsertOutcome::Updated(_) => self.report.count(Outcome::Updated),
                UpsertOutcome::Unchanged(_) => self.report.count(Outcome::Unchanged),
                UpsertOutcome::Rejected(faults) => {
                    self.rejects.add(line, external_id, faults);
                    continue;
                }
                UpsertOutcome::ParentUnknown => {
                    let Some(parent) = ParentKey::of(&row.upsert.parent) else {
                        let fault =
                            Fault::new("/parent_id", "unknown_parent", "there is no category with this id");
                        self.rejects.add(line, external_id, vec![fault]);
                        continue;
                    };
                    let exists = external_id.is_some_and(|id| existing.contains(id));
                    let external_id = external_id.map(str::to_owned);
                    self.wait(&Waiting { line, external_id, parent: parent.0, exists })?;
                }
            }
            let hashes: Vec<u64> = row.keys().map(|key| self.hasher.hash_one(&key.0)).collect();
            self.names.extend(hashes);
        }
        Ok(())
    }

    fn wait(&mut self, row: &Waiting) -> Result<()> {
        let mut line = serde_json::to_vec(row).map_err(Failure::internal)?;
        line.push(b'\n');
        self.waiting.write_all(&line).map_err(Failure::internal)
    }

    /// Now that all names are known: rows whose parent is none of them have none.
    fn settle(&mut self) -> Result<()> {
        self.waiting.seek(SeekFrom::Start(0)).map_err(Failure::internal)?;
        for line in BufReader::new(&mut self.waiting).lines() {
            let row: Waiting =
                serde_json::from_str(&line.map_err(Failure::internal)?).map_err(Failure::internal)?;
            if !self.names.contains(&self.hasher.hash_one(&row.parent)) {
                let fault = unknown_parent(&ParentKey(row.parent));
                self.report.reject(row.line, row.external_id.as_deref(), &[fault])?;
            } else if row.exists {
                self.report.count(Outcome::Updated);
            } else {
                self.report.count(Outcome::Created);
            }
        }
        Ok(())
    }
}
