//! The rows that are rejected, and why those are that waited to the end.

use vitrine_bulk::{Report, patiently};
use vitrine_kernel::{Fault, Result};

use super::import::CYCLE;
use crate::store::held::{HeldRow, HeldRows, ImportId, ParentKey};

/// How far up a row's ancestors are followed: more levels than a tree may have.
const MOST_STEPS: usize = 100;

/// Bad rows, gathered to be reported in the order of the file.
#[derive(Default)]
pub(super) struct Rejects(Vec<(u64, Option<String>, Vec<Fault>)>);

impl Rejects {
    /// Notes a row.
    pub(super) fn add(&mut self, line: u64, external_id: Option<&str>, faults: Vec<Fault>) {
        self.0.push((line, external_id.map(str::to_owned), faults));
    }

    /// Writes those gathered so far to the report.
    pub(super) fn report(&mut self, report: &mut Report) -> Result<()> {
        self.0.sort_by_key(|(line, ..)| *line);
        self.0.drain(..).try_for_each(|(line, id, faults)| report.reject(line, id.as_deref(), &faults))
    }
}

/// A later row has the same external id.
pub(super) fn superseded() -> Fault {
    Fault::new("/external_id", "superseded", "a later row has the same external id; that one was used")
}

/// There is no such parent.
pub(super) fn unknown_parent(parent: &ParentKey) -> Fault {
    let detail = format!("there is no category `{}`, neither here nor in the file", parent.name());
    Fault::new(parent.pointer(), "unknown_parent", detail)
}

/// Follows the row's ancestors among the rows that wait: to one that is nowhere, or round in a circle.
pub(super) async fn reason(held: &dyn HeldRows, import: ImportId, row: &HeldRow) -> Result<Fault> {
    let mut above = row.parent.clone();
    let own = row.external_id.as_deref().map(ParentKey::external_id);
    for step in 0..MOST_STEPS {
        if own.as_ref() == Some(&above) {
            let detail = "the row would be its own ancestor";
            return Ok(Fault::new(row.parent.pointer(), CYCLE, detail));
        }
        let name = above.name().to_owned();
        let next = patiently(|| held.with_external_ids(import, vec![name.clone()])).await?;
        match next.into_iter().next() {
            Some(parent) => above = parent.parent,
            None if step == 0 => return Ok(unknown_parent(&above)),
            None => {
                let detail = format!(
                    "its parent `{}` was not imported: there is no category `{}` above it",
                    row.parent.name(),
                    above.name()
                );
                return Ok(Fault::new(row.parent.pointer(), "unknown_parent", detail));
            }
        }
    }
    let detail = format!("its parent `{}` was not imported: it has a circle above it", row.parent.name());
    Ok(Fault::new(row.parent.pointer(), "unknown_parent", detail))
}
