//! CSV: records of cells, at most [`MAX_ROW_BYTES`] each.
//!
//! csv-core divides the bytes; this keeps count of physical lines and throws away what is too long, so that a quote nobody
//! closed costs one row's memory and not the file's.

use std::io::{self, BufRead};

use csv_core::ReadRecordResult;

use crate::MAX_ROW_BYTES;

const MAX_CELLS: usize = 2_000;

pub(crate) struct CsvRecords<R> {
    input: R,
    core: csv_core::Reader,
    /// The physical line that is read next, from 1.
    line: u64,
    cells: Vec<u8>,
    ends: Vec<usize>,
}

/// A record, and the physical line where it starts.
pub(crate) struct Record<'a> {
    pub(crate) line: u64,
    pub(crate) bytes: usize,
    pub(crate) cells: Result<Cells<'a>, Unreadable>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    TooLong,
    TooManyCells,
    UnclosedQuote,
}

impl Unreadable {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "row_too_long",
            Self::TooManyCells => "too_many_cells",
            Self::UnclosedQuote => "unclosed_quote",
        }
    }

    pub(crate) fn detail(self) -> String {
        match self {
            Self::TooLong => format!("is longer than {MAX_ROW_BYTES} bytes; a quote may be missing"),
            Self::TooManyCells => format!("has more than {MAX_CELLS} cells"),
            Self::UnclosedQuote => "has a quoted cell that does not end before the file does".to_owned(),
        }
    }
}

/// The cells of one record.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Cells<'a> {
    pub(crate) fn len(self) -> usize {
        self.ends.len()
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let cell = self.bytes.get(start..end).unwrap_or_default();
            start = end;
            cell
        })
    }
}

impl<R: BufRead> CsvRecords<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, core: csv_core::Reader::new(), line: 1, cells: vec![0; 4096], ends: vec![0; 64] }
    }

    /// The next record; empty lines are no records.
    pub(crate) fn next_record(&mut self) -> io::Result<Option<Record<'_>>> {
        if !self.skip_line_breaks()? {
            return Ok(None);
        }
        let line = self.line;
        let (mut written, mut ended, mut bytes) = (0, 0, 0);
        let mut fault = None;
        loop {
            let input = self.input.fill_buf()?;
            let at_end = input.is_empty();
            // At the end of the file a line break ends any record but one inside quotes.
            let input = if at_end { b"\n" } else { input };
            let cells = self.cells.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(ended..).unwrap_or_default();
            let (result, read, wrote, made) = self.core.read_record(input, cells, ends);
            let breaks = line_breaks(input.get(..read).unwrap_or_default());
            if !at_end {
                self.line += breaks;
                self.input.consume(read);
                bytes += read;
            }
            written += wrote;
            ended += made;
            match result {
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::InputEmpty if at_end => {
                    fault.get_or_insert(Unreadable::UnclosedQuote);
                    break;
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if written < MAX_ROW_BYTES => {
                    self.cells.resize((self.cells.len() * 2).min(MAX_ROW_BYTES), 0);
                }
                ReadRecordResult::OutputFull => {
                    fault.get_or_insert(Unreadable::TooLong);
                    written = 0;
                }
                ReadRecordResult::OutputEndsFull if ended < MAX_CELLS => {
                    self.ends.resize((self.ends.len() * 2).min(MAX_CELLS), 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    fault.get_or_insert(Unreadable::TooManyCells);
                    ended = 0;
                }
            }
        }
        let cells = match fault {
            Some(fault) => Err(fault),
            None => Ok(Cells {
                bytes: self.cells.get(..written).unwrap_or_default(),
                ends: self.ends.get(..ended).unwrap_or_default(),
            }),
        };
        Ok(Some(Record { line, bytes, cells }))
    }

    /// Goes to the first byte of the next record; `false` at the end of the file.
    fn skip_line_breaks(&mut self) -> io::Result<bool> {
        loop {
            let input = self.input.fill_buf()?;
            if input.is_empty() {
                return Ok(false);
            }
            let count = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let breaks = line_breaks(input.get(..count).unwrap_or_default());
            let found = count < input.len();
            self.line += breaks;
            self.input.consume(count);
            if found {
                return Ok(true);
            }
        }
    }
}

/// A quick count would need a crate; dividing the cells costs more than this anyway.
#[expect(clippy::naive_bytecount, reason = "not where the time goes")]
fn line_breaks(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use rstest::rstest;

    use super::*;

    type Read = Vec<(u64, Result<Vec<String>, Unreadable>)>;

    fn read(input: &[u8], buffer: usize) -> Read {
        let mut records = CsvRecords::new(BufReader::with_capacity(buffer, input));
        let mut all = Vec::new();
        while let Some(record) = records.next_record().expect("reads") {
            let cells = record
                .cells
                .map(|cells| cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
            all.push((record.line, cells));
        }
        all
    }

    fn good(line: u64, cells: &[&str]) -> (u64, Result<Vec<String>, Unreadable>) {
        (line, Ok(cells.iter().map(|cell| (*cell).to_owned()).collect()))
    }

    #[rstest]
    fn lines_are_physical_and_quotes_hold_line_breaks(#[values(1, 2, 3, 7, 4096)] buffer: usize) {
        let input = b"a,b\r\n\r\n\"1\n2\r\n\",\"say \"\"hi\"\"\"\r\n\n5\" screen,x\n,\nlast,\"q\"";
        let wanted = [
            good(1, &["a", "b"]),
            good(3, &["1\n2\r\n", "say \"hi\""]),
            good(7, &["5\" screen", "x"]),
            good(8, &["", ""]),
            good(9, &["last", "q"]),
        ];
        assert_eq!(read(input, buffer), wanted);
    }

    #[rstest]
    fn what_is_too_long_is_skipped_and_reading_goes_on(#[values(1000, 65_536)] buffer: usize) {
        let long = "x".repeat(2 * MAX_ROW_BYTES);
        let many = ",".repeat(3 * MAX_CELLS);
        let input = format!("a\n\"{long}\n\"\n{many}\nb,c\n");
        let wanted = [
            good(1, &["a"]),
            (2, Err(Unreadable::TooLong)),
            (4, Err(Unreadable::TooManyCells)),
            good(5, &["b", "c"]),
        ];
        assert_eq!(read(input.as_bytes(), buffer), wanted);
    }

    #[test]
    fn an_unclosed_quote_is_told() {
        assert_eq!(read(b"a\n\"b\nc\nd", 64), [good(1, &["a"]), (2, Err(Unreadable::UnclosedQuote))]);
        assert_eq!(read(b"a\n\"b\"\"", 64), [good(1, &["a"]), (2, Err(Unreadable::UnclosedQuote))]);
        assert_eq!(read(b"a\n\"\"", 64), [good(1, &["a"]), good(2, &[""])]);
    }
}
