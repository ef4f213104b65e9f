//! The settings: the sum of the sections, each of which belongs to whom it concerns.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use vitrine_db::DatabaseSettings;
use vitrine_settings::{SettingsError, Sources};
use vitrine_web::HttpSettings;

mod module_section;
mod sections;

pub use module_section::ModuleSection;
pub use sections::{ModulesSettings, PeersSettings, Placement, PublicUrl, RedisSettings, ServerSettings};

use crate::wiring::{auth, catalog, category};

/// Everything that can be set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where and how this process listens.
    pub server: ServerSettings,
    /// Limits of the HTTP edge.
    pub http: HttpSettings,
    /// The database of every module that names none of its own.
    pub database: DatabaseSettings,
    /// The shared cache.
    pub redis: RedisSettings,
    /// Where each module runs.
    pub modules: ModulesSettings,
    /// How other processes are found.
    pub peers: PeersSettings,
    /// The log.
    pub log: vitrine_telemetry::LogSettings,
    /// Access.
    pub auth: ModuleSection<auth::Settings>,
    /// Categories.
    pub category: ModuleSection<category::Settings>,
    /// Products.
    pub catalog: ModuleSection<catalog::Settings>,
}

/// The settings in force, and where each came from.
pub type Loaded = vitrine_settings::Loaded<Settings>;

impl Settings {
    /// Reads the settings from everywhere: defaults < file < environment < command line.
    ///
    /// Errors: every unknown key and every wrong value, with where it came from.
    pub fn load(file: Option<PathBuf>, flags: Vec<(String, String)>) -> Result<Loaded, SettingsError> {
        Self::load_from(&Sources::of_process(file, flags))
    }

    fn load_from(sources: &Sources) -> Result<Loaded, SettingsError> {
        vitrine_settings::load(sources, &["auth.client_secret"])
    }

    /// Puts all modules into one database.
    pub fn use_one_database(&mut self, database: DatabaseSettings) {
        self.auth.forget_own_database();
        self.category.forget_own_database();
        self.catalog.forget_own_database();
        self.database = database;
    }

    /// Whether callers without a credential may read what is published.
    pub fn anonymous_read(&self) -> bool {
        self.auth.module.anonymous_read
    }
}

#[cfg(test)]
mod tests;
