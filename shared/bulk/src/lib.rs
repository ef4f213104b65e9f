//! Bulk rows: NDJSON and CSV in and out, in constant memory.
//!
//! In: bytes come from a file or an upload; [`RowStream`] parses them on a thread of its own into batches of [`Row`]s, each with the line where it starts and with what is wrong with it. A bad row never spoils its
//! neighbours. What became of the rows goes to a [`Report`].
//!
//! Out: a [`RowWriter`] renders JSON objects as either format, with the same columns that are read; chunks travel as a
//! [`ByteStream`].

mod byte_stream;
mod cell;
mod columns;
mod csv_records;
mod format;
mod ndjson_lines;
mod patience;
mod report;
mod row;
mod row_stream;
mod writer;

pub use byte_stream::{ByteSender, ByteStream, byte_stream};
pub use columns::{CellKind, Columns, Prefixed};
pub use format::Format;
pub use patience::patiently;
pub use report::{FinishedReport, Outcome, Report, Summary};
pub use row::{Row, RowReader};
pub use row_stream::RowStream;
pub use writer::RowWriter;

/// The most bytes one row may have; a longer one is a fault of that row.
pub const MAX_ROW_BYTES: usize = 1024 * 1024;
