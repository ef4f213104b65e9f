//! Rows in batches, parsed on a thread of their own while the batch before is being written.

use std::io::Read;

use serde_json::Value;
use tokio::io::AsyncRead;
use tokio::sync::mpsc;
use tokio_util::io::SyncIoBridge;
use vitrine_kernel::Failure;

use crate::row::broken_off;
use crate::{Columns, Format, Row, RowReader};

/// A batch ends at this many bytes of input even if it has fewer rows than asked for: rows may have 1 MiB each.
const MAX_BATCH_BYTES: usize = 1024 * 1024;
/// One batch waits while another is worked on.
const WAITING: usize = 1;

/// Batches of rows, in the order of the file.
pub struct RowStream {
    batches: mpsc::Receiver<Result<Vec<Row>, Failure>>,
}

impl RowStream {
    /// Starts reading, with at most `rows` rows a batch. Must be called inside a tokio runtime.
    pub fn start(
        input: impl Read + Send + 'static,
        format: Format,
        columns: &'static Columns,
        rows: usize,
    ) -> Self {
        let (sender, batches) = mpsc::channel(WAITING);
        // The thread ends with the input, or when nobody takes batches any more.
        tokio::task::spawn_blocking(move || read_batches(input, format, columns, rows, &sender));
        Self { batches }
    }

    /// The same from an upload.
    pub fn start_async(
        input: impl AsyncRead + Unpin + Send + 'static,
        format: Format,
        columns: &'static Columns,
        rows: usize,
    ) -> Self {
        Self::start(SyncIoBridge::new(input), format, columns, rows)
    }

    /// Rows that a program makes, as if they had been read: they are numbered from line 1.
    pub fn from_values(values: impl Iterator<Item = Value> + Send + 'static, rows: usize) -> Self {
        let (sender, batches) = mpsc::channel(WAITING);
        tokio::task::spawn_blocking(move || {
            let mut numbered = (1..).zip(values).map(|(line, value)| Row { line, value, faults: Vec::new() });
            loop {
                let batch: Vec<Row> = numbered.by_ref().take(rows.max(1)).collect();
                if batch.is_empty() || sender.blocking_send(Ok(batch)).is_err() {
                    return;
                }
            }
        });
        Self { batches }
    }

    /// The next batch, never empty; `None` at the end of the file.
    ///
    /// Errors: the file as a whole can't be read, or it broke off; rows of earlier batches are good.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<Row>>, Failure> {
        self.batches.recv().await.transpose()
    }
}

fn read_batches(
    input: impl Read,
    format: Format,
    columns: &Columns,
    rows: usize,
    sender: &mpsc::Sender<Result<Vec<Row>, Failure>>,
) {
    let mut reader = match RowReader::open(input, format, columns) {
        Ok(reader) => reader,
        Err(failure) => {
            // Without a receiver nobody wants to know.
            let _ = sender.blocking_send(Err(failure));
            return;
        }
    };
    let mut batch = Vec::new();
    let mut bytes = 0;
    let mut line = 0;
    loop {
        match reader.next_row() {
            Ok(Some((row, size))) => {
                line = row.line;
                batch.push(row);
                bytes += size;
                if batch.len() < rows && bytes < MAX_BATCH_BYTES {
                    continue;
                }
                bytes = 0;
                if sender.blocking_send(Ok(std::mem::take(&mut batch))).is_err() {
                    return;
                }
            }
            Ok(None) => {
                if !batch.is_empty() {
                    let _ = sender.blocking_send(Ok(batch));
                }
                return;
            }
            Err(error) => {
                if batch.is_empty() || sender.blocking_send(Ok(batch)).is_ok() {
                    let _ = sender.blocking_send(Err(broken_off(&error, line + 1)));
                }
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use bytes::Bytes;
    use tokio_util::io::StreamReader;

    use super::*;
    use crate::MAX_ROW_BYTES;

    static NO_COLUMNS: Columns = Columns { known: &[], prefixed: None };

    #[tokio::test]
    async fn batches_are_bound_by_rows_and_by_bytes() {
        let small = "{}\n".repeat(5);
        let big = format!("{{\"a\":\"{}\"}}\n", "x".repeat(MAX_ROW_BYTES / 2)).repeat(3);
        let input = io::Cursor::new(format!("{small}{big}"));
        let mut stream = RowStream::start(input, Format::Ndjson, &NO_COLUMNS, 3);
        let mut sizes = Vec::new();
        while let Some(batch) = stream.next_batch().await.expect("reads") {
            sizes.push(batch.len());
        }
        assert_eq!(sizes, [3, 3, 2]);
        let input = io::Cursor::new(big);
        let mut stream = RowStream::start(input, Format::Ndjson, &NO_COLUMNS, 100);
        assert_eq!(stream.next_batch().await.expect("reads").map(|batch| batch.len()), Some(2));
    }

    #[tokio::test]
    async fn made_rows_come_in_batches_too() {
        let mut stream = RowStream::from_values((0..5).map(Value::from), 2);
        let mut lines = Vec::new();
        while let Some(batch) = stream.next_batch().await.expect("reads") {
            lines.push(batch.iter().map(|row| row.line).collect::<Vec<_>>());
        }
        assert_eq!(lines, [vec![1, 2], vec![3, 4], vec![5]]);
    }

    #[tokio::test]
    async fn rows_before_a_break_arrive_and_the_half_row_does_not() {
        let pieces = [Ok(Bytes::from_static(b"{}\n{}\n{\"half\":1}")), Err(io::Error::other("reset"))];
        let upload = StreamReader::new(futures::stream::iter(pieces));
        let mut stream = RowStream::start_async(upload, Format::Ndjson, &NO_COLUMNS, 100);
        assert_eq!(stream.next_batch().await.expect("reads").map(|batch| batch.len()), Some(2));
        let failure = stream.next_batch().await.expect_err("broke off");
        assert!(failure.detail().contains("near line 3: reset"), "{failure}");
    }
}
