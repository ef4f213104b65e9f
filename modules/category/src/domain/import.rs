//! Rows of an import: upserts by the owner's id.

use serde_json::Value;
use vitrine_kernel::{CategoryId, Fault, ObjectReader, Slug};

use super::NewCategory;
use super::fields::SERVER_OWNED;

/// How a row names its parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParentRef {
    /// Not at all: a new category becomes a root, one that exists stays where it is.
    Unsaid,
    /// The top.
    Root,
    /// By id.
    Id(CategoryId),
    /// By the owner's id.
    ExternalId(String),
    /// By slug.
    Slug(Slug),
}

/// A row: the fields of a body with `parent_external_id` (or `parent_slug`, or `parent_id`) beside them. It meets the
/// category with its `external_id`, or with its `slug` if it has no `external_id`.
#[derive(Debug, Clone, PartialEq)]
pub struct UpsertCategory {
    /// The fields; those that the row doesn't have are at their defaults. `parent_id` is not used.
    pub fields: NewCategory,
    /// The members that the row has: the others of a category that exists stay as they are.
    pub given: Vec<String>,
    /// The parent.
    pub parent: ParentRef,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpsertOutcome {
    /// A new category.
    Created(CategoryId),
    /// A category that has changed.
    Updated(CategoryId),
    /// A category that was like this before: no new version, no event.
    Unchanged(CategoryId),
    /// Nothing was written, for these reasons.
    Rejected(Vec<Fault>),
    /// Nothing was written: there is no such parent, yet.
    ParentUnknown,
}

impl UpsertCategory {
    /// Reads a row.
    ///
    /// Errors: every fault of it.
    pub fn parse(row: &Value) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut reader = ObjectReader::new(row, "", &mut faults);
        let fields = NewCategory::read(&mut reader);
        let parent = read_parent(&mut reader, fields.as_ref().and_then(|fields| fields.parent_id));
        reader.finish(&SERVER_OWNED);
        match fields {
            Some(fields) if faults.is_empty() => {
                let given = row.as_object().map(|row| row.keys().cloned().collect()).unwrap_or_default();
                Ok(Self { fields, given, parent })
            }
            Some(_) | None => Err(faults),
        }
    }

    /// Whether the row has this member.
    pub fn gives(&self, name: &str) -> bool {
        self.given.iter().any(|given| given == name)
    }
}

fn read_parent(reader: &mut ObjectReader<'_>, parent_id: Option<CategoryId>) -> ParentRef {
    let names = ["parent_external_id", "parent_slug", "parent_id"];
    let external_id = reader.line("parent_external_id", 200).filter(|id| !id.is_empty());
    let slug = reader.slug("parent_slug");
    let said = names.into_iter().any(|name| reader.has(name));
    match (external_id, slug, parent_id) {
        // An export names a parent in every way it can; the owner's id is what other systems know.
        (Some(id), _, _) => ParentRef::ExternalId(id),
        (None, Some(slug), _) => ParentRef::Slug(slug),
        (None, None, Some(id)) => ParentRef::Id(id),
        (None, None, None) if said => ParentRef::Root,
        (None, None, None) => ParentRef::Unsaid,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!({"name": "A"}), ParentRef::Unsaid)]
    #[case(json!({"name": "A", "parent_external_id": null}), ParentRef::Root)]
    #[case(json!({"name": "A", "parent_external_id": "p"}), ParentRef::ExternalId("p".to_owned()))]
    #[case(json!({"name": "A", "parent_slug": "p"}), ParentRef::Slug(Slug::parse("p").expect("a slug")))]
    #[case(json!({"name": "A", "parent_external_id": "p", "parent_slug": "q"}), ParentRef::ExternalId("p".to_owned()))]
    fn a_parent_is_named_in_several_ways(#[case] row: Value, #[case] wanted: ParentRef) {
        assert_eq!(UpsertCategory::parse(&row).expect("good").parent, wanted);
    }

    #[test]
    fn a_row_tells_which_members_it_has() {
        let row = UpsertCategory::parse(&json!({"name": "A", "description": null})).expect("good");
        assert!(row.gives("description") && !row.gives("status"));
        let faults = UpsertCategory::parse(&json!({"nam": "A", "version": 2})).expect_err("faulty");
        let found: Vec<_> =
            faults.iter().map(|fault| (fault.pointer.as_str(), fault.code.as_str())).collect();
        assert_eq!(found, [("/name", "required"), ("/nam", "unknown_field"), ("/version", "server_owned")]);
    }
}
