//! Settings that could be read.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::entry::Entry;
use crate::known::flatten;
use crate::secret::HIDDEN;

/// A setting as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The key: `server.listen`.
    pub key: String,
    /// The value in force; `***` for secrets, `none` where there is none.
    pub value: String,
    /// Where it came from; `default` for most.
    pub origin: String,
}

/// The settings in force, and where each came from.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// The settings.
    pub settings: T,
    shown: Vec<Shown>,
}

impl<T: Serialize> Loaded<T> {
    pub(crate) fn new(settings: T, entries: &[Entry], secret_keys: &[&str]) -> Self {
        let mut leaves = BTreeMap::new();
        flatten("", &serde_json::to_value(&settings).unwrap_or_default(), &mut leaves);
        let shown = leaves
            .into_iter()
            .map(|(key, value)| {
                let given = entries.iter().rev().find(|entry| is_at_or_above(&entry.key, &key));
                let origin = given.map_or_else(|| "default".to_owned(), |entry| entry.origin.to_string());
                let hidden = secret_keys.contains(&key.as_str());
                Shown { value: show(&value, hidden), key, origin }
            })
            .collect();
        Self { settings, shown }
    }
}

impl<T> Loaded<T> {
    /// Every setting by key, secrets hidden.
    pub fn describe(&self) -> &[Shown] {
        &self.shown
    }
}

fn is_at_or_above(given: &str, key: &str) -> bool {
    key.strip_prefix(given).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn show(value: &Value, hidden: bool) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "none".to_owned(),
        _ if hidden => HIDDEN.to_owned(),
        Value::String(text) => without_password(text),
        Value::Array(items) => items.iter().map(|item| show(item, false)).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The password of a URL is hidden wherever it stands: `postgres://user:***@host/db`.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(authority_end);
    let Some((user, host)) = authority.rsplit_once('@') else { return text.to_owned() };
    match user.split_once(':') {
        Some((name, _password)) => format!("{scheme}://{name}:{HIDDEN}@{host}{path}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("postgres://me:secret@db:5432/x?a=b", "postgres://me:***@db:5432/x?a=b")]
    #[case("redis://:secret@cache", "redis://:***@cache")]
    #[case("redis://:se@cret@cache", "redis://:***@cache")]
    #[case("sqlite://data/vitrine.db", "sqlite://data/vitrine.db")]
    #[case("https://me@host/a:b@c", "https://me@host/a:b@c")]
    #[case("plain", "plain")]
    fn the_password_of_a_url_is_hidden(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(without_password(text), shown);
    }
}
