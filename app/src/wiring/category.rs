//! The category module, where it is compiled in.

pub use compiled::{Settings, make, tenant};

#[cfg(feature = "category")]
mod compiled {
    use std::sync::Arc;

    use async_trait::async_trait;
    use serde_json::Value;
    use vitrine_bulk::{ByteStream, FinishedReport, Format};
    use vitrine_catalog_api::CatalogPort;
    use vitrine_category::{CategoryModule, MIGRATIONS};
    use vitrine_category_api::CategoryPort;
    use vitrine_category_client::CategoryClient;
    use vitrine_kernel::{Clock, Failure, Principal};
    use vitrine_web::HttpModule;

    use crate::settings::Settings as Root;
    use crate::wiring::databases::{self, NamedDb, Tenant};
    use crate::wiring::is_local;
    use crate::wiring::local::{Input, LocalCategory};

    pub type Settings = vitrine_category::CategorySettings;

    pub fn tenant(settings: &Root) -> anyhow::Result<Option<Tenant>> {
        let is_here = is_local("category", settings.modules.category, true, CategoryClient::NOT_YET)?;
        Ok(is_here.then(|| Tenant {
            settings: settings.category.database(&settings.database),
            migrations: MIGRATIONS,
        }))
    }

    pub fn make(
        databases: &[NamedDb],
        catalog: Arc<dyn CatalogPort>,
        clock: &Arc<dyn Clock>,
        settings: &Root,
    ) -> Option<Box<dyn LocalCategory>> {
        let db = databases::of(databases, "category")?;
        let module = CategoryModule::new(db, catalog, Arc::clone(clock), settings.category.module.clone());
        Some(Box::new(Local(Arc::new(module))))
    }
}

#[cfg(not(feature = "category"))]
mod compiled {
    use std::sync::Arc;

    use serde::{Deserialize, Serialize};
    use vitrine_catalog_api::CatalogPort;
    use vitrine_category_client::CategoryClient;
    use vitrine_kernel::Clock;

    use crate::settings::Settings as Root;
    use crate::wiring::databases::{NamedDb, Tenant};
    use crate::wiring::is_local;
    use crate::wiring::local::LocalCategory;

    /// Nothing can be told to a module that is not here.
    #[derive(Debug, Clone, Default, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Settings {}

    pub fn tenant(settings: &Root) -> anyhow::Result<Option<Tenant>> {
        is_local("category", settings.modules.category, false, CategoryClient::NOT_YET).map(|_off| None)
    }

    pub fn make(
        _: &[NamedDb],
        _: Arc<dyn CatalogPort>,
        _: &Arc<dyn Clock>,
        _: &Root,
    ) -> Option<Box<dyn LocalCategory>> {
        None
    }
}
