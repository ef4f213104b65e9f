//! Imports: rows in, in constant memory; each batch is one transaction, and a bad row is rejected alone.
//!
//! An import that dies is simply sent again: rows that were written are found unchanged.

use std::collections::HashSet;
use std::io::Read;

use serde_json::Value;
use tokio::io::AsyncRead;
use vitrine_bulk::{FinishedReport, Format, Outcome as RowOutcome, Report, Row, RowStream, patiently};
use vitrine_kernel::{Failure, Fault, Principal};

use super::export::COLUMNS;
use super::{BatchOptions, CatalogService, ProductWrite};
use crate::domain::{BodyKind, NewProduct};
use crate::store::{OnError, Outcome};

/// Rows a transaction: enough that a commit costs little, few enough that other writes don't wait long.
const ROWS_TOGETHER: usize = 100;

/// Rows on their way in.
pub struct ProductRows {
    stream: RowStream,
    format: Format,
}

impl ProductRows {
    /// Those of a file. Must be called inside a tokio runtime, like the others.
    pub fn of_file(input: impl Read + Send + 'static, format: Format) -> Self {
        Self { stream: RowStream::start(input, format, &COLUMNS, ROWS_TOGETHER), format }
    }

    /// Those of an upload.
    pub fn of_upload(input: impl AsyncRead + Unpin + Send + 'static, format: Format) -> Self {
        Self { stream: RowStream::start_async(input, format, &COLUMNS, ROWS_TOGETHER), format }
    }

    /// Those that a program makes.
    pub fn made(rows: impl Iterator<Item = Value> + Send + 'static) -> Self {
        Self { stream: RowStream::from_values(rows, ROWS_TOGETHER), format: Format::Ndjson }
    }
}

/// How an import is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// Find out what would happen, and write nothing. Rows are checked against what is there, not against each other across
    /// batches.
    pub validate_only: bool,
}

impl CatalogService {
    /// Creates or changes the products of the rows, see [`ProductWrite::Upsert`]. `on_rows` is told how many rows have been read.
    ///
    /// Errors: the file as a whole can't be read or broke off, or the database fails; rows before that may have been written.
    pub async fn import(
        &self,
        mut rows: ProductRows,
        options: ImportOptions,
        actor: &Principal,
        on_rows: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<FinishedReport, Failure> {
        let mut report = Report::new(options.validate_only);
        while let Some(batch) = rows.stream.next_batch().await? {
            self.import_batch(batch, rows.format, options, actor, &mut report).await?;
            on_rows(report.summary().rows);
        }
        report.finish()
    }

    async fn import_batch(
        &self,
        batch: Vec<Row>,
        format: Format,
        options: ImportOptions,
        actor: &Principal,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let mut names = Vec::with_capacity(batch.len());
        let mut writes = Vec::with_capacity(batch.len());
        let mut rejected = Vec::new();
        for row in batch {
            if !row.faults.is_empty() {
                rejected.push((row.line, name_of(&row).map(str::to_owned), all_faults(&row)));
                continue;
            }
            names.push((row.line, name_of(&row).map(str::to_owned)));
            writes.push(match format {
                Format::Ndjson => ProductWrite::Upsert(row.value),
                Format::Csv => ProductWrite::UpsertTexts(row.value),
            });
        }
        let batch_options = BatchOptions { on_error: OnError::Skip, validate_only: options.validate_only };
        let outcomes = if writes.is_empty() {
            Vec::new()
        } else {
            patiently(|| self.write_many(writes.clone(), batch_options, actor, None)).await?.outcomes
        };
        for ((line, name), outcome) in names.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Created(_) => report.count(RowOutcome::Created),
                Outcome::Unchanged(_) => report.count(RowOutcome::Unchanged),
                Outcome::Updated(_) | Outcome::Restored(_) | Outcome::Deleted(..) => {
                    report.count(RowOutcome::Updated);
                }
                Outcome::Rejected(failure) => rejected.push((line, name, faults_of(&failure))),
            }
        }
        // Those that could not be read are known before the others; people read a report from top to bottom.
        rejected.sort_by_key(|(line, ..)| *line);
        for (line, name, faults) in rejected {
            report.reject(line, name.as_deref(), &faults)?;
        }
        Ok(())
    }
}

/// What a report calls a row by: its external id, or else its SKU.
fn name_of(row: &Row) -> Option<&str> {
    row.text("external_id").or_else(|| row.text("sku"))
}

/// The faults of a row that could not be read whole: of its cells, and of what could be read.
fn all_faults(row: &Row) -> Vec<Fault> {
    let mut faults = row.faults.clone();
    if !row.is_readable() {
        return faults;
    }
    let known: HashSet<String> = faults.iter().map(|fault| fault.pointer.clone()).collect();
    let more = NewProduct::read(row.value.clone(), BodyKind::TextRow).err().unwrap_or_default();
    // Whether something is missing is not known of a row that may be there to change one thing.
    faults
        .extend(more.into_iter().filter(|fault| fault.code != "required" && !known.contains(&fault.pointer)));
    faults
}

fn faults_of(failure: &Failure) -> Vec<Fault> {
    if failure.faults().is_empty() {
        return vec![Fault::new("", failure.code().slug(), failure.detail())];
    }
    failure.faults().to_vec()
}
