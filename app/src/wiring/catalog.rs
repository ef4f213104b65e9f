//! The catalog module, where it is compiled in.

pub use compiled::{Settings, make, tenant};

#[cfg(not(feature = "catalog"))]
mod compiled {
    use std::sync::Arc;

    use serde::{Deserialize, Serialize};
    use vitrine_catalog_client::CatalogClient;
    use vitrine_category_api::CategoryPort;
    use vitrine_kernel::Clock;

    use crate::settings::Settings as Root;
    use crate::wiring::databases::{NamedDb, Tenant};
    use crate::wiring::is_local;
    use crate::wiring::local::LocalCatalog;

    /// Nothing can be told to a module that is not here.
    #[derive(Debug, Clone, Default, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Settings {}

    pub fn tenant(settings: &Root) -> anyhow::Result<Option<Tenant>> {
        is_local("catalog", settings.modules.catalog, false, CatalogClient::NOT_YET).map(|_off| None)
    }

    pub fn make(
        _: &[NamedDb],
        _: Arc<dyn CategoryPort>,
        _: &Arc<dyn Clock>,
        _: &Root,
    ) -> Option<Box<dyn LocalCatalog>> {
        None
    }
}
