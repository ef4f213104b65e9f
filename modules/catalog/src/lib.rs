//! The catalog module: products, their variants, and finding them.

pub mod domain;
mod epochs;
mod http;
pub mod search;
pub mod seed;
pub mod service;
mod settings;
pub mod store;
#[cfg(test)]
mod world;

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use vitrine_cache::{ResponseCache, SharedCache};
use vitrine_catalog_api::CatalogPort;
use vitrine_category_api::CategoryPort;
use vitrine_db::{Db, ModuleMigrations};
use vitrine_kernel::Clock;
use vitrine_web::{HttpModule, Routes};

use epochs::CatalogEpochs;
use http::CatalogState;
use search::service::ProductSearch;
use service::CatalogService;
use store::{CatalogStore, DatabaseStore, SharedStore};

pub use http::ProductView;
pub use settings::CatalogSettings;

/// The schema of this module.
pub const MIGRATIONS: ModuleMigrations = ModuleMigrations {
    module: "catalog",
    sqlite: diesel_migrations::embed_migrations!("../../migrations/sqlite/catalog"),
    postgres: diesel_migrations::embed_migrations!("../../migrations/postgres/catalog"),
};

/// The module, put together.
pub struct CatalogModule {
    state: Arc<CatalogState>,
}

impl CatalogModule {
    /// A module that keeps its products in `db`, asks `categories` about categories, and shares what it reads by `shared`, if there is
    /// one, with other processes over the same database.
    pub fn new(
        db: Db,
        categories: Arc<dyn CategoryPort>,
        clock: Arc<dyn Clock>,
        settings: CatalogSettings,
        shared: Option<SharedCache>,
    ) -> Self {
        let epochs = Arc::new(CatalogEpochs::default());
        epochs.follow(&db);
        let mut store: Arc<dyn CatalogStore> = Arc::new(DatabaseStore::new(db.clone(), clock));
        if let Some(cache) = shared {
            store = Arc::new(SharedStore::new(store, cache, &db));
        }
        let details = ResponseCache::new("product_details", settings.cache_bytes);
        let lists = ResponseCache::new("product_lists", settings.list_cache_bytes);
        let search = ProductSearch::new(db.clone(), Arc::clone(&categories));
        let service = CatalogService::new(store, categories);
        Self { state: Arc::new(CatalogState { service, db, epochs, details, search, lists }) }
    }

    /// Follows the changes of categories that are kept in a database of their own; those in the module's own are followed already.
    pub fn follow_categories(&self, db: &Db) {
        if !db.is_same(&self.state.db) {
            self.state.epochs.follow(db);
        }
    }

    /// What other modules may ask.
    pub fn port(&self) -> Arc<dyn CatalogPort> {
        Arc::new(self.service().clone())
    }

    /// Browsing and search.
    pub fn search(&self) -> &ProductSearch {
        &self.state.search
    }

    /// The use cases.
    pub fn service(&self) -> &CatalogService {
        &self.state.service
    }
}

impl HttpModule for CatalogModule {
    fn routes(&self, routes: &mut Routes) {
        http::routes(routes);
    }

    fn state(&self, config: &mut ServiceConfig) {
        config.app_data(Data::from(Arc::clone(&self.state)));
    }

    fn openapi(&self) -> utoipa::openapi::OpenApi {
        http::document()
    }
}
