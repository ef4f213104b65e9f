use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use vitrine_cache::Epochs;
use vitrine_catalog_api::CatalogPort;
use vitrine_category_api::CategoryPort;
use vitrine_db::Db;
use vitrine_kernel::Clock;
use vitrine_web::{HttpModule, Routes};

use crate::bulk::CategoryBulk;
use crate::http::{self, HttpState};
use crate::service::{CategoryService, LocalCategories};
use crate::settings::CategorySettings;
use crate::store::CategoryStore;
use crate::store::sql::SqlCategoryStore;

/// The category module, ready to be mounted and asked.
pub struct CategoryModule {
    service: CategoryService,
    store: Arc<dyn CategoryStore>,
    state: Arc<HttpState>,
    bulk: CategoryBulk,
    products: Arc<Epochs>,
}

impl CategoryModule {
    /// A module on a database that has [`crate::MIGRATIONS`].
    pub fn new(
        db: Db,
        catalog: Arc<dyn CatalogPort>,
        clock: Arc<dyn Clock>,
        settings: CategorySettings,
    ) -> Self {
        let CategorySettings { cache_bytes, tree_max_nodes } = settings;
        let bulk = CategoryBulk::new(&db, &clock);
        let store: Arc<dyn CategoryStore> = Arc::new(SqlCategoryStore::new(db.clone(), clock));
        let service = CategoryService::new(Arc::clone(&store), catalog, tree_max_nodes);
        let (categories, products) = (Arc::new(Epochs::new()), Arc::new(Epochs::new()));
        advance_with(&db, "category.", &categories);
        advance_with(&db, "product.", &products);
        let state =
            Arc::new(HttpState::new(service.clone(), db, cache_bytes, categories, Arc::clone(&products)));
        Self { service, store, state, bulk, products }
    }

    /// Also hears of products in another database. Where the catalog has one of its own, counts of products that are kept would
    /// otherwise outlive the products.
    pub fn follow_products(&self, db: &Db) {
        advance_with(db, "product.", &self.products);
    }

    /// The module, as its neighbours see it.
    pub fn port(&self) -> Arc<dyn CategoryPort> {
        Arc::new(LocalCategories::new(Arc::clone(&self.store)))
    }

    /// The use cases: for commands, and [`CategoryService::maintain`] for servers.
    pub fn service(&self) -> &CategoryService {
        &self.service
    }

    /// Imports and exports.
    pub fn bulk(&self) -> &CategoryBulk {
        &self.bulk
    }
}

/// Advances epochs with the events of a kind, before the commits that bring them are acknowledged.
fn advance_with(db: &Db, kind_prefix: &'static str, epochs: &Arc<Epochs>) {
    let epochs = Arc::clone(epochs);
    db.on_commit(Arc::new(move |events| {
        for event in events.iter().filter(|event| event.kind.starts_with(kind_prefix)) {
            epochs.advance(&event.key);
        }
    }));
}

impl HttpModule for CategoryModule {
    fn routes(&self, routes: &mut Routes) {
        http::routes(routes);
    }

    fn state(&self, config: &mut ServiceConfig) {
        config.app_data(Data::from(Arc::clone(&self.state)));
        config.app_data(Data::new(self.bulk.clone()));
    }

    fn openapi(&self) -> utoipa::openapi::OpenApi {
        http::openapi()
    }
}
