//! The catalog module: products, their variants, and finding them.

pub mod domain;
pub mod search;
pub mod seed;
pub mod service;
mod settings;
pub mod store;
#[cfg(test)]
mod world;

use std::sync::Arc;

use vitrine_category_api::CategoryPort;
use vitrine_db::{Db, ModuleMigrations};
use vitrine_kernel::Clock;

pub use settings::CatalogSettings;

/// The schema of this module.
pub const MIGRATIONS: ModuleMigrations = ModuleMigrations {
    module: "catalog",
    sqlite: diesel_migrations::embed_migrations!("../../migrations/sqlite/catalog"),
};

/// The module, put together.
pub struct CatalogModule {
    _db: Db,
    _categories: Arc<dyn CategoryPort>,
    _clock: Arc<dyn Clock>,
}

impl CatalogModule {
    /// A module that keeps its products in `db` and asks `categories` about categories.
    pub fn new(
        db: Db,
        categories: Arc<dyn CategoryPort>,
        clock: Arc<dyn Clock>,
        settings: CatalogSettings,
    ) -> Self {
        let _ = settings;
        Self { _db: db, _categories: categories, _clock: clock }
    }
}
