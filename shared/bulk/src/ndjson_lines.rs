//! NDJSON: one value a line.

use std::io::{self, BufRead};

use serde_json::Value;
use vitrine_kernel::Fault;

use crate::{MAX_ROW_BYTES, Row};

/// How deeply arrays and objects may be nested in a row, as in every body of the API.
const MAX_DEPTH: usize = 64;

/// Reads line by line. A line longer than [`MAX_ROW_BYTES`] is skipped without keeping it.
pub(crate) struct NdjsonLines<R> {
    input: R,
    line: u64,
    bytes: Vec<u8>,
}

impl<R: BufRead> NdjsonLines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, line: 0, bytes: Vec::new() }
    }

    /// The next row and how many bytes it had; lines of white space don't count.
    pub(crate) fn next_row(&mut self) -> io::Result<Option<(Row, usize)>> {
        loop {
            self.bytes.clear();
            // One byte more than allowed tells a line that is too long, one more is its line break.
            let most = MAX_ROW_BYTES as u64 + 2;
            let mut limited = io::Read::take(&mut self.input, most);
            if limited.read_until(b'\n', &mut self.bytes)? == 0 {
                return Ok(None);
            }
            self.line += 1;
            let ended = self.bytes.last() == Some(&b'\n');
            let line = self.bytes.trim_ascii();
            if line.len() > MAX_ROW_BYTES || (self.bytes.len() as u64 == most && !ended) {
                if !ended {
                    self.input.skip_until(b'\n')?;
                }
                let row = Row::unreadable(
                    self.line,
                    Fault::new("", "row_too_long", format!("is longer than {MAX_ROW_BYTES} bytes")),
                );
                return Ok(Some((row, 0)));
            }
            if !line.is_empty() {
                return Ok(Some((parse(self.line, line), line.len())));
            }
        }
    }
}

fn parse(line: u64, bytes: &[u8]) -> Row {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let detail = format!("is not UTF-8 at byte {}", error.valid_up_to() + 1);
            return Row::unreadable(line, Fault::new("", "invalid_utf8", detail));
        }
    };
    match serde_json::from_str::<Value>(text) {
        Ok(value) if is_deeper_than(&value, MAX_DEPTH) => {
            let detail = format!("is nested deeper than {MAX_DEPTH} levels");
            Row::unreadable(line, Fault::new("", "too_deep", detail))
        }
        Ok(value @ Value::Object(_)) => Row { line, value, faults: Vec::new() },
        Ok(other) => {
            let detail = format!("must be an object, not {}", vitrine_kernel::input::type_name(&other));
            Row::unreadable(line, Fault::new("", "wrong_type", detail))
        }
        Err(error) => {
            // serde_json counts lines within what it was given, which is one line.
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            let detail = format!("is not valid JSON at column {}: {reason}", error.column());
            Row::unreadable(line, Fault::new("", "invalid_json", detail))
        }
    }
}

fn is_deeper_than(value: &Value, depth: usize) -> bool {
    let inner = |value: &Value| depth == 0 || is_deeper_than(value, depth - 1);
    match value {
        Value::Array(items) => depth == 0 || items.iter().any(inner),
        Value::Object(members) => depth == 0 || members.values().any(inner),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(input: &[u8]) -> Vec<Row> {
        let mut lines = NdjsonLines::new(input);
        std::iter::from_fn(|| lines.next_row().expect("reads").map(|(row, _)| row)).collect()
    }

    fn codes(rows: &[Row]) -> Vec<(u64, &str)> {
        rows.iter()
            .map(|row| (row.line, row.faults.first().map_or("", |fault| fault.code.as_str())))
            .collect()
    }

    #[test]
    fn a_bad_line_spoils_no_other() {
        let rows = read(b"{\"a\":1}\n\n  \r\n{\"a\":\n[1]\n{\"a\":\"\xff\"}\r\n{\"a\":2}");
        assert_eq!(
            codes(&rows),
            [(1, ""), (4, "invalid_json"), (5, "wrong_type"), (6, "invalid_utf8"), (7, "")]
        );
        assert_eq!(rows[4].value, json!({"a": 2}));
    }

    #[test]
    fn huge_lines_are_faults_and_the_next_line_is_read() {
        let fits = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_ROW_BYTES - 8));
        assert_eq!(fits.len(), MAX_ROW_BYTES);
        let one_more = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_ROW_BYTES - 7));
        let endless = "y".repeat(3 * MAX_ROW_BYTES);
        let rows = read(format!("{fits}\r\n{one_more}\n{endless}\n{{}}\n{endless}").as_bytes());
        assert_eq!(
            codes(&rows),
            [(1, ""), (2, "row_too_long"), (3, "row_too_long"), (4, ""), (5, "row_too_long")]
        );
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}\n", "[".repeat(depth - 1), "]".repeat(depth - 1));
        let rows = read(format!("{}{}{}", nested(64), nested(65), nested(5000)).as_bytes());
        assert_eq!(codes(&rows), [(1, ""), (2, "too_deep"), (3, "invalid_json")]);
    }
}
