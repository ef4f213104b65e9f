//! The category module: the tree of categories, their attributes and their addresses.

pub mod bulk;
pub mod domain;
mod http;
mod module;
pub mod service;
mod settings;
pub mod store;
#[cfg(test)]
mod tests;

use vitrine_db::ModuleMigrations;

pub use module::CategoryModule;
pub use settings::CategorySettings;

/// The module's schema.
pub const MIGRATIONS: ModuleMigrations = ModuleMigrations {
    module: "category",
    sqlite: diesel_migrations::embed_migrations!("../../migrations/sqlite/category"),
    postgres: diesel_migrations::embed_migrations!("../../migrations/postgres/category"),
};
