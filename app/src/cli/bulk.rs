//! What `import` and `export` have in common.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use serde::Deserialize;
use vitrine_bulk::{Format, Summary};
use vitrine_kernel::Fault;

/// What is imported or exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The tree
    Categories,
    /// The products with their variants
    Products,
}

impl Kind {
    /// The name in paths and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Categories => "categories",
            Self::Products => "products",
        }
    }
}

/// How rows are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    /// One JSON object a line
    Ndjson,
    /// RFC 4180 with a header row
    Csv,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Ndjson => Self::Ndjson,
            FormatName::Csv => Self::Csv,
        }
    }
}

/// A running server to work through, instead of opening the database.
#[derive(Debug, Args)]
pub struct ServerArguments {
    /// Works through the API of a running server, such as `http://127.0.0.1:8080`, instead of opening the database
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// The API key for --server
    #[arg(long, env = "VITRINE_TOKEN", hide_env_values = true, value_name = "KEY")]
    pub token: Option<String>,
}

/// The format that was asked for, or that the file's name says, or NDJSON.
pub fn format_of(asked: Option<FormatName>, file: Option<&Path>) -> Format {
    asked.map(Format::from).or_else(|| file.and_then(Format::from_path)).unwrap_or(Format::Ndjson)
}

/// A line of an import's report.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Last { summary: Summary },
    BadRow { line: u64, external_id: Option<String>, errors: Vec<Fault> },
}

/// Turns the report of an import, NDJSON as it arrives, into lines for people.
pub struct ReportPrinter<W> {
    out: W,
    unfinished: Vec<u8>,
    summary: Option<Summary>,
}

impl<W: Write> ReportPrinter<W> {
    /// A printer of bad rows.
    pub fn new(out: W) -> Self {
        Self { out, unfinished: Vec::new(), summary: None }
    }

    /// The counts, which come last.
    ///
    /// Errors: the report broke off before them.
    pub fn finish(self) -> anyhow::Result<Summary> {
        self.summary.context("the report broke off: some rows may have been imported; run the import again")
    }

    fn print(&mut self, line: &[u8]) -> std::io::Result<()> {
        match serde_json::from_slice(line)? {
            Line::Last { summary } => self.summary = Some(summary),
            Line::BadRow { line, external_id, errors } => {
                let name = external_id.map(|id| format!(" ({id})")).unwrap_or_default();
                for Fault { pointer, detail, .. } in errors {
                    writeln!(self.out, "line {line}{name}: {pointer} {detail}")?;
                }
            }
        }
        Ok(())
    }
}

impl<W: Write> Write for ReportPrinter<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.unfinished.extend_from_slice(bytes);
        while let Some(end) = self.unfinished.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.unfinished.drain(..=end).collect();
            if !line.trim_ascii().is_empty() {
                self.print(&line)?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// The counts in a sentence.
pub fn sentence(kind: Kind, summary: &Summary) -> String {
    let rehearsal = if summary.validate_only { "rehearsal, nothing was written: " } else { "" };
    format!(
        "{rehearsal}{} {} read: {} new, {} changed, {} as they were, {} refused ({:.1} s)",
        summary.rows,
        kind.name(),
        summary.created,
        summary.updated,
        summary.unchanged,
        summary.rejected,
        summary.seconds,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_printed_whatever_pieces_it_comes_in() {
        let report = concat!(
            r#"{"line":3,"external_id":"x","errors":[{"pointer":"/name","code":"required","detail":"is required"},"#,
            r#"{"pointer":"/slug","code":"invalid_slug","detail":"is no slug"}]}"#,
            "\n",
            r#"{"summary":{"rows":4,"created":1,"updated":2,"unchanged":0,"rejected":1,"validate_only":false,"seconds":0.5}}"#,
            "\n"
        );
        for size in [1, 7, 1000] {
            let mut out = Vec::new();
            let mut printer = ReportPrinter::new(&mut out);
            for piece in report.as_bytes().chunks(size) {
                printer.write_all(piece).expect("writes");
            }
            let summary = printer.finish().expect("complete");
            assert_eq!(
                sentence(Kind::Products, &summary),
                "4 products read: 1 new, 2 changed, 0 as they were, 1 refused (0.5 s)"
            );
            let text = String::from_utf8(out).expect("UTF-8");
            assert_eq!(text, "line 3 (x): /name is required\nline 3 (x): /slug is no slug\n");
        }
    }

    #[test]
    fn a_report_that_broke_off_is_no_success() {
        let mut printer = ReportPrinter::new(Vec::new());
        printer.write_all(b"{\"line\":1,\"errors\":[]}\n{\"summ").expect("writes");
        assert!(printer.finish().is_err());
    }

    #[test]
    fn the_format_is_what_was_asked_for_or_what_the_name_says() {
        assert_eq!(format_of(None, None), Format::Ndjson);
        assert_eq!(format_of(None, Some(Path::new("a.csv"))), Format::Csv);
        assert_eq!(format_of(Some(FormatName::Ndjson), Some(Path::new("a.csv"))), Format::Ndjson);
    }
}
