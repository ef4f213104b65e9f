//! Opaque keyset cursors.
//!
//! A cursor holds the sort values of the last row of a page, and the fingerprint of the filters and the sort it was made for.
//! It is not a secret and not signed: the values are only ever bound as parameters, and a forged one shows no more than a
//! query would.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ErrorCode, Failure};

/// The longest cursor we read, in bytes: a place in the deepest tree with the longest ranks takes three quarters of it.
const MAX_LENGTH: usize = 8192;

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Fingerprint of what the list was filtered and sorted by.
    #[serde(rename = "f")]
    fingerprint: String,
    /// The sort values of the last row, the unique tie-break last. `null` stands for an absent value.
    #[serde(rename = "k")]
    keys: Vec<Value>,
}

impl Cursor {
    /// A cursor after the row with these sort values. `query` is any text that changes with the filters and the sort
    /// (and with neither the limit nor the cursor).
    pub fn new(query: &str, keys: Vec<Value>) -> Self {
        Self { fingerprint: fingerprint(query), keys }
    }

    /// As text for `next_cursor`.
    pub fn encode(&self) -> String {
        // Strings and JSON values always serialise.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Reads a cursor made for the same query.
    ///
    /// Errors: [`ErrorCode::InvalidCursor`] when it is damaged or was made with other filters or another sort.
    pub fn decode(text: &str, query: &str) -> Result<Self, Failure> {
        let cursor: Self = (text.len() <= MAX_LENGTH)
            .then(|| URL_SAFE_NO_PAD.decode(text).ok())
            .flatten()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| {
                Self::invalid(
                    "The cursor is damaged. Take `next_cursor` as it is, or leave it out to begin again.",
                )
            })?;
        if cursor.fingerprint != fingerprint(query) {
            return Err(Self::invalid(
                "The cursor was made with other filters or another sort. Repeat those, or leave the cursor out to begin again.",
            ));
        }
        Ok(cursor)
    }

    /// The failure for a cursor whose values don't fit the list it is used on.
    pub fn invalid(detail: &str) -> Failure {
        Failure::new(ErrorCode::InvalidCursor, detail)
    }

    /// The sort values of the last row.
    pub fn keys(&self) -> &[Value] {
        &self.keys
    }
}

fn fingerprint(query: &str) -> String {
    blake3::hash(query.as_bytes()).to_hex().as_str().chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cursor_serves_only_the_query_it_was_made_for() {
        let text = Cursor::new("sort=name", vec![json!("a"), json!(7), Value::Null]).encode();
        let back = Cursor::decode(&text, "sort=name").expect("same query");
        assert_eq!(back.keys(), [json!("a"), json!(7), Value::Null]);
        assert_eq!(Cursor::decode(&text, "sort=-name").expect_err("other").code(), ErrorCode::InvalidCursor);
        for damaged in ["", "x", "äöü", "e30", &text[1..], &"A".repeat(10_000)] {
            assert_eq!(
                Cursor::decode(damaged, "sort=name").expect_err("damaged").code(),
                ErrorCode::InvalidCursor
            );
        }
    }
}
