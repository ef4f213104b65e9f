//! Which columns a CSV file may have, and which members of the JSON row they become.

use vitrine_kernel::suggest::hint;
use vitrine_kernel::{ErrorCode, Failure, Fault};

/// How a cell is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Text, as it stands.
    Text,
    /// Texts divided by `|`; `\|` is a bar inside a text, `\\` a backslash.
    List,
    /// `true` or `false`.
    Boolean,
    /// A number as JSON writes it.
    Number,
    /// Any JSON.
    Json,
    /// A decimal amount; with the row's [`CellKind::Currency`] cell it becomes `{"amount", "currency"}`.
    Amount,
    /// The currency of all amounts of the row; no member of its own.
    Currency,
}

/// Columns that share a beginning: `attr.color`, `attr.size` become the members of one object.
#[derive(Debug, Clone, Copy)]
pub struct Prefixed {
    /// How the columns' names begin: `attr.`.
    pub prefix: &'static str,
    /// The member that holds the object: `attributes`. Cells are text; the module that knows the schema types them.
    pub member: &'static str,
}

/// The columns that rows of one kind may have, in the order in which they are exported.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    /// Name and kind of each.
    pub known: &'static [(&'static str, CellKind)],
    /// Columns by prefix, if there are any.
    pub prefixed: Option<Prefixed>,
}

/// A column of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Column {
    Known(&'static str, CellKind),
    Prefixed { member: &'static str, key: String },
}

impl Columns {
    /// Reads a header row.
    ///
    /// Errors: [`ErrorCode::MalformedRequest`] with a fault for each name that is unknown, empty, not UTF-8 or used twice.
    pub(crate) fn read_header<'a>(
        &self,
        cells: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Vec<Column>, Failure> {
        let mut columns = Vec::new();
        let mut faults = Vec::new();
        for (at, cell) in cells.enumerate() {
            let name = String::from_utf8_lossy(cell);
            let name = name.trim();
            match self.column(name) {
                Some(column) if columns.contains(&column) => {
                    faults.push(Fault::new(name, "duplicate_column", "stands twice in the header"));
                }
                Some(column) => columns.push(column),
                None if name.is_empty() => {
                    let detail = format!("column {} has no name", at + 1);
                    faults.push(Fault::new("", "unknown_column", detail));
                }
                None => faults.push(Fault::new(name, "unknown_column", self.unknown(name))),
            }
        }
        if faults.is_empty() {
            return Ok(columns);
        }
        let detail = "The header row of the CSV file has columns that can't be read; nothing was imported.";
        Err(Failure::new(ErrorCode::MalformedRequest, detail).with_faults(faults))
    }

    fn column(&self, name: &str) -> Option<Column> {
        if let Some(&(name, kind)) = self.known.iter().find(|(known, _)| *known == name) {
            return Some(Column::Known(name, kind));
        }
        let prefixed = self.prefixed?;
        let key = name.strip_prefix(prefixed.prefix).filter(|key| !key.is_empty())?;
        Some(Column::Prefixed { member: prefixed.member, key: key.to_owned() })
    }

    fn unknown(&self, name: &str) -> String {
        if name.contains([';', '\t']) {
            return "is not a known column. Columns must be divided by commas.".to_owned();
        }
        format!("is not a known column. {}", hint(name, self.known.iter().map(|(known, _)| *known)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns {
        known: &[("external_id", CellKind::Text), ("tags", CellKind::List)],
        prefixed: Some(Prefixed { prefix: "attr.", member: "attributes" }),
    };

    fn header(names: &[&str]) -> Result<Vec<Column>, Failure> {
        COLUMNS.read_header(names.iter().map(|name| name.as_bytes()))
    }

    #[test]
    fn columns_are_found_by_name_and_by_prefix() {
        let columns = header(&[" tags ", "attr.Screen size"]).expect("known");
        assert_eq!(columns[0], Column::Known("tags", CellKind::List));
        assert_eq!(columns[1], Column::Prefixed { member: "attributes", key: "Screen size".to_owned() });
    }

    #[test]
    fn all_faults_of_a_header_are_told_at_once() {
        let failure = header(&["external_ids", "tags", "tags", "", "attr.", "a;b"]).expect_err("faulty");
        let found: Vec<_> = failure.faults().iter().map(|f| (f.pointer.as_str(), f.code.as_str())).collect();
        assert_eq!(
            found,
            [
                ("external_ids", "unknown_column"),
                ("tags", "duplicate_column"),
                ("", "unknown_column"),
                ("attr.", "unknown_column"),
                ("a;b", "unknown_column"),
            ]
        );
        assert!(failure.faults()[0].detail.contains("Did you mean `external_id`?"));
        assert!(failure.faults()[4].detail.contains("commas"));
    }
}
