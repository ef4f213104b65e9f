//! Reads attributes: keys and values of the right form. Whether a category wants them is not known yet.

use serde_json::Value;
use vitrine_kernel::input::{check_text, type_name};
use vitrine_kernel::{Fault, ObjectReader};

use super::{AttributeValue, Attributes, attribute_key};

const MAX_ATTRIBUTES: usize = 200;
const MAX_KEY: usize = 64;
const MAX_TEXT: usize = 1000;
const MAX_TEXTS: usize = 50;

/// The attributes of a member; `null` values say that there is no such attribute.
pub(super) fn read_attributes(reader: &mut ObjectReader<'_>, name: &'static str) -> Attributes {
    let mut attributes = Attributes::new();
    let Some(value) = reader.value(name) else { return attributes };
    let Value::Object(members) = value else {
        reader.fault(name, "wrong_type", format!("must be an object, not {}", type_name(value)));
        return attributes;
    };
    if members.len() > MAX_ATTRIBUTES {
        let detail = format!("has {} attributes; {MAX_ATTRIBUTES} are allowed", members.len());
        reader.fault(name, "too_many", detail);
        return attributes;
    }
    let parent = reader.pointer_to(name);
    let mut keys = Vec::with_capacity(members.len());
    for (key, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let pointer = attribute_pointer(&parent, key);
        if let Some(detail) = key_fault(key) {
            reader.faults().push(Fault::new(pointer, "invalid_key", detail));
            continue;
        }
        let index_key = attribute_key(key);
        if keys.contains(&index_key) {
            let detail = "repeats an earlier key; case, accents and `_` for a blank make no difference";
            reader.faults().push(Fault::new(pointer, "duplicate", detail));
            continue;
        }
        keys.push(index_key);
        if let Some(value) = read_value(value, &pointer, reader.faults()) {
            attributes.insert(key.clone(), value);
        }
    }
    attributes
}

/// The pointer of an attribute (RFC 6901 escapes).
pub(super) fn attribute_pointer(parent: &str, key: &str) -> String {
    format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A filter names an attribute as `attr.<key>` or `attr.<key>.min`, so that a key has no dots.
fn key_fault(key: &str) -> Option<String> {
    if key.is_empty() || key.trim() != key {
        return Some("a key must not be empty, nor begin or end with a blank".to_owned());
    }
    if key.contains('.') {
        return Some("a key must not contain a dot".to_owned());
    }
    check_text(key, MAX_KEY, false).err().map(|(_, detail)| format!("a key {detail}"))
}

fn read_value(value: &Value, pointer: &str, faults: &mut Vec<Fault>) -> Option<AttributeValue> {
    match value {
        Value::Bool(value) => Some(AttributeValue::Boolean(*value)),
        Value::Number(number) if number.is_f64() => number.as_f64().and_then(AttributeValue::number),
        Value::Number(number) => Some(AttributeValue::Number(number.clone())),
        Value::String(text) => read_text(text, pointer, faults).map(AttributeValue::Text),
        Value::Array(items) => read_texts(items, pointer, faults).map(AttributeValue::Texts),
        Value::Object(_) | Value::Null => {
            let detail =
                format!("must be a text, a number, a boolean or an array of texts, not {}", type_name(value));
            faults.push(Fault::new(pointer, "wrong_type", detail));
            None
        }
    }
}

fn read_text(text: &str, pointer: &str, faults: &mut Vec<Fault>) -> Option<String> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        faults.push(Fault::new(pointer, "too_short", "must not be empty; leave the attribute out instead"));
        return None;
    }
    match check_text(text, MAX_TEXT, true) {
        Ok(()) => Some(trimmed.to_owned()),
        Err((code, detail)) => {
            faults.push(Fault::new(pointer, code, detail));
            None
        }
    }
}

fn read_texts(items: &[Value], pointer: &str, faults: &mut Vec<Fault>) -> Option<Vec<String>> {
    if items.is_empty() || items.len() > MAX_TEXTS {
        let detail = format!("has {} items; 1 to {MAX_TEXTS} are allowed", items.len());
        faults.push(Fault::new(pointer, if items.is_empty() { "too_short" } else { "too_many" }, detail));
        return None;
    }
    let before = faults.len();
    let mut texts: Vec<String> = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let pointer = format!("{pointer}/{at}");
        let Value::String(text) = item else {
            let detail = format!("must be a text, not {}", type_name(item));
            faults.push(Fault::new(pointer, "wrong_type", detail));
            continue;
        };
        let Some(text) = read_text(text, &pointer, faults) else { continue };
        if texts.contains(&text) {
            faults.push(Fault::new(pointer, "duplicate", "repeats an earlier item"));
        }
        texts.push(text);
    }
    (faults.len() == before).then_some(texts)
}
