//! Putting the layers together.

use std::collections::BTreeMap;

use config::{Config, ConfigError, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::entry::{Entry, Origin};
use crate::known::{Kind, Known};
use crate::loaded::Loaded;
use crate::{SettingFault, SettingsError, Sources, file};

const PREFIX: &str = "VITRINE__";
/// One underscore is easily forgotten.
const NEAR_PREFIX: &str = "VITRINE_";
const FILE_SUFFIX: &str = "_FILE";

/// Reads the settings. `secret_keys` are never shown; neither is anything of type [`crate::Secret`], nor the password in a URL.
///
/// A variable that is set but empty counts as not set. Lists are written with commas outside of the file. `T::default()` is
/// the lowest layer, and tells which keys there are: so every section must derive `Serialize` and keep its absent values
/// (`None` is `null`), and any `Secret` must be empty by default.
///
/// Errors: every unknown key and every wrong value, with where it came from.
pub fn load<T>(sources: &Sources, secret_keys: &[&str]) -> Result<Loaded<T>, SettingsError>
where
    T: DeserializeOwned + Serialize + Default,
{
    let failed = |error: ConfigError| SettingsError {
        faults: vec![SettingFault {
            key: String::new(),
            origin: "defaults".to_owned(),
            detail: error.to_string(),
        }],
    };
    let defaults = T::default();
    let default_values =
        serde_json::to_value(&defaults).map_err(|error| failed(ConfigError::Message(error.to_string())))?;
    let known = Known::of(&default_values);
    let base = Config::try_from(&defaults).map_err(failed)?;

    let mut faults = Vec::new();
    let mut entries = match file::entries(sources, &known) {
        Ok(entries) => entries,
        Err(fault) => {
            faults.push(fault);
            Vec::new()
        }
    };
    entries.extend(environment(sources, &known, &mut faults));
    entries.extend(flags(sources, &known));
    entries.retain(|entry| match refuse_key(entry, &known) {
        Some(fault) => {
            faults.push(fault);
            false
        }
        None => true,
    });

    // Each setting is tried on its own over the defaults, so that one wrong value doesn't hide another.
    let mut tried: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    for entry in &entries {
        let group = match known.kind(&entry.key) {
            Kind::WithinOptional { section } => section.to_owned(),
            Kind::Setting { .. } | Kind::Section | Kind::Unknown => entry.key.clone(),
        };
        let group = tried.entry(group).or_default();
        // A later layer wins, right or wrong.
        group.retain(|earlier| earlier.key != entry.key);
        group.push(entry);
    }
    for group in tried.values() {
        if let Err(error) = build::<T>(&base, group.iter().copied())
            && let Some(last) = group.last()
        {
            faults.push(last.fault(explain(&error, secret_keys.contains(&last.key.as_str()))));
        }
    }
    if !faults.is_empty() {
        return Err(SettingsError { faults });
    }
    let settings: T = build(&base, &entries).map_err(failed)?;
    Ok(Loaded::new(settings, &entries, secret_keys))
}

fn build<'a, T: DeserializeOwned>(
    base: &Config,
    entries: impl IntoIterator<Item = &'a Entry>,
) -> Result<T, ConfigError> {
    let mut builder = Config::builder().add_source(base.clone());
    for entry in entries {
        builder = builder.set_override(&entry.key, entry.value.clone())?;
    }
    builder.build()?.try_deserialize()
}

fn environment(sources: &Sources, known: &Known, faults: &mut Vec<SettingFault>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (name, value) in sources.environment.iter().filter(|(_, value)| !value.is_empty()) {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            faults.extend(near_miss(name, known));
            continue;
        };
        let origin = Origin::Environment(name.clone());
        let key = dotted(rest);
        if value.contains(char::REPLACEMENT_CHARACTER) {
            let detail = "is not valid UTF-8".to_owned();
            faults.push(SettingFault { key, origin: origin.to_string(), detail });
            continue;
        }
        let named_by_file = rest.strip_suffix(FILE_SUFFIX).filter(|_| known.kind(&key) == Kind::Unknown);
        let (key, text) = match named_by_file.map(dotted) {
            Some(key) if matches!(known.kind(&key), Kind::Setting { .. } | Kind::WithinOptional { .. }) => {
                match std::fs::read_to_string(value) {
                    Ok(text) => (key, text.trim_end_matches(['\n', '\r']).to_owned()),
                    Err(error) => {
                        let detail = format!("names the file {value}, which can't be read: {error}");
                        faults.push(SettingFault { key, origin: origin.to_string(), detail });
                        continue;
                    }
                }
            }
            _ => (key, value.clone()),
        };
        let entry = Entry { value: value_of(&key, &text, known), key, origin };
        if let Some(other) = entries.iter().find(|other| other.key == entry.key) {
            faults.push(entry.fault(format!("is also given by {}; give one of them", other.origin)));
            continue;
        }
        entries.push(entry);
    }
    entries
}

fn dotted(name: &str) -> String {
    name.to_lowercase().replace("__", ".")
}

/// `VITRINE_SERVER__LISTEN` would do nothing, and nobody would know.
fn near_miss(name: &str, known: &Known) -> Option<SettingFault> {
    let rest = name.strip_prefix(NEAR_PREFIX)?;
    let key = dotted(rest);
    matches!(known.kind(&key), Kind::Setting { .. }).then(|| SettingFault {
        key,
        origin: format!("environment variable {name}"),
        detail: format!("is not read under this name: write {PREFIX}{rest}"),
    })
}

fn flags(sources: &Sources, known: &Known) -> Vec<Entry> {
    let entry = |(key, text): &(String, String)| Entry {
        key: key.clone(),
        value: value_of(key, text, known),
        origin: Origin::Flag,
    };
    sources.flags.iter().map(entry).collect()
}

/// Text from outside of the file: `config` turns it into what the field needs, but doesn't know lists.
fn value_of(key: &str, text: &str, known: &Known) -> Value {
    if known.kind(key) == (Kind::Setting { is_list: true }) {
        let items: Vec<Value> =
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect();
        return Value::from(items);
    }
    Value::from(text)
}

fn refuse_key(entry: &Entry, known: &Known) -> Option<SettingFault> {
    match known.kind(&entry.key) {
        Kind::Setting { .. } | Kind::WithinOptional { .. } => None,
        Kind::Section => Some(entry.fault("is a section, not a setting; set the settings in it")),
        Kind::Unknown => Some(entry.fault(format!("is not a setting. {}", known.suggestion(&entry.key)))),
    }
}

fn explain(error: &ConfigError, secret: bool) -> String {
    match error {
        _ if secret => "has a value of the wrong kind (it is secret, so it is not shown)".to_owned(),
        ConfigError::Type { unexpected, expected, .. } => format!("must be {expected}, not {unexpected}"),
        ConfigError::At { error, .. } => explain(error, secret),
        ConfigError::Message(message) => message.clone(),
        other => other.to_string(),
    }
}
