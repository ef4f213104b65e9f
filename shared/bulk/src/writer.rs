//! Rows on their way out.

use bytes::Bytes;
use serde_json::Value;
use vitrine_kernel::Failure;

use crate::cell::write_cell;
use crate::{CellKind, Columns, Format};

/// Chunks of about this size travel well.
const CHUNK: usize = 64 * 1024;

/// Renders rows in a format. What it writes, [`crate::RowReader`] reads back with the same columns.
pub struct RowWriter {
    format: Format,
    columns: Vec<(String, CellKind)>,
    /// The member that shows the currency of all amounts.
    currency_of: Vec<&'static str>,
    buffer: Vec<u8>,
}

impl RowWriter {
    /// A writer; a CSV file gets its header at once. `prefixed` are the names of the columns by prefix (`attr.color`).
    pub fn new(format: Format, columns: &Columns, prefixed: Vec<String>) -> Self {
        let mut writer = Self {
            format,
            columns: columns
                .known
                .iter()
                .map(|(name, kind)| ((*name).to_owned(), *kind))
                .chain(prefixed.into_iter().map(|name| (name, CellKind::Text)))
                .collect(),
            currency_of: columns
                .known
                .iter()
                .filter(|(_, kind)| *kind == CellKind::Amount)
                .map(|(name, _)| *name)
                .collect(),
            buffer: Vec::new(),
        };
        if format == Format::Csv {
            let names: Vec<String> = writer.columns.iter().map(|(name, _)| name.clone()).collect();
            write_record(&mut writer.buffer, &names);
        }
        writer
    }

    /// Adds a row: a JSON object. In CSV, each column shows the member of its name (columns by prefix: `"attr.color"`);
    /// members without a column are not shown.
    ///
    /// Errors: none that a JSON object could cause.
    pub fn write(&mut self, row: &Value) -> Result<(), Failure> {
        match self.format {
            Format::Ndjson => {
                serde_json::to_writer(&mut self.buffer, row).map_err(Failure::internal)?;
                self.buffer.push(b'\n');
            }
            Format::Csv => {
                let cells: Vec<String> =
                    self.columns.iter().map(|(name, kind)| self.cell(row, name, *kind)).collect();
                write_record(&mut self.buffer, &cells);
            }
        }
        Ok(())
    }

    fn cell(&self, row: &Value, name: &str, kind: CellKind) -> String {
        if kind == CellKind::Currency {
            let amount = self.currency_of.iter().find_map(|name| row.get(name));
            return amount.map(|amount| write_cell(amount, kind)).unwrap_or_default();
        }
        row.get(name).map(|value| write_cell(value, kind)).unwrap_or_default()
    }

    /// A chunk, once there is enough for one.
    pub fn take_full_chunk(&mut self) -> Option<Bytes> {
        (self.buffer.len() >= CHUNK).then(|| self.take_rest())
    }

    /// Everything not taken yet; may be empty.
    pub fn take_rest(&mut self) -> Bytes {
        Bytes::from(std::mem::take(&mut self.buffer))
    }
}

fn write_record(out: &mut Vec<u8>, cells: &[String]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        // A record of one empty cell would be an empty line, which is no record.
        if cell.contains(['"', ',', '\r', '\n']) || cells.len() == 1 {
            out.push(b'"');
            out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::*;
    use crate::{Prefixed, Row, RowReader};

    const COLUMNS: Columns = Columns {
        known: &[
            ("name", CellKind::Text),
            ("tags", CellKind::List),
            ("price", CellKind::Amount),
            ("compare_at_price", CellKind::Amount),
            ("currency", CellKind::Currency),
            ("active", CellKind::Boolean),
            ("rank", CellKind::Number),
            ("metadata", CellKind::Json),
        ],
        prefixed: Some(Prefixed { prefix: "attr.", member: "attributes" }),
    };

    fn round_trip(format: Format, rows: &[Value]) -> Vec<Row> {
        let mut writer = RowWriter::new(format, &COLUMNS, Vec::new());
        for row in rows {
            writer.write(row).expect("writes");
        }
        let document = writer.take_rest();
        let mut reader = RowReader::open(document.as_ref(), format, &COLUMNS).expect("opens");
        std::iter::from_fn(|| reader.next_row().expect("reads").map(|(row, _)| row)).collect()
    }

    #[test]
    fn columns_by_prefix_are_written_flat_and_read_as_one_object() {
        let mut writer = RowWriter::new(Format::Csv, &COLUMNS, vec!["attr.color".to_owned()]);
        writer.write(&json!({"name": "a", "attr.color": "light, blue"})).expect("writes");
        let document = writer.take_rest();
        assert!(document.ends_with(b"a,,,,,,,,\"light, blue\"\r\n"), "{document:?}");
        let mut reader = RowReader::open(document.as_ref(), Format::Csv, &COLUMNS).expect("opens");
        let (row, _) = reader.next_row().expect("reads").expect("a row");
        assert_eq!(row.value, json!({"name": "a", "attributes": {"color": "light, blue"}}));
    }

    fn odd_text() -> impl Strategy<Value = String> {
        prop_oneof!["[a-c\"',|;\\\\\r\n \t=é€𝄞]{1,8}", "\\PC{1,12}"]
    }

    fn row() -> impl Strategy<Value = Value> {
        let money = "[0-9]{1,5}(\\.[0-9]{2})?";
        (
            odd_text(),
            proptest::option::of(proptest::collection::vec(odd_text(), 1..4)),
            proptest::option::of((money, money)),
            proptest::option::of(any::<bool>()),
            proptest::option::of(any::<i64>()),
            proptest::option::of(odd_text()),
        )
            .prop_map(|(name, tags, amounts, active, rank, metadata)| {
                let mut row = Map::new();
                row.insert("name".to_owned(), json!(name));
                if let Some(tags) = tags {
                    row.insert("tags".to_owned(), json!(tags));
                }
                if let Some((price, before)) = amounts {
                    row.insert("price".to_owned(), json!({"amount": price, "currency": "EUR"}));
                    row.insert("compare_at_price".to_owned(), json!({"amount": before, "currency": "EUR"}));
                }
                if let Some(active) = active {
                    row.insert("active".to_owned(), json!(active));
                }
                if let Some(rank) = rank {
                    row.insert("rank".to_owned(), json!(rank));
                }
                if let Some(text) = metadata {
                    row.insert("metadata".to_owned(), json!({"note": text, "list": [1, null]}));
                }
                Value::Object(row)
            })
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(rows in proptest::collection::vec(row(), 1..6)) {
            for format in [Format::Ndjson, Format::Csv] {
                let read = round_trip(format, &rows);
                prop_assert!(read.iter().all(|row| row.faults.is_empty()));
                let values: Vec<Value> = read.into_iter().map(|row| row.value).collect();
                prop_assert_eq!(&values, &rows);
            }
        }
    }
}
