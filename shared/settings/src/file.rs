//! The layer of the file.

use std::path::{Path, PathBuf};

use config::Value;
use toml::de::{DeTable, DeValue};

use crate::entry::{Entry, Origin};
use crate::known::{Kind, Known};
use crate::{SettingFault, Sources};

/// The settings of the file, if there is one.
pub(crate) fn entries(sources: &Sources, known: &Known) -> Result<Vec<Entry>, SettingFault> {
    let Some((path, text)) = read(sources)? else { return Ok(Vec::new()) };
    let origin_of_all = || path.display().to_string();
    let syntax = |error: toml::de::Error| SettingFault {
        key: String::new(),
        origin: origin_of_all(),
        detail: format!("is not valid TOML: {error}"),
    };
    let values: toml::Table = toml::from_str(&text).map_err(syntax)?;
    let places = DeTable::parse(&text).map_err(syntax)?;
    let mut found = Vec::new();
    collect("", &values, known, &mut found);
    let mut entries = Vec::new();
    for (key, value) in found {
        let line = line_of(places.get_ref(), &key, &text);
        let origin = Origin::File { path: path.clone(), line };
        let value = convert(value).map_err(|error| SettingFault {
            key: key.clone(),
            origin: origin.to_string(),
            detail: error.to_string(),
        })?;
        entries.push(Entry { key, value, origin });
    }
    entries.sort_by_key(|entry| match &entry.origin {
        Origin::File { line, .. } => *line,
        Origin::Environment(_) | Origin::Flag => None,
    });
    Ok(entries)
}

fn read(sources: &Sources) -> Result<Option<(PathBuf, String)>, SettingFault> {
    let must_exist = sources.file.is_some();
    let Some(path) = sources.file.as_ref().or(sources.optional_file.as_ref()) else { return Ok(None) };
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.clone(), text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> SettingFault {
    SettingFault {
        key: String::new(),
        origin: path.display().to_string(),
        detail: format!("can't be read: {error}"),
    }
}

/// The leaves of the file. A table under the name of a setting, or within something unknown, stays whole: one fault is enough.
fn collect<'a>(
    prefix: &str,
    table: &'a toml::Table,
    known: &Known,
    found: &mut Vec<(String, &'a toml::Value)>,
) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) if known.kind(&key) == Kind::Section => {
                collect(&key, inner, known, found);
            }
            leaf => found.push((key, leaf)),
        }
    }
}

fn convert(value: &toml::Value) -> Result<Value, toml::de::Error> {
    value.clone().try_into()
}

fn line_of(root: &DeTable<'_>, key: &str, text: &str) -> Option<usize> {
    let mut table = root;
    let mut start = None;
    for name in key.split('.') {
        let (found, value) = table.iter().find(|(known, _)| known.get_ref().as_ref() == name)?;
        start = Some(found.span().start);
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    Some(text.get(..start?)?.matches('\n').count() + 1)
}
