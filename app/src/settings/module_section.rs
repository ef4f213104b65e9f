//! A module's section: the module's own settings, and where its data is.

use std::collections::HashMap;

use config::{Value, ValueKind};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use vitrine_db::DatabaseSettings;

/// The settings of one module. `database` may name a database of its own; everything else belongs to the module.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ModuleSection<T> {
    /// What the module can be told.
    #[serde(flatten)]
    pub module: T,
    /// What differs from the section `database`.
    database: DatabaseOverride,
}

/// `category.database`, `catalog.database`, `auth.database`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DatabaseOverride {
    url: Option<String>,
    readers: Option<usize>,
    queue: Option<usize>,
}

impl<T> ModuleSection<T> {
    /// Where the module's data is: what its section says, else what the section `database` says.
    pub fn database(&self, common: &DatabaseSettings) -> DatabaseSettings {
        DatabaseSettings {
            url: self.database.url.clone().unwrap_or_else(|| common.url.clone()),
            readers: self.database.readers.unwrap_or(common.readers),
            queue: self.database.queue.unwrap_or(common.queue),
            ..common.clone()
        }
    }

    /// The module lives where the section `database` says.
    pub fn forget_own_database(&mut self) {
        self.database = DatabaseOverride::default();
    }
}

/// serde's `flatten` would do, if reading it went together with `deny_unknown_fields`.
impl<'de, T: DeserializeOwned> Deserialize<'de> for ModuleSection<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = HashMap::<String, Value>::deserialize(deserializer)?;
        let database = match table.remove("database") {
            Some(value) => DatabaseOverride::deserialize(value).map_err(D::Error::custom)?,
            None => DatabaseOverride::default(),
        };
        let module = T::deserialize(Value::new(None, ValueKind::from(table))).map_err(D::Error::custom)?;
        Ok(Self { module, database })
    }
}
