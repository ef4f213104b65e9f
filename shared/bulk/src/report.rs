//! What became of the rows: counts, and a line for each bad one, spooled so that a million bad rows need no memory.

use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::time::Instant;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tempfile::SpooledTempFile;
use vitrine_kernel::{Failure, Fault};

use crate::{ByteStream, byte_stream};

/// Reports up to this size stay in memory.
const IN_MEMORY: usize = 256 * 1024;
const CHUNK: u64 = 64 * 1024;

/// What became of a good row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A new thing was made.
    Created,
    /// One that was there got changed.
    Updated,
    /// It was there, and just like this.
    Unchanged,
}

/// The counts; the last line of a report.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// All rows, bad ones too. `rows = created + updated + unchanged + rejected`.
    pub rows: u64,
    /// New things (with `validate_only`: that would be made).
    pub created: u64,
    /// Changed things.
    pub updated: u64,
    /// Rows that changed nothing.
    pub unchanged: u64,
    /// Bad rows; each has a line of its own above.
    pub rejected: u64,
    /// Whether it was only a rehearsal.
    pub validate_only: bool,
    /// How long it took.
    pub seconds: f64,
}

#[derive(Serialize)]
struct BadRow<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
    errors: &'a [Fault],
}

#[derive(Serialize)]
struct LastLine {
    summary: Summary,
}

/// A report that is being written.
pub struct Report {
    spool: SpooledTempFile,
    line: Vec<u8>,
    summary: Summary,
    started: Instant,
}

impl Report {
    /// An empty report; the time counts from here.
    pub fn new(validate_only: bool) -> Self {
        Self {
            spool: SpooledTempFile::new(IN_MEMORY),
            line: Vec::new(),
            summary: Summary { validate_only, ..Summary::default() },
            started: Instant::now(),
        }
    }

    /// Counts a good row.
    pub fn count(&mut self, outcome: Outcome) {
        self.summary.rows += 1;
        match outcome {
            Outcome::Created => self.summary.created += 1,
            Outcome::Updated => self.summary.updated += 1,
            Outcome::Unchanged => self.summary.unchanged += 1,
        }
    }

    /// Counts a bad row and writes its line: `{"line": 7, "external_id": "…", "errors": [{pointer, code, detail}]}`.
    ///
    /// Errors: the spool can't be written ([`vitrine_kernel::ErrorCode::Internal`]).
    pub fn reject(&mut self, line: u64, external_id: Option<&str>, faults: &[Fault]) -> Result<(), Failure> {
        self.summary.rows += 1;
        self.summary.rejected += 1;
        self.write_line(&BadRow { line, external_id, errors: faults })
    }

    /// The counts so far.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// Ends the report.
    ///
    /// Errors: the spool can't be written.
    pub fn finish(mut self) -> Result<FinishedReport, Failure> {
        // Milliseconds are as exact as anybody needs.
        self.summary.seconds = (self.started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let summary = self.summary;
        self.write_line(&LastLine { summary })?;
        self.spool.seek(SeekFrom::Start(0)).map_err(Failure::internal)?;
        Ok(FinishedReport { spool: self.spool, summary })
    }

    fn write_line(&mut self, line: &impl Serialize) -> Result<(), Failure> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).map_err(Failure::internal)?;
        self.line.push(b'\n');
        self.spool.write_all(&self.line).map_err(Failure::internal)
    }
}

/// A report as a document: NDJSON, a line for each bad row, and `{"summary": {…}}` as its last line.
pub struct FinishedReport {
    spool: SpooledTempFile,
    /// The counts.
    pub summary: Summary,
}

impl FinishedReport {
    /// The document in chunks. Must be called inside a tokio runtime.
    pub fn into_stream(mut self) -> ByteStream {
        let (sender, stream) = byte_stream();
        tokio::task::spawn_blocking(move || {
            loop {
                let mut chunk = Vec::new();
                match io::Read::by_ref(&mut self.spool).take(CHUNK).read_to_end(&mut chunk) {
                    Ok(0) => return,
                    Ok(_) if sender.blocking_send(Ok(Bytes::from(chunk))) => {}
                    Ok(_) => return,
                    Err(error) => {
                        sender.blocking_send(Err(Failure::internal(error)));
                        return;
                    }
                }
            }
        });
        stream
    }

    /// Writes the document, for a command line. Blocks.
    pub fn write_to(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.spool.seek(SeekFrom::Start(0))?;
        io::copy(&mut self.spool, out).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fault() -> Fault {
        Fault::new("/name", "required", "is required")
    }

    #[tokio::test]
    async fn bad_rows_come_first_and_the_summary_last() {
        let mut report = Report::new(true);
        report.count(Outcome::Created);
        report.reject(3, Some("x"), &[fault()]).expect("spools");
        report.count(Outcome::Unchanged);
        report.reject(5, None, &[fault()]).expect("spools");
        let finished = report.finish().expect("spools");
        assert_eq!((finished.summary.rows, finished.summary.rejected), (4, 2));
        let document = finished.into_stream().collect().await.expect("reads");
        let lines: Vec<Value> = document
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).expect("JSON"))
            .collect();
        let error = json!([{"pointer": "/name", "code": "required", "detail": "is required"}]);
        assert_eq!(lines[0], json!({"line": 3, "external_id": "x", "errors": error}));
        assert_eq!(lines[1], json!({"line": 5, "errors": error}));
        assert_eq!(lines[2]["summary"]["created"], 1);
        assert_eq!(lines[2]["summary"]["validate_only"], true);
        assert_eq!(lines.len(), 3);
    }

    #[test]
    fn a_long_report_leaves_memory() {
        let mut report = Report::new(false);
        for line in 0..5_000 {
            report.reject(line, None, &[fault()]).expect("spools");
        }
        assert!(report.spool.is_rolled(), "still in memory");
        let mut document = Vec::new();
        report.finish().expect("spools").write_to(&mut document).expect("writes");
        assert_eq!(document.split(|byte| *byte == b'\n').count(), 5_002);
    }
}
