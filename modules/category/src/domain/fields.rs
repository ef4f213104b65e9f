//! Reading what clients write: every fault at once.

use serde_json::{Map, Value};
use vitrine_category_api::{AttributeDefinition, CategoryStatus};
use vitrine_kernel::merge_patch::merge_patch;
use vitrine_kernel::{CategoryId, Failure, Fault, ObjectReader, Slug};

use super::Category;
use super::attributes;

const MOST_NAME: usize = 200;
const MOST_DESCRIPTION: usize = 10_000;
const MOST_EXTERNAL_ID: usize = 200;
const MOST_URL: usize = 2000;
const MOST_METADATA_BYTES: usize = 64 * 1024;

/// The members of a body.
pub const WRITABLE: [&str; 9] = [
    "name",
    "slug",
    "description",
    "parent_id",
    "status",
    "image_url",
    "attributes",
    "metadata",
    "external_id",
];

/// The members of an answer that a body must not have.
pub const SERVER_OWNED: [&str; 9] =
    ["id", "version", "created_at", "updated_at", "ancestors", "product_count", "depth", "path", "position"];

/// The fields of a category as its owner gives them.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCategory {
    /// Its name, 1 to 200 characters.
    pub name: String,
    /// Its address; `None`: made from the name.
    pub slug: Option<Slug>,
    /// At most 10,000 characters; may be empty.
    pub description: String,
    /// `None`: a root.
    pub parent_id: Option<CategoryId>,
    /// `active` if not said.
    pub status: CategoryStatus,
    /// `http`, `https`, or a path on this site.
    pub image_url: Option<String>,
    /// The attributes it defines.
    pub attributes: Vec<AttributeDefinition>,
    /// Anything, at most 64 KiB as JSON.
    pub metadata: Map<String, Value>,
    /// The id that its owner's system gave it.
    pub external_id: Option<String>,
}

impl NewCategory {
    /// An active root category with this name and nothing else.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            slug: None,
            description: String::new(),
            parent_id: None,
            status: CategoryStatus::Active,
            image_url: None,
            attributes: Vec::new(),
            metadata: Map::new(),
            external_id: None,
        }
    }

    /// The same below a parent.
    #[must_use]
    pub fn below(mut self, parent: CategoryId) -> Self {
        self.parent_id = Some(parent);
        self
    }

    /// Reads a body.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::Validation`] with every fault.
    pub fn parse(body: &Value) -> Result<Self, Failure> {
        let mut faults = Vec::new();
        let mut reader = ObjectReader::new(body, "", &mut faults);
        let category = Self::read(&mut reader);
        reader.finish(&SERVER_OWNED);
        match category {
            Some(category) if faults.is_empty() => Ok(category),
            Some(_) | None => Err(Failure::validation(faults)),
        }
    }

    /// Reads the members that a body of a category has. The caller finishes the reader, and heeds the faults.
    pub(super) fn read(reader: &mut ObjectReader<'_>) -> Option<Self> {
        let name = reader.required_line("name", MOST_NAME);
        let slug = reader.slug("slug");
        let description = reader.text("description", MOST_DESCRIPTION).unwrap_or_default();
        let parent_id = reader.parsed("parent_id", "the id of a category (a UUID)", |id| id.parse().ok());
        let status = reader
            .parsed("status", "`draft`, `active` or `archived`", CategoryStatus::parse)
            .unwrap_or_default();
        let image_url = read_image_url(reader);
        let attributes = attributes::read_all(reader);
        let metadata = reader.object("metadata", MOST_METADATA_BYTES).unwrap_or_default();
        let external_id = reader.line("external_id", MOST_EXTERNAL_ID);
        if external_id.as_deref() == Some("") {
            reader.fault("external_id", "too_short", "must not be empty; leave it out instead");
        }
        Some(Self {
            name: name?,
            slug,
            description,
            parent_id,
            status,
            image_url,
            attributes,
            metadata,
            external_id,
        })
    }

    /// What a merge patch makes of a category. The whole result is checked as a new body would be, and the patch itself for
    /// members that no category has: removing what isn't there would otherwise pass in silence.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::Validation`] with every fault.
    pub fn patched(current: &Category, patch: &Value) -> Result<Self, Failure> {
        let mut faults = Vec::new();
        let mut reader = ObjectReader::new(patch, "", &mut faults);
        let known: Map<String, Value> = WRITABLE
            .into_iter()
            .filter_map(|name| {
                reader.value(name);
                patch.get(name).map(|value| (name.to_owned(), value.clone()))
            })
            .collect();
        reader.finish(&SERVER_OWNED);
        let mut merged = current.writable();
        merge_patch(&mut merged, &Value::Object(known));
        let mut reader = ObjectReader::new(&merged, "", &mut faults);
        let category = Self::read(&mut reader);
        match category {
            Some(category) if faults.is_empty() => Ok(category),
            Some(_) | None => Err(Failure::validation(faults)),
        }
    }
}

fn read_image_url(reader: &mut ObjectReader<'_>) -> Option<String> {
    let url = reader.line("image_url", MOST_URL)?;
    if is_image_url(&url) {
        return Some(url);
    }
    reader.fault(
        "image_url",
        "invalid_url",
        "must begin with `https://`, `http://` or a single `/`, and contain no spaces",
    );
    None
}

/// A web address or a path on this site. `//host` and `/\host` are refused: browsers take them for other sites.
fn is_image_url(url: &str) -> bool {
    if url.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\')) {
        return false;
    }
    let lower = url.to_ascii_lowercase();
    let host = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    host.map_or_else(
        || url.starts_with('/') && !url.starts_with("//"),
        |rest| rest.starts_with(|first: char| first.is_alphanumeric() || first == '['),
    )
}

/// The fault of a parent that is not there.
pub fn unknown_parent(id: impl std::fmt::Display) -> Fault {
    Fault::new("/parent_id", "unknown_category", format!("there is no category `{id}`"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::domain::{Place, Rank};
    use vitrine_kernel::{Timestamp, Version};

    fn faults_of(result: Result<NewCategory, Failure>) -> Vec<(String, String)> {
        let failure = result.expect_err("faulty");
        failure.faults().iter().map(|fault| (fault.pointer.clone(), fault.code.clone())).collect()
    }

    fn category() -> Category {
        let id = CategoryId::generate();
        Category {
            seq: 1,
            id,
            external_id: Some("x1".to_owned()),
            slug: Slug::parse("shoes").expect("a slug"),
            name: "Shoes".to_owned(),
            description: "All of them".to_owned(),
            status: CategoryStatus::Active,
            image_url: None,
            attributes: Vec::new(),
            metadata: json!({"a": 1, "b": {"c": 2}}).as_object().cloned().expect("an object"),
            place: Place::below(None, id, Rank::append(None), CategoryStatus::Active),
            version: Version::FIRST,
            created_at: Timestamp::from_millis(0),
            updated_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn a_name_is_enough() {
        assert_eq!(
            NewCategory::parse(&json!({"name": " Shoes "})).expect("good"),
            NewCategory::named("Shoes")
        );
    }

    #[test]
    fn every_fault_is_found_at_once() {
        let body = json!({
            "name": "", "slug": "No Slug", "description": 7, "parent_id": "roots", "status": "hidden",
            "image_url": "javascript:alert(1)", "attributes": [{"key": "A", "type": "text"}], "metadata": [],
            "external_id": "", "id": "x", "product_count": 3, "titel": "x",
        });
        let found = faults_of(NewCategory::parse(&body));
        let wanted = [
            ("/name", "too_short"),
            ("/slug", "invalid_slug"),
            ("/description", "wrong_type"),
            ("/parent_id", "invalid_value"),
            ("/status", "invalid_value"),
            ("/image_url", "invalid_url"),
            ("/attributes/0/key", "invalid_key"),
            ("/metadata", "wrong_type"),
            ("/external_id", "too_short"),
            ("/id", "server_owned"),
            ("/product_count", "server_owned"),
            ("/titel", "unknown_field"),
        ];
        assert_eq!(found, wanted.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    }

    #[rstest]
    #[case("https://cdn.example/a.png", true)]
    #[case("HTTP://cdn.example/a.png?x=1", true)]
    #[case("http://[::1]/a.png", true)]
    #[case("/images/a.png", true)]
    #[case("//evil.example/a.png", false)]
    #[case("/\\evil.example", false)]
    #[case("https://", false)]
    #[case("https:///a.png", false)]
    #[case("data:image/png;base64,AAAA", false)]
    #[case("images/a.png", false)]
    #[case("/a b.png", false)]
    fn pictures_are_on_the_web_or_on_this_site(#[case] url: &str, #[case] good: bool) {
        assert_eq!(NewCategory::parse(&json!({"name": "A", "image_url": url})).is_ok(), good);
    }

    #[test]
    fn a_patch_changes_what_it_names_and_removes_what_it_nulls() {
        let patch = json!({"description": null, "metadata": {"b": {"c": null, "d": 3}}, "status": "draft", "external_id": null});
        let patched = NewCategory::patched(&category(), &patch).expect("good");
        assert_eq!((patched.name.as_str(), patched.description.as_str()), ("Shoes", ""));
        assert_eq!(Value::Object(patched.metadata), json!({"a": 1, "b": {"d": 3}}));
        assert_eq!((patched.status, patched.external_id), (CategoryStatus::Draft, None));
        assert_eq!(patched.slug.as_ref().map(Slug::as_str), Some("shoes"));
    }

    #[test]
    fn a_patch_that_nulls_what_it_may_not_touch_is_faulty() {
        let patch = json!({"id": null, "nmae": null, "name": null, "slug": "x y"});
        let found = faults_of(NewCategory::patched(&category(), &patch));
        let wanted = [
            ("/id", "server_owned"),
            ("/nmae", "unknown_field"),
            ("/name", "required"),
            ("/slug", "invalid_slug"),
        ];
        assert_eq!(found, wanted.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
        assert_eq!(faults_of(NewCategory::patched(&category(), &json!([])))[0].1, "wrong_type");
    }

    #[test]
    fn a_patch_of_nothing_changes_nothing() {
        let category = category();
        let fields = NewCategory::patched(&category, &json!({})).expect("good");
        assert_eq!(category.with_fields(fields), category);
    }
}
