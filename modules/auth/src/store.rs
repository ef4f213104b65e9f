//! The module's tables: the only place with queries. Each function works in the transaction that its caller has open, so
//! that a use case checks its rules and writes on one state of the database.
//!
//! There is no trait: what differs between databases is inside [`vitrine_db::Conn`], and one body serves them all. The
//! suite in `store/suite.rs` runs over every one.

pub(crate) mod api_keys;
pub(crate) mod bindings;
pub(crate) mod roles;
pub(crate) mod secrets;

use serde::de::DeserializeOwned;
use vitrine_db::DbError;

/// Reads a column that holds JSON.
fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Damaged(format!("{column}: {error}")))
}

/// Writes a column that holds JSON. Lists of names always serialise.
fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// One more than the limit tells whether there is a next page.
fn with_lookahead(limit: vitrine_kernel::Limit) -> i64 {
    i64::from(limit.get()) + 1
}

/// A count as the API tells it; databases don't count below zero.
fn counted(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}
