//! The keys there are, taken from the serialised defaults.

use std::collections::BTreeMap;

use serde_json::Value;
use vitrine_kernel::suggest::hint;

/// Every key with its default.
pub(crate) struct Known(BTreeMap<String, Value>);

/// What a key is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// A setting.
    Setting {
        is_list: bool,
    },
    /// Something within an optional section that is absent by default: only reading it as a whole tells whether it is right.
    WithinOptional {
        section: &'a str,
    },
    /// The name of a section.
    Section,
    Unknown,
}

impl Known {
    pub(crate) fn of(defaults: &Value) -> Self {
        let mut keys = BTreeMap::new();
        flatten("", defaults, &mut keys);
        Self(keys)
    }

    pub(crate) fn kind(&self, key: &str) -> Kind<'_> {
        if let Some(default) = self.0.get(key) {
            return Kind::Setting { is_list: default.is_array() };
        }
        let section = self.0.iter().find(|(known, default)| {
            default.is_null() && key.strip_prefix(known.as_str()).is_some_and(|rest| rest.starts_with('.'))
        });
        if let Some((section, _)) = section {
            return Kind::WithinOptional { section };
        }
        let prefix = format!("{key}.");
        if self.0.keys().any(|known| known.starts_with(&prefix)) { Kind::Section } else { Kind::Unknown }
    }

    /// ``Did you mean `server.listen`?``; where nothing is near, what there is in the section.
    pub(crate) fn suggestion(&self, key: &str) -> String {
        let near = vitrine_kernel::suggest::nearest(key, self.0.keys().map(String::as_str));
        if let Some(near) = near {
            return format!("Did you mean `{near}`?");
        }
        let section = key.split_once('.').map_or("", |(section, _)| section);
        let inside: Vec<_> = self
            .0
            .keys()
            .map(String::as_str)
            .filter(|known| known.split('.').next() == Some(section))
            .collect();
        if !inside.is_empty() {
            return format!("Known in `{section}` are `{}`.", inside.join("`, `"));
        }
        let mut sections: Vec<_> = self.0.keys().filter_map(|known| known.split('.').next()).collect();
        sections.dedup();
        hint(section, sections).replacen("Known are", "The sections are", 1)
    }
}

/// The leaves of a tree, by their dotted keys. An empty object counts as a leaf: nothing is known of what may be in it.
pub(crate) fn flatten(prefix: &str, value: &Value, leaves: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&key, member, leaves);
            }
        }
        Value::Object(_) => {
            leaves.insert(prefix.to_owned(), Value::Null);
        }
        leaf => {
            leaves.insert(prefix.to_owned(), leaf.clone());
        }
    }
}
