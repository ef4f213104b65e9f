//! Categories in bulk: import, its rehearsal, export.

mod export;
mod import;
mod rehearsal;
mod rejects;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::AsyncRead;
use vitrine_bulk::{ByteStream, FinishedReport, Format, RowStream};
use vitrine_db::Db;
use vitrine_kernel::{Clock, Result};

use crate::store::CategoryStore;
use crate::store::held::HeldRows;
use crate::store::sql::{SqlCategoryStore, SqlHeldRows};

/// Told how many rows have been read.
pub type OnRows<'a> = &'a (dyn Fn(u64) + Send + Sync);

/// Imports and exports. Clones share everything.
#[derive(Clone)]
pub struct CategoryBulk {
    store: Arc<dyn CategoryStore>,
    held: Arc<dyn HeldRows>,
    clock: Arc<dyn Clock>,
}

/// Rows on their way in.
pub struct CategoryRows(RowStream);

impl CategoryRows {
    /// Those of a file. Must be called inside a tokio runtime, like the others.
    pub fn of_file(input: impl Read + Send + 'static, format: Format) -> Self {
        Self(RowStream::start(input, format, &export::COLUMNS, import::ROWS_TOGETHER))
    }

    /// Those of an upload.
    pub fn of_upload(input: impl AsyncRead + Unpin + Send + 'static, format: Format) -> Self {
        Self(RowStream::start_async(input, format, &export::COLUMNS, import::ROWS_TOGETHER))
    }

    /// Those that a program made.
    pub fn made(rows: Vec<Value>) -> Self {
        Self(RowStream::from_values(rows.into_iter(), import::ROWS_TOGETHER))
    }
}

impl CategoryBulk {
    /// Over the categories in this database.
    pub fn new(db: &Db, clock: &Arc<dyn Clock>) -> Self {
        Self {
            store: Arc::new(SqlCategoryStore::new(db.clone(), Arc::clone(clock))),
            held: Arc::new(SqlHeldRows::new(db.clone(), Arc::clone(clock))),
            clock: Arc::clone(clock),
        }
    }

    /// Imports rows, or with `validate_only` says what that would do.
    ///
    /// Errors: the file as a whole can't be read or broke off, or the database fails; rows before that may have been written.
    pub async fn import(
        &self,
        rows: CategoryRows,
        validate_only: bool,
        on_rows: OnRows<'_>,
    ) -> Result<FinishedReport> {
        if validate_only {
            rehearsal::rehearse(self, rows.0, on_rows).await
        } else {
            import::import(self, rows.0, on_rows).await
        }
    }

    /// Every category as rows that an import takes, parents before children, siblings in order. Pages are read one after the
    /// other: what changes meanwhile may be seen or not. Must be called inside a tokio runtime.
    pub fn export(&self, format: Format) -> ByteStream {
        export::export(Arc::clone(&self.store), format)
    }
}
