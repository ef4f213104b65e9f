//! Imports: upserts by the owner's id, in constant memory, children before their parents if need be.
//!
//! Rows are written in batches, a transaction each. A row whose parent is unknown is put aside in the database and written once
//! the parent is. What still waits at the end is tried again as long as that helps (a file may turn a branch upside down) and
//! then reported. An import that dies is simply sent again: rows that were written are found unchanged.

use std::collections::HashSet;

use uuid::Uuid;
use vitrine_bulk::{FinishedReport, Outcome, Report, Row, RowStream, patiently};
use vitrine_kernel::{Fault, Result};

use super::rejects::{Rejects, reason, superseded, unknown_parent};
use super::{CategoryBulk, OnRows};
use crate::domain::import::{UpsertCategory, UpsertOutcome};
use crate::store::held::{HeldRow, ImportId, ParentKey};

/// Rows a transaction: enough that a commit costs little, few enough that other writes don't wait long.
pub(super) const ROWS_TOGETHER: usize = 200;
/// The code of the fault of a category that would be its own ancestor.
pub(super) const CYCLE: &str = "cycle";
const HELD_TOGETHER: i64 = 200;
/// What an import leaves behind that died longer ago than this is swept away by the next one.
const DEAD_AFTER_SECONDS: i64 = 24 * 60 * 60;

/// Imports rows.
pub(super) async fn import(
    bulk: &CategoryBulk,
    rows: RowStream,
    on_rows: OnRows<'_>,
) -> Result<FinishedReport> {
    let dead = bulk.clock.now().plus_seconds(-DEAD_AFTER_SECONDS);
    patiently(|| bulk.held.clean(dead)).await?;
    let mut run = Run {
        bulk,
        id: ImportId(Uuid::now_v7()),
        held: 0,
        rejects: Rejects::default(),
        report: Report::new(false),
    };
    let outcome = run.all(rows, on_rows).await;
    if run.held > 0 {
        let swept = patiently(|| bulk.held.release_all(run.id)).await;
        if let Err(failure) = swept {
            tracing::warn!(%failure, "rows that an import put aside stay until a later import sweeps them away");
        }
    }
    outcome?;
    run.report.finish()
}

/// A row that was read well.
pub(super) struct GoodRow {
    pub(super) row: Row,
    pub(super) upsert: UpsertCategory,
}

impl GoodRow {
    fn external_id(&self) -> Option<&str> {
        self.upsert.fields.external_id.as_deref()
    }

    /// What rows may be waiting for that this one brings.
    pub(super) fn keys(&self) -> impl Iterator<Item = ParentKey> {
        let external_id = self.external_id().map(ParentKey::external_id);
        let slug = self.upsert.fields.slug.as_ref().map(|slug| ParentKey::slug(slug.as_str()));
        external_id.into_iter().chain(slug)
    }
}

/// Reads the rows of a batch.
pub(super) fn read_rows(batch: Vec<Row>, rejects: &mut Rejects) -> Vec<GoodRow> {
    let mut good = Vec::with_capacity(batch.len());
    for row in batch {
        let mut faults = row.faults.clone();
        let parsed = row.is_readable().then(|| UpsertCategory::parse(&row.value));
        match parsed {
            Some(Ok(upsert)) if faults.is_empty() => good.push(GoodRow { row, upsert }),
            Some(Err(more)) => {
                // A cell that could not be read is missing from the row; that it is required is no second fault.
                let known: HashSet<String> = faults.iter().map(|fault| fault.pointer.clone()).collect();
                faults.extend(more.into_iter().filter(|fault| !known.contains(&fault.pointer)));
                rejects.add(row.line, row.text("external_id"), faults);
            }
            Some(Ok(_)) | None => rejects.add(row.line, row.text("external_id"), faults),
        }
    }
    good
}

/// What happens to a row that waited and still can't be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Still {
    /// What it waited for is there: it is rejected.
    IsRejected,
    /// It waits on.
    Waits,
    /// The file is at its end, nothing helped: it is rejected, and stays where it is until all have been told why.
    IsToldWhy,
}

struct Run<'a> {
    bulk: &'a CategoryBulk,
    id: ImportId,
    /// How many rows wait.
    held: u64,
    rejects: Rejects,
    report: Report,
}

impl Run<'_> {
    async fn all(&mut self, mut rows: RowStream, on_rows: OnRows<'_>) -> Result<()> {
        while let Some(batch) = rows.next_batch().await? {
            self.batch(batch).await?;
            self.rejects.report(&mut self.report)?;
            on_rows(self.report.summary().rows + self.held);
        }
        self.try_again().await?;
        self.rejects.report(&mut self.report)?;
        self.give_up().await?;
        on_rows(self.report.summary().rows);
        Ok(())
    }

    async fn batch(&mut self, batch: Vec<Row>) -> Result<()> {
        let rows = read_rows(batch, &mut self.rejects);
        self.drop_superseded(&rows).await?;
        let outcomes = self.write(&rows).await?;
        let mut created = Vec::new();
        let mut waiting = Vec::new();
        let mut last_of: HashSet<&str> = HashSet::new();
        for (row, outcome) in rows.iter().zip(outcomes).rev() {
            // From the last to the first: of several rows with one id, the last one counts.
            let is_last = row.external_id().is_none_or(|id| last_of.insert(id));
            match outcome {
                outcome if may_change(&outcome) && is_last => waiting.extend(self.held_row(row)),
                outcome if may_change(&outcome) => self.reject(row, vec![superseded()]),
                outcome => {
                    if matches!(outcome, UpsertOutcome::Created(_)) {
                        created.extend(row.keys());
                    }
                    self.count(row, outcome);
                }
            }
        }
        if !waiting.is_empty() {
            self.held += waiting.len() as u64;
            let (held, id) = (&self.bulk.held, self.id);
            patiently(|| held.hold(id, waiting.clone())).await?;
        }
        self.release(created).await
    }

    /// Rows that wait are older than the rows of this batch: where both have the same id, the newer one counts.
    async fn drop_superseded(&mut self, rows: &[GoodRow]) -> Result<()> {
        let ids: Vec<String> = rows.iter().filter_map(|row| row.external_id().map(str::to_owned)).collect();
        if self.held == 0 || ids.is_empty() {
            return Ok(());
        }
        let (held, id) = (&self.bulk.held, self.id);
        let old = patiently(|| held.with_external_ids(id, ids.clone())).await?;
        for row in &old {
            self.rejects.add(row.line, row.external_id.as_deref(), vec![superseded()]);
        }
        self.forget(&old).await
    }

    /// Writes the rows that waited for what was just created, then those that waited for them, …
    ///
    /// The stack has at most one batch of keys for each level of the tree.
    async fn release(&mut self, created: Vec<ParentKey>) -> Result<()> {
        let mut levels = vec![created];
        while let Some(keys) = levels.pop() {
            if self.held == 0 || keys.is_empty() {
                continue;
            }
            let (held, id) = (&self.bulk.held, self.id);
            let rows = patiently(|| held.waiting_for(id, keys.clone(), HELD_TOGETHER)).await?;
            if rows.is_empty() {
                continue;
            }
            levels.push(keys);
            levels.push(self.write_held(rows, Still::IsRejected).await?);
        }
        Ok(())
    }

    /// Tries what still waits again, as long as a round helps some of it.
    async fn try_again(&mut self) -> Result<()> {
        let mut helped = true;
        while helped && self.held > 0 {
            helped = false;
            let mut after = None;
            while let Some(rows) = self.next_page(&mut after).await? {
                let before = self.held;
                let created = self.write_held(rows, Still::Waits).await?;
                self.release(created).await?;
                helped |= self.held < before;
            }
        }
        Ok(())
    }

    /// Rejects what still waits.
    async fn give_up(&mut self) -> Result<()> {
        let mut after = None;
        while self.held > 0
            && let Some(rows) = self.next_page(&mut after).await?
        {
            self.write_held(rows, Still::IsToldWhy).await?;
            self.rejects.report(&mut self.report)?;
        }
        Ok(())
    }

    async fn next_page(&self, after: &mut Option<(ParentKey, u64)>) -> Result<Option<Vec<HeldRow>>> {
        let (held, id) = (&self.bulk.held, self.id);
        let rows = patiently(|| held.page(id, after.clone(), HELD_TOGETHER)).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        *after = Some((last.parent.clone(), last.line));
        Ok(Some(rows))
    }

    /// Writes rows that waited; returns what the new ones among them bring.
    async fn write_held(&mut self, held: Vec<HeldRow>, still: Still) -> Result<Vec<ParentKey>> {
        let mut rows = Vec::with_capacity(held.len());
        let mut done = Vec::new();
        for held_row in held {
            let line = held_row.line;
            // It was read before it was put aside; another version of this program may have done that.
            match UpsertCategory::parse(&held_row.row) {
                Ok(upsert) => {
                    let row = Row { line, value: held_row.row.clone(), faults: Vec::new() };
                    rows.push((GoodRow { row, upsert }, held_row));
                }
                Err(faults) => {
                    self.rejects.add(line, held_row.external_id.as_deref(), faults);
                    done.push(held_row);
                }
            }
        }
        let (good, held): (Vec<GoodRow>, Vec<HeldRow>) = rows.into_iter().unzip();
        let outcomes = self.write(&good).await?;
        let mut created = Vec::new();
        for ((row, held_row), outcome) in good.iter().zip(held).zip(outcomes) {
            match (outcome, still) {
                (outcome, Still::Waits) if may_change(&outcome) => continue,
                (UpsertOutcome::ParentUnknown, Still::IsToldWhy) => {
                    let fault = reason(self.bulk.held.as_ref(), self.id, &held_row).await?;
                    self.reject(row, vec![fault]);
                }
                (outcome, _) => {
                    if matches!(outcome, UpsertOutcome::Created(_)) {
                        created.extend(row.keys());
                    }
                    self.count(row, outcome);
                }
            }
            done.push(held_row);
        }
        if still != Still::IsToldWhy {
            self.forget(&done).await?;
        }
        Ok(created)
    }

    async fn write(&self, rows: &[GoodRow]) -> Result<Vec<UpsertOutcome>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let upserts = || rows.iter().map(|row| row.upsert.clone()).collect();
        patiently(|| self.bulk.store.upsert_many(upserts(), false)).await
    }

    async fn forget(&mut self, rows: &[HeldRow]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let (held, id) = (&self.bulk.held, self.id);
        let keys = || rows.iter().map(|row| (row.parent.clone(), row.line)).collect();
        patiently(|| held.release(id, keys())).await?;
        self.held = self.held.saturating_sub(rows.len() as u64);
        Ok(())
    }

    /// A row to put aside; `None` when it is rejected because waiting is useless.
    fn held_row(&mut self, row: &GoodRow) -> Option<HeldRow> {
        let Some(parent) = ParentKey::of(&row.upsert.parent) else {
            let fault = Fault::new("/parent_id", "unknown_parent", "there is no category with this id");
            self.reject(row, vec![fault]);
            return None;
        };
        let external_id = row.external_id().map(str::to_owned);
        Some(HeldRow { parent, line: row.row.line, external_id, row: row.row.value.clone() })
    }

    fn count(&mut self, row: &GoodRow, outcome: UpsertOutcome) {
        match outcome {
            UpsertOutcome::Created(_) => self.report.count(Outcome::Created),
            UpsertOutcome::Updated(_) => self.report.count(Outcome::Updated),
            UpsertOutcome::Unchanged(_) => self.report.count(Outcome::Unchanged),
            UpsertOutcome::Rejected(faults) => self.reject(row, faults),
            UpsertOutcome::ParentUnknown => {
                let parent = ParentKey::of(&row.upsert.parent).unwrap_or_else(|| ParentKey::external_id(""));
                self.reject(row, vec![unknown_parent(&parent)]);
            }
        }
    }

    /// The store speaks of `parent_id`; faults point to what the row has instead.
    fn reject(&mut self, row: &GoodRow, mut faults: Vec<Fault>) {
        let parent = ParentKey::of(&row.upsert.parent).map_or("/parent_id", |parent| parent.pointer());
        for fault in faults.iter_mut().filter(|fault| fault.pointer == "/parent_id") {
            parent.clone_into(&mut fault.pointer);
        }
        self.rejects.add(row.row.line, row.external_id(), faults);
    }
}

/// Whether later rows may make a row good that could not be written: they may bring its parent, or move its parent away from
/// below it.
fn may_change(outcome: &UpsertOutcome) -> bool {
    match outcome {
        UpsertOutcome::ParentUnknown => true,
        UpsertOutcome::Rejected(faults) => {
            !faults.is_empty() && faults.iter().all(|fault| fault.code == CYCLE)
        }
        UpsertOutcome::Created(_) | UpsertOutcome::Updated(_) | UpsertOutcome::Unchanged(_) => false,
    }
}
