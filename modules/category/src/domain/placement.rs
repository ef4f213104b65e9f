//! Where a category shall move.

use serde_json::Value;
use vitrine_kernel::{CategoryId, Failure, Fault, ObjectReader};

/// The body of a move: `{"parent_id": id | null, "before"?: id, "after"?: id}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The parent, where it is said: `Some(None)` makes it a root. If it isn't said, it is that of the sibling named.
    pub parent_id: Option<Option<CategoryId>>,
    /// The sibling that shall follow it.
    pub before: Option<CategoryId>,
    /// The sibling that it shall follow. Without either it becomes the last child.
    pub after: Option<CategoryId>,
}

impl Destination {
    /// To the end of a parent's children, or of the roots.
    pub const fn last_below(parent_id: Option<CategoryId>) -> Self {
        Self { parent_id: Some(parent_id), before: None, after: None }
    }

    /// Reads a body.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::Validation`] with every fault.
    pub fn parse(body: &Value) -> Result<Self, Failure> {
        let mut faults = Vec::new();
        let mut reader = ObjectReader::new(body, "", &mut faults);
        let said = reader.has("parent_id");
        let parent_id =
            reader.parsed("parent_id", "the id of a category (a UUID), or null", |id| id.parse().ok());
        let before = reader.parsed("before", "the id of a category (a UUID)", |id| id.parse().ok());
        let after = reader.parsed("after", "the id of a category (a UUID)", |id| id.parse().ok());
        if body.is_object() && !said && !reader.has("before") && !reader.has("after") {
            reader.fault(
                "parent_id",
                "required",
                "is required (null for the top) unless `before` or `after` is given",
            );
        }
        reader.finish(&[]);
        if !faults.is_empty() {
            return Err(Failure::validation(faults));
        }
        Ok(Self { parent_id: said.then_some(parent_id), before, after })
    }
}

/// What a move would do, or has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovePlan {
    /// The category that moves.
    pub moved: CategoryId,
    /// Where it is.
    pub from: Spot,
    /// Where it goes.
    pub to: Spot,
    /// How many categories go with it.
    pub descendants: u64,
}

/// A place as people count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// `None` at the top.
    pub parent_id: Option<CategoryId>,
    /// 0 for the first of the siblings.
    pub position: u64,
}

/// The fault of an anchor that is not a child of the parent.
pub fn not_a_sibling(name: &str) -> Fault {
    Fault::new(
        format!("/{name}"),
        "not_a_sibling",
        "must be a child of the parent that the category moves to, and not the category itself",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_top_and_no_parent_said_are_not_the_same() {
        let anchor = CategoryId::generate();
        assert_eq!(
            Destination::parse(&json!({"parent_id": null})).expect("good"),
            Destination::last_below(None)
        );
        let beside = Destination::parse(&json!({"before": anchor})).expect("good");
        assert_eq!((beside.parent_id, beside.before), (None, Some(anchor)));
    }

    #[test]
    fn every_fault_is_found() {
        let faults = |body: Value| -> Vec<(String, String)> {
            let failure = Destination::parse(&body).expect_err("faulty");
            failure.faults().iter().map(|fault| (fault.pointer.clone(), fault.code.clone())).collect()
        };
        let owned = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
        assert_eq!(faults(json!({})), [owned("/parent_id", "required")]);
        assert_eq!(
            faults(json!({"parent_id": 7, "before": "x", "rank": 1})),
            [
                owned("/parent_id", "invalid_value"),
                owned("/before", "invalid_value"),
                owned("/rank", "unknown_field")
            ]
        );
        assert_eq!(faults(json!("x")), [owned("", "wrong_type")]);
    }
}
