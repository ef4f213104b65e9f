//! The answer to a batch: one item for each operation.

use serde_json::{Map, Value, json};
use vitrine_db::StoredAnswer;
use vitrine_kernel::{ErrorCode, Failure, Fault, ProductId, Version};
use vitrine_web::Problem;

use super::operation::Name;
use crate::service::BatchOptions;
use crate::store::{OnError, Outcome, WriteReport};

/// Failed dependency (RFC 4918): it was fine, and was undone with the others.
const UNDONE: u16 = 424;

/// The answer, as it is sent and kept for the idempotency key.
pub(super) fn render(report: &WriteReport, names: &[Name], options: BatchOptions) -> StoredAnswer {
    let rejected = report.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Rejected(_)));
    let is_aborted = rejected && options.on_error == OnError::Abort;
    let mut faults = Vec::new();
    let mut items = Vec::with_capacity(report.outcomes.len());
    for (index, (outcome, name)) in report.outcomes.iter().zip(names).enumerate() {
        items.push(item(index, outcome, *name, is_aborted, &mut faults));
    }
    if is_aborted {
        return aborted(faults, items);
    }
    let body = json!({"committed": report.committed, "validate_only": options.validate_only, "items": items});
    answer(200, "application/json", &body)
}

fn item(index: usize, outcome: &Outcome, name: Name, is_aborted: bool, faults: &mut Vec<Fault>) -> Value {
    let mut item = Map::new();
    item.insert("index".to_owned(), json!(index));
    item.insert("op".to_owned(), json!(name.op));
    let (status, product) = match outcome {
        Outcome::Created(product) => (201, Some((product.id, product.version))),
        Outcome::Updated(product) | Outcome::Unchanged(product) | Outcome::Restored(product) => {
            (200, Some((product.id, product.version)))
        }
        Outcome::Deleted(id, version) => (204, Some((*id, *version))),
        Outcome::Rejected(failure) => {
            let problem = Problem::from(pointing_into_the_body(failure, index, name));
            if problem.failure().faults().is_empty() {
                let detail = problem.failure().detail();
                faults.push(Fault::new(format!("/operations/{index}"), problem.code().slug(), detail));
            }
            faults.extend(problem.failure().faults().iter().cloned());
            let problem = problem.members();
            item.extend(problem.get("status").map(|status| ("status".to_owned(), status.clone())));
            item.insert("error".to_owned(), Value::Object(problem));
            return Value::Object(item);
        }
    };
    if is_aborted {
        item.insert("status".to_owned(), json!(UNDONE));
        return Value::Object(item);
    }
    item.insert("status".to_owned(), json!(status));
    item.extend(product.into_iter().flat_map(written));
    Value::Object(item)
}

fn written((id, version): (ProductId, Version)) -> [(String, Value); 2] {
    [("id".to_owned(), json!(id)), ("version".to_owned(), json!(version))]
}

/// Faults of a product point into the operation that has it.
fn pointing_into_the_body(failure: &Failure, index: usize, name: Name) -> Failure {
    let Some(content) = name.content else { return failure.clone() };
    let move_in = |fault: &Fault| Fault {
        pointer: format!("/operations/{index}/{content}{}", fault.pointer),
        ..fault.clone()
    };
    failure.clone().with_faults(failure.faults().iter().map(move_in).collect())
}

fn aborted(faults: Vec<Fault>, items: Vec<Value>) -> StoredAnswer {
    let detail = "Nothing was written, because operations failed: `items` has an answer for each.";
    let mut body = Problem::from(Failure::new(ErrorCode::Validation, detail).with_faults(faults)).members();
    body.insert("committed".to_owned(), json!(false));
    body.insert("items".to_owned(), Value::Array(items));
    answer(422, "application/problem+json", &Value::Object(body))
}

fn answer(status: u16, content_type: &str, body: &Value) -> StoredAnswer {
    StoredAnswer {
        status,
        headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
        body: body.to_string().into_bytes(),
    }
}
