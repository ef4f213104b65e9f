//! A row, whatever it was written in.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use serde_json::{Map, Value};
use vitrine_kernel::{ErrorCode, Failure, Fault};

use crate::cell::read_cell;
use crate::columns::Column;
use crate::csv_records::{Cells, CsvRecords};
use crate::ndjson_lines::NdjsonLines;
use crate::{CellKind, Columns, Format};

/// One row of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The physical line where it starts, from 1; a CSV file's header is line 1.
    pub line: u64,
    /// An object with the members that could be read; `null` when the row as a whole can't be read.
    pub value: Value,
    /// What could not be read. Members with a fault are absent from `value`.
    pub faults: Vec<Fault>,
}

impl Row {
    pub(crate) fn unreadable(line: u64, fault: Fault) -> Self {
        Self { line, value: Value::Null, faults: vec![fault] }
    }

    /// Whether there is anything to look at beside the faults.
    pub fn is_readable(&self) -> bool {
        !self.value.is_null()
    }

    /// A text member, to name the row in a report whatever else is wrong with it.
    pub fn text(&self, member: &str) -> Option<&str> {
        self.value.get(member).and_then(Value::as_str)
    }
}

/// Reads rows from bytes, on the calling thread. In an async program use [`crate::RowStream`].
pub struct RowReader<R> {
    rows: Rows<BufReader<io::Chain<Cursor<Vec<u8>>, R>>>,
}

enum Rows<R> {
    Ndjson(NdjsonLines<R>),
    Csv(Box<CsvRecords<R>>, Vec<Column>),
}

impl<R: Read> RowReader<R> {
    /// Looks at the beginning: a byte order mark is skipped, a CSV header is read.
    ///
    /// Errors: [`ErrorCode::MalformedRequest`] or [`ErrorCode::UnsupportedMediaType`] when the file as a whole can't be read.
    pub fn open(mut input: R, format: Format, columns: &Columns) -> Result<Self, Failure> {
        let mut beginning = Vec::new();
        input.by_ref().take(4).read_to_end(&mut beginning).map_err(|error| broken_off(&error, 1))?;
        refuse_what_is_no_text(&beginning)?;
        let beginning = beginning.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&beginning).to_vec();
        let starts_with = beginning.first().copied();
        let input = BufReader::with_capacity(64 * 1024, Cursor::new(beginning).chain(input));
        let rows = match format {
            Format::Ndjson if starts_with == Some(b'[') => {
                return Err(Failure::new(
                    ErrorCode::MalformedRequest,
                    "The file is a JSON array. NDJSON has one object a line, without brackets and commas around them.",
                ));
            }
            Format::Ndjson => Rows::Ndjson(NdjsonLines::new(input)),
            Format::Csv => {
                let mut records = CsvRecords::new(input);
                let columns = read_header(&mut records, columns)?;
                Rows::Csv(Box::new(records), columns)
            }
        };
        Ok(Self { rows })
    }

    /// The next row and its size in bytes; `None` at the end.
    ///
    /// Errors: the input broke off.
    pub fn next_row(&mut self) -> io::Result<Option<(Row, usize)>> {
        match &mut self.rows {
            Rows::Ndjson(lines) => lines.next_row(),
            Rows::Csv(records, columns) => loop {
                let Some(record) = records.next_record()? else { return Ok(None) };
                let row = match record.cells {
                    Err(fault) => Row::unreadable(record.line, Fault::new("", fault.code(), fault.detail())),
                    // Spreadsheets leave such rows behind.
                    Ok(cells) if cells.iter().all(<[u8]>::is_empty) => continue,
                    Ok(cells) => read_record(record.line, cells, columns),
                };
                return Ok(Some((row, record.bytes)));
            },
        }
    }
}

/// The failure when the bytes end before the file does.
pub(crate) fn broken_off(error: &io::Error, line: u64) -> Failure {
    Failure::new(
        ErrorCode::MalformedRequest,
        format!(
            "The input broke off near line {line}: {error}. Rows before it may have been imported; send the whole file again."
        ),
    )
}

fn refuse_what_is_no_text(beginning: &[u8]) -> Result<(), Failure> {
    let what = match beginning {
        [0x1F, 0x8B, ..] => "compressed with gzip; unpack it first",
        [b'P', b'K', 3, 4] => "a ZIP archive or a spreadsheet; save it as CSV (UTF-8)",
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "UTF-16; save it as UTF-8",
        [0x28, 0xB5, 0x2F, 0xFD] => "compressed with zstd; unpack it first",
        _ => return Ok(()),
    };
    Err(Failure::new(ErrorCode::UnsupportedMediaType, format!("The file is {what}.")))
}

fn read_header<R: BufRead>(records: &mut CsvRecords<R>, columns: &Columns) -> Result<Vec<Column>, Failure> {
    let record = records.next_record().map_err(|error| broken_off(&error, 1))?;
    let Some(record) = record else {
        return Err(Failure::new(
            ErrorCode::MalformedRequest,
            "The CSV file is empty; its first row must name the columns.",
        ));
    };
    match record.cells {
        Ok(cells) => columns.read_header(cells.iter()),
        Err(fault) => Err(Failure::new(
            ErrorCode::MalformedRequest,
            format!("The header row of the CSV file {}.", fault.detail()),
        )),
    }
}

fn read_record(line: u64, cells: Cells<'_>, columns: &[Column]) -> Row {
    if cells.len() != columns.len() {
        let detail = format!("has {} cells; the header has {}", cells.len(), columns.len());
        return Row::unreadable(line, Fault::new("", "wrong_cell_count", detail));
    }
    let currency = columns
        .iter()
        .zip(cells.iter())
        .find(|(column, _)| matches!(column, Column::Known(_, CellKind::Currency)))
        .and_then(|(_, cell)| std::str::from_utf8(cell).ok())
        .map(str::trim)
        .filter(|currency| !currency.is_empty());
    let mut members = Map::new();
    let mut faults = Vec::new();
    for (column, cell) in columns.iter().zip(cells.iter()) {
        if cell.is_empty() {
            continue;
        }
        let (member, key, kind) = match column {
            Column::Known(name, kind) => (*name, None, *kind),
            Column::Prefixed { member, key } => (*member, Some(key), CellKind::Text),
        };
        let read = match std::str::from_utf8(cell) {
            Ok(text) => read_cell(text, kind, currency),
            Err(error) => {
                Err(("invalid_utf8", format!("is not UTF-8 at byte {} of the cell", error.valid_up_to() + 1)))
            }
        };
        match (read, key) {
            (Err((code, detail)), _) => faults.push(Fault::new(pointer_to(member, key), code, detail)),
            (Ok(_), None) if kind == CellKind::Currency => {}
            (Ok(value), None) => set_member(&mut members, member, value),
            (Ok(value), Some(key)) => {
                let object = members.entry(member).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(object) = object {
                    object.insert(key.clone(), value);
                }
            }
        }
    }
    Row { line, value: Value::Object(members), faults }
}

/// An `attributes` column with JSON and `attr.<key>` columns together make one object, whichever comes first; the single
/// columns win.
fn set_member(members: &mut Map<String, Value>, member: &str, value: Value) {
    match (members.get_mut(member), value) {
        (Some(Value::Object(single)), Value::Object(whole)) => {
            for (key, value) in whole {
                single.entry(key).or_insert(value);
            }
        }
        (_, value) => {
            members.insert(member.to_owned(), value);
        }
    }
}

fn pointer_to(member: &str, key: Option<&String>) -> String {
    match key {
        None => format!("/{member}"),
        Some(key) => format!("/{member}/{}", key.replace('~', "~0").replace('/', "~1")),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::Prefixed;

    const COLUMNS: Columns = Columns {
        known: &[
            ("name", CellKind::Text),
            ("tags", CellKind::List),
            ("price", CellKind::Amount),
            ("currency", CellKind::Currency),
            ("active", CellKind::Boolean),
            ("attributes", CellKind::Json),
        ],
        prefixed: Some(Prefixed { prefix: "attr.", member: "attributes" }),
    };

    fn read(input: &[u8], format: Format) -> Result<Vec<Row>, Failure> {
        let mut reader = RowReader::open(input, format, &COLUMNS)?;
        let mut rows = Vec::new();
        while let Some((row, _)) = reader.next_row().expect("reads") {
            rows.push(row);
        }
        Ok(rows)
    }

    #[test]
    fn csv_rows_become_the_objects_that_ndjson_has() {
        let input = "\u{feff}name,tags,attr.a/b,price,currency,attributes,active\r\n\
                     \"TV, 50\"\"\",a|b,red,9.5,EUR,\"{\"\"w\"\": 3, \"\"a/b\"\": 1}\",true\r\n\
                     ,,,,,,\r\n\
                     Lamp,,,,USD,,\r\n";
        let rows = read(input.as_bytes(), Format::Csv).expect("opens");
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
        let wanted = json!({
            "name": "TV, 50\"", "tags": ["a", "b"], "attributes": {"a/b": "red", "w": 3},
            "price": {"amount": "9.5", "currency": "EUR"}, "active": true,
        });
        assert_eq!(rows[0].value, wanted);
        assert_eq!(rows[1].value, json!({"name": "Lamp"}));
    }

    #[test]
    fn all_faulty_cells_of_a_row_are_told() {
        let input = b"name,active,attributes,attr.a/b\n\xff,maybe,{,\xfe\nonly,two\nx,true,,\n";
        let rows = read(input, Format::Csv).expect("opens");
        let found: Vec<_> = rows[0].faults.iter().map(|f| (f.pointer.as_str(), f.code.as_str())).collect();
        assert_eq!(
            found,
            [
                ("/name", "invalid_utf8"),
                ("/active", "wrong_type"),
                ("/attributes", "invalid_json"),
                ("/attributes/a~1b", "invalid_utf8"),
            ]
        );
        assert_eq!((rows[1].line, rows[1].faults[0].code.as_str()), (3, "wrong_cell_count"));
        assert!(rows[2].faults.is_empty());
    }

    #[rstest]
    #[case(b"\x1f\x8b\x08\x00".as_slice(), Format::Ndjson, ErrorCode::UnsupportedMediaType)]
    #[case(b"PK\x03\x04....".as_slice(), Format::Csv, ErrorCode::UnsupportedMediaType)]
    #[case(b"\xff\xfen\0".as_slice(), Format::Csv, ErrorCode::UnsupportedMediaType)]
    #[case(b"[{}]".as_slice(), Format::Ndjson, ErrorCode::MalformedRequest)]
    #[case(b"\n\n".as_slice(), Format::Csv, ErrorCode::MalformedRequest)]
    #[case(b"\"name".as_slice(), Format::Csv, ErrorCode::MalformedRequest)]
    fn files_that_are_no_rows_are_refused(
        #[case] input: &[u8],
        #[case] format: Format,
        #[case] code: ErrorCode,
    ) {
        assert_eq!(read(input, format).expect_err("refused").code(), code);
    }

    #[test]
    fn an_empty_ndjson_file_has_no_rows_and_a_byte_order_mark_is_none() {
        assert_eq!(read(b"", Format::Ndjson).expect("opens"), []);
        let rows = read(b"\xEF\xBB\xBF{\"name\":\"a\"}", Format::Ndjson).expect("opens");
        assert_eq!(rows[0].text("name"), Some("a"));
    }
}
