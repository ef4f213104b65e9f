//! Reading untrusted JSON: all faults at once, each with its pointer.
//!
//! serde stops at the first fault and doesn't know where it was; people who fix a body of fifty fields want all of them. A
//! reader walks an object, takes the members it knows, notes what is wrong with each, and in the end names those it does
//! not know.

use serde_json::{Map, Value};

use crate::suggest::hint;
use crate::{Fault, Slug, Timestamp};

/// Reads the members of one JSON object. Faults go to a list shared by all readers of a body; after reading, an empty
/// list says that everything returned is good.
pub struct ObjectReader<'a> {
    object: &'a Map<String, Value>,
    pointer: String,
    faults: &'a mut Vec<Fault>,
    known: Vec<&'static str>,
}

static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

impl<'a> ObjectReader<'a> {
    /// A reader over a value that should be an object; if it is not, that is the one fault.
    pub fn new(value: &'a Value, pointer: impl Into<String>, faults: &'a mut Vec<Fault>) -> Self {
        let pointer = pointer.into();
        let object = if let Value::Object(object) = value {
            object
        } else {
            faults.push(Fault::new(
                &pointer,
                "wrong_type",
                format!("must be an object, not {}", type_name(value)),
            ));
            &EMPTY
        };
        Self { object, pointer, faults, known: Vec::new() }
    }

    /// The member, `None` if absent or `null`.
    pub fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.known.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Whether the member stands in the body, `null` included.
    pub fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// The pointer of a member.
    pub fn pointer_to(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, name.replace('~', "~0").replace('/', "~1"))
    }

    /// Notes a fault of a member.
    pub fn fault(&mut self, name: &str, code: &str, detail: impl Into<String>) {
        let pointer = self.pointer_to(name);
        self.faults.push(Fault::new(pointer, code, detail));
    }

    /// The list of faults, for readers of nested values.
    pub fn faults(&mut self) -> &mut Vec<Fault> {
        self.faults
    }

    /// Text of at most `max` characters, without control characters (line breaks and tabs are allowed where `lines`),
    /// trimmed. `None` if absent, `null` or faulty.
    fn checked_text(&mut self, name: &'static str, max: usize, lines: bool) -> Option<String> {
        let value = self.value(name)?;
        let Value::String(text) = value else {
            self.fault(name, "wrong_type", format!("must be a string, not {}", type_name(value)));
            return None;
        };
        match check_text(text, max, lines) {
            Ok(()) => Some(text.trim().to_owned()),
            Err((code, detail)) => {
                self.fault(name, code, detail);
                None
            }
        }
    }

    /// A line of text: no control characters, trimmed.
    pub fn line(&mut self, name: &'static str, max: usize) -> Option<String> {
        self.checked_text(name, max, false)
    }

    /// Text of several lines, trimmed.
    pub fn text(&mut self, name: &'static str, max: usize) -> Option<String> {
        self.checked_text(name, max, true)
    }

    /// A line that must be there and must not be empty.
    pub fn required_line(&mut self, name: &'static str, max: usize) -> Option<String> {
        if self.value(name).is_none() {
            self.fault(name, "required", "is required");
            return None;
        }
        let line = self.line(name, max)?;
        if line.is_empty() {
            self.fault(name, "too_short", "must not be empty");
            return None;
        }
        Some(line)
    }

    /// A boolean.
    pub fn boolean(&mut self, name: &'static str) -> Option<bool> {
        let value = self.value(name)?;
        if let Value::Bool(b) = value {
            return Some(*b);
        }
        self.fault(name, "wrong_type", format!("must be true or false, not {}", type_name(value)));
        None
    }

    /// A slug.
    pub fn slug(&mut self, name: &'static str) -> Option<Slug> {
        let text = self.line(name, Slug::MAX_LENGTH)?;
        let slug = Slug::parse(&text);
        if slug.is_none() {
            self.fault(
                name,
                "invalid_slug",
                format!(
                    "must be lower-case letters and digits divided by single hyphens, such as `{}`",
                    Slug::from_name(&text, "my-slug")
                ),
            );
        }
        slug
    }

    /// An RFC 3339 time.
    pub fn timestamp(&mut self, name: &'static str) -> Option<Timestamp> {
        let text = self.line(name, 64)?;
        let at = Timestamp::parse(&text);
        if at.is_none() {
            self.fault(name, "invalid_time", "must be an RFC 3339 time, such as `2026-01-31T12:00:00Z`");
        }
        at
    }

    /// Anything that parses from text: ids, enums. `expected` finishes the sentence "must be …".
    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let parsed = value.as_str().and_then(parse);
        if parsed.is_none() {
            self.fault(name, "invalid_value", format!("must be {expected}"));
        }
        parsed
    }

    /// The items of an array with their pointers; at most `max`.
    pub fn array(&mut self, name: &'static str, max: usize) -> Option<Vec<(String, &'a Value)>> {
        let value = self.value(name)?;
        let Value::Array(items) = value else {
            self.fault(name, "wrong_type", format!("must be an array, not {}", type_name(value)));
            return None;
        };
        if items.len() > max {
            self.fault(name, "too_many", format!("has {} items; {max} are allowed", items.len()));
            return None;
        }
        let pointer = self.pointer_to(name);
        Some(items.iter().enumerate().map(|(at, item)| (format!("{pointer}/{at}"), item)).collect())
    }

    /// An array of non-empty lines.
    pub fn lines(&mut self, name: &'static str, max_items: usize, max_length: usize) -> Option<Vec<String>> {
        let items = self.array(name, max_items)?;
        let mut lines = Vec::with_capacity(items.len());
        for (pointer, item) in items {
            let Value::String(text) = item else {
                self.faults.push(Fault::new(
                    pointer,
                    "wrong_type",
                    format!("must be a string, not {}", type_name(item)),
                ));
                continue;
            };
            match check_text(text, max_length, false) {
                Ok(()) if text.trim().is_empty() => {
                    self.faults.push(Fault::new(pointer, "too_short", "must not be empty"));
                }
                Ok(()) => lines.push(text.trim().to_owned()),
                Err((code, detail)) => self.faults.push(Fault::new(pointer, code, detail)),
            }
        }
        Some(lines)
    }

    /// A free-form object (`metadata`): at most `max_bytes` as JSON, no NUL in any text.
    pub fn object(&mut self, name: &'static str, max_bytes: usize) -> Option<Map<String, Value>> {
        let value = self.value(name)?;
        let Value::Object(object) = value else {
            self.fault(name, "wrong_type", format!("must be an object, not {}", type_name(value)));
            return None;
        };
        let size = value.to_string().len();
        if size > max_bytes {
            self.fault(name, "too_long", format!("is {size} bytes of JSON; {max_bytes} are allowed"));
            return None;
        }
        if contains_nul(value) {
            self.fault(name, "invalid_text", "must not contain the NUL character");
            return None;
        }
        Some(object.clone())
    }

    /// Ends the reading: members in `server_owned` and members nobody asked for are faults.
    pub fn finish(self, server_owned: &[&'static str]) {
        for name in self.object.keys() {
            if self.known.iter().any(|known| known == name) {
                continue;
            }
            let pointer = self.pointer_to(name);
            self.faults.push(if server_owned.contains(&name.as_str()) {
                Fault::new(pointer, "server_owned", "is set by the server; leave it out")
            } else {
                Fault::new(
                    pointer,
                    "unknown_field",
                    format!("is not a known field. {}", hint(name, self.known.iter().copied())),
                )
            });
        }
    }
}

/// What a JSON value is, for messages: `a string`, `an array`.
pub const fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Checks a text: length in characters, control characters. The error is a fault's code and detail.
pub fn check_text(text: &str, max: usize, lines: bool) -> Result<(), (&'static str, String)> {
    let length = text.chars().count();
    if length > max {
        return Err(("too_long", format!("has {length} characters; {max} are allowed")));
    }
    let allowed = |c: char| !c.is_control() || (lines && matches!(c, '\n' | '\r' | '\t'));
    if let Some(bad) = text.chars().find(|c| !allowed(*c)) {
        return Err((
            "invalid_text",
            format!("must not contain the control character U+{:04X}", u32::from(bad)),
        ));
    }
    Ok(())
}

fn contains_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(contains_nul),
        Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains('\0') || contains_nul(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_faults_are_found_at_once_with_their_pointers() {
        let body = json!({"name": "", "slug": "Not A Slug", "tags": ["ok", 5, ""], "colour": 1, "id": "x", "a/b": 0});
        let mut faults = Vec::new();
        let mut reader = ObjectReader::new(&body, "", &mut faults);
        assert_eq!(reader.required_line("name", 10), None);
        assert_eq!(reader.slug("slug"), None);
        assert_eq!(reader.lines("tags", 10, 10), Some(vec!["ok".to_owned()]));
        assert_eq!(reader.line("color", 5), None);
        reader.finish(&["id"]);
        let found: Vec<_> = faults.iter().map(|f| (f.pointer.as_str(), f.code.as_str())).collect();
        assert_eq!(
            found,
            [
                ("/name", "too_short"),
                ("/slug", "invalid_slug"),
                ("/tags/1", "wrong_type"),
                ("/tags/2", "too_short"),
                ("/colour", "unknown_field"),
                ("/id", "server_owned"),
                ("/a~1b", "unknown_field"),
            ]
        );
        assert!(faults[4].detail.contains("Did you mean `color`?"));
    }

    #[test]
    fn control_characters_and_nul_are_refused() {
        let body = json!({"line": "a\u{0}b", "line2": "a\nb", "text": "a\nb", "meta": {"k": ["\u{0}"]}});
        let mut faults = Vec::new();
        let mut reader = ObjectReader::new(&body, "", &mut faults);
        assert_eq!(reader.line("line", 10), None);
        assert_eq!(reader.line("line2", 10), None);
        assert_eq!(reader.text("text", 10).as_deref(), Some("a\nb"));
        assert_eq!(reader.object("meta", 100), None);
        reader.finish(&[]);
        assert!(faults.iter().all(|f| f.code == "invalid_text") && faults.len() == 3);
    }
}
