//! Attribute definitions: reading them, and which are in force where.

use std::collections::HashSet;

use serde_json::Value;
use vitrine_category_api::{AttributeDefinition, AttributeType};
use vitrine_kernel::{Fault, ObjectReader};

/// The most definitions one category makes.
pub const MOST_ATTRIBUTES: usize = 200;
/// The most values of one `enum`.
pub const MOST_VALUES: usize = 500;

const MOST_KEY_CHARACTERS: usize = 64;

/// Reads the member `attributes`. Faults go to the reader's list.
pub fn read_all(reader: &mut ObjectReader<'_>) -> Vec<AttributeDefinition> {
    let Some(items) = reader.array("attributes", MOST_ATTRIBUTES) else { return Vec::new() };
    let mut seen = HashSet::new();
    let mut definitions = Vec::with_capacity(items.len());
    for (pointer, item) in items {
        let Some(definition) = read_one(item, &pointer, reader.faults()) else { continue };
        if !seen.insert(definition.key.clone()) {
            reader.faults().push(Fault::new(
                format!("{pointer}/key"),
                "duplicate_key",
                format!("`{}` is defined twice here; give each attribute its own key", definition.key),
            ));
        }
        definitions.push(definition);
    }
    definitions
}

fn read_one(item: &Value, pointer: &str, faults: &mut Vec<Fault>) -> Option<AttributeDefinition> {
    let before = faults.len();
    let mut reader = ObjectReader::new(item, pointer, faults);
    let key = reader.required_line("key", MOST_KEY_CHARACTERS);
    if key.as_deref().is_some_and(|key| !is_key(key)) {
        reader.fault(
            "key",
            "invalid_key",
            "must be lower-case letters, digits and `_`, beginning with a letter",
        );
    }
    let label = reader.line("label", 200).filter(|label| !label.is_empty());
    if reader.value("type").is_none() {
        reader.fault("type", "required", format!("is required: {}", type_names()));
    }
    let kind = reader.parsed("type", &type_names(), |name| {
        AttributeType::ALL.into_iter().find(|kind| kind.name() == name)
    });
    let unit = reader.line("unit", 32).filter(|unit| !unit.is_empty());
    let values = read_values(&mut reader, kind);
    let required = reader.boolean("required").unwrap_or_default();
    let facet = reader.boolean("facet").unwrap_or_default();
    reader.finish(&[]);
    if faults.len() > before {
        return None;
    }
    let key = key?;
    let label = label.unwrap_or_else(|| label_of(&key));
    Some(AttributeDefinition { key, label, kind: kind?, unit, values, required, facet })
}

fn read_values(reader: &mut ObjectReader<'_>, kind: Option<AttributeType>) -> Option<Vec<String>> {
    let given = reader.value("values").is_some();
    let values = reader.lines("values", MOST_VALUES, 200);
    match kind {
        Some(AttributeType::Enum) if !given => {
            reader.fault("values", "required", "is required for the type `enum`");
        }
        Some(AttributeType::Enum) => {
            if values.as_ref().is_some_and(Vec::is_empty) {
                reader.fault("values", "too_short", "must not be empty for the type `enum`");
            }
            let mut seen = HashSet::new();
            let twice = values.iter().flatten().find(|value| !seen.insert(value.as_str()));
            if let Some(value) = twice {
                reader.fault("values", "duplicate_value", format!("names `{value}` twice"));
            }
        }
        Some(kind) if given => {
            reader.fault(
                "values",
                "not_allowed",
                format!("belongs to the type `enum`; this is `{}`", kind.name()),
            );
        }
        Some(_) | None => {}
    }
    values
}

/// `^[a-z][a-z0-9_]{0,63}$`
fn is_key(text: &str) -> bool {
    text.len() <= MOST_KEY_CHARACTERS
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn type_names() -> String {
    let names: Vec<_> = AttributeType::ALL.iter().map(|kind| format!("`{}`", kind.name())).collect();
    names.join(", ")
}

/// A key as people would write it: `screen_size` is `Screen size`.
fn label_of(key: &str) -> String {
    let spaced = key.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// The attributes in force where these categories' definitions meet, the outermost category first. A key defined twice stands
/// once, where it stood first, as the nearest category defines it.
pub fn in_force<'a>(
    outermost_first: impl IntoIterator<Item = &'a [AttributeDefinition]>,
) -> Vec<AttributeDefinition> {
    let mut merged: Vec<AttributeDefinition> = Vec::new();
    for definition in outermost_first.into_iter().flatten() {
        match merged.iter_mut().find(|known| known.key == definition.key) {
            Some(known) => known.clone_from(definition),
            None => merged.push(definition.clone()),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(attributes: &Value) -> Result<Vec<AttributeDefinition>, Vec<(String, String)>> {
        let body = json!({ "attributes": attributes });
        let mut faults = Vec::new();
        let mut reader = ObjectReader::new(&body, "", &mut faults);
        let definitions = read_all(&mut reader);
        reader.finish(&[]);
        if faults.is_empty() {
            return Ok(definitions);
        }
        Err(faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect())
    }

    #[test]
    fn a_definition_reads_what_it_writes() {
        let whole = json!([{"key": "size", "label": "Size", "type": "enum", "unit": "EU", "values": ["S", "M"], "required": true, "facet": true}]);
        let read_back = read(&whole).expect("good");
        assert_eq!(serde_json::to_value(&read_back).expect("serialises"), whole);
        let short = read(&json!([{"key": "screen_size", "type": "number"}])).expect("good");
        assert_eq!(
            (short[0].label.as_str(), short[0].required, short[0].facet),
            ("Screen size", false, false)
        );
    }

    #[test]
    fn every_fault_of_every_definition_is_found() {
        let faults = read(&json!([
            {"key": "Size", "type": "enum"},
            {"key": "a", "type": "text", "values": ["x"], "colour": 1},
            {"key": "b", "type": "enum", "values": []},
            {"key": "c", "type": "enum", "values": ["x", "x"]},
            {"key": "d", "type": "colour"},
            {"type": "text"},
            {"key": "e"},
            7,
            {"key": "f", "type": "date"},
            {"key": "f", "type": "date"},
        ]))
        .expect_err("faulty");
        let wanted = [
            ("/attributes/0/key", "invalid_key"),
            ("/attributes/0/values", "required"),
            ("/attributes/1/values", "not_allowed"),
            ("/attributes/1/colour", "unknown_field"),
            ("/attributes/2/values", "too_short"),
            ("/attributes/3/values", "duplicate_value"),
            ("/attributes/4/type", "invalid_value"),
            ("/attributes/5/key", "required"),
            ("/attributes/6/type", "required"),
            ("/attributes/7", "wrong_type"),
            ("/attributes/9/key", "duplicate_key"),
        ];
        let found: Vec<_> = faults.iter().map(|(pointer, code)| (pointer.as_str(), code.as_str())).collect();
        for fault in wanted {
            assert!(found.contains(&fault), "{fault:?} is missing in {found:?}");
        }
    }

    #[test]
    fn the_nearest_definition_wins() {
        let outer = read(&json!([{"key": "a", "type": "text"}, {"key": "b", "type": "text"}])).expect("good");
        let inner =
            read(&json!([{"key": "a", "type": "number"}, {"key": "c", "type": "text"}])).expect("good");
        let merged = in_force([outer.as_slice(), inner.as_slice()]);
        let found: Vec<_> = merged.iter().map(|known| (known.key.as_str(), known.kind)).collect();
        assert_eq!(
            found,
            [("a", AttributeType::Number), ("b", AttributeType::Text), ("c", AttributeType::Text)]
        );
    }
}
