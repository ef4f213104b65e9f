//! The catalog module, where it is compiled in.

pub use compiled::{IS_COMPILED_IN, Settings, make, tenant};

#[cfg(feature = "catalog")]
mod compiled {
    use std::sync::Arc;

    use async_trait::async_trait;
    use serde_json::Value;
    use vitrine_bulk::{ByteStream, FinishedReport, Format};
    use vitrine_cache::SharedCache;
    use vitrine_catalog::service::{ImportOptions, ProductRows};
    use vitrine_catalog::{CatalogModule, MIGRATIONS, seed};
    use vitrine_catalog_api::CatalogPort;
    use vitrine_category_api::CategoryPort;
    use vitrine_kernel::{Clock, Failure, Principal};
    use vitrine_web::HttpModule;

    use crate::settings::Settings as Root;
    use crate::wiring::databases::{self, NamedDb, Tenant};
    use crate::wiring::local::{Input, LocalCatalog, OnRows};

    pub type Settings = vitrine_catalog::CatalogSettings;

    pub const IS_COMPILED_IN: bool = true;

    #[expect(clippy::unnecessary_wraps, reason = "a build without the module has no tenant")]
    pub fn tenant(settings: &Root) -> Option<Tenant> {
        Some(Tenant { settings: settings.catalog.database(&settings.database), migrations: MIGRATIONS })
    }

    pub fn make(
        databases: &[NamedDb],
        categories: Arc<dyn CategoryPort>,
        clock: &Arc<dyn Clock>,
        settings: &Root,
        shared: Option<SharedCache>,
    ) -> Option<Box<dyn LocalCatalog>> {
        let db = databases::of(databases, "catalog")?;
        let module = CatalogModule::new(db, categories, Arc::clone(clock), settings.catalog.module, shared);
        if let Some(db_of_categories) = databases::of(databases, "category") {
            module.follow_categories(&db_of_categories);
        }
        Some(Box::new(Local(Arc::new(module))))
    }

    struct Local(Arc<CatalogModule>);

    #[async_trait]
    impl LocalCatalog for Local {
        fn http(&self) -> Arc<dyn HttpModule> {
            self.0.clone()
        }

        fn port(&self) -> Arc<dyn CatalogPort> {
            self.0.port()
        }

        async fn import(
            &self,
            input: Input,
            format: Format,
            validate_only: bool,
        ) -> Result<FinishedReport, Failure> {
            let (rows, options) = (ProductRows::of_file(input, format), ImportOptions { validate_only });
            self.0.service().import(rows, options, &Principal::operator(), &|_| ()).await
        }

        fn export(&self, format: Format) -> ByteStream {
            self.0.service().export(format)
        }

        fn seed_categories(&self) -> Vec<Value> {
            seed::category_rows()
        }

        async fn seed_products(
            &self,
            count: u64,
            categories: Option<Vec<String>>,
            on_rows: OnRows<'_>,
        ) -> Result<FinishedReport, Failure> {
            let kinds = categories.map_or_else(seed::kinds, seed::kinds_in);
            let rows = ProductRows::made(seed::product_rows(count, kinds));
            self.0.service().import(rows, ImportOptions::default(), &Principal::operator(), on_rows).await
        }

        async fn problems(&self) -> Result<Vec<String>, Failure> {
            self.0.service().check().await
        }

        async fn repair(&self) -> Result<u64, Failure> {
            self.0.service().repair().await
        }
    }
}

#[cfg(not(feature = "catalog"))]
mod compiled {
    use std::sync::Arc;

    use serde::{Deserialize, Serialize};
    use vitrine_cache::SharedCache;
    use vitrine_category_api::CategoryPort;
    use vitrine_kernel::Clock;

    use crate::settings::Settings as Root;
    use crate::wiring::databases::{NamedDb, Tenant};
    use crate::wiring::local::LocalCatalog;

    /// Nothing can be told to a module that is not here.
    #[derive(Debug, Clone, Default, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub struct Settings {}

    pub const IS_COMPILED_IN: bool = false;

    pub fn tenant(_: &Root) -> Option<Tenant> {
        None
    }

    pub fn make(
        _: &[NamedDb],
        _: Arc<dyn CategoryPort>,
        _: &Arc<dyn Clock>,
        _: &Root,
        _: Option<SharedCache>,
    ) -> Option<Box<dyn LocalCatalog>> {
        None
    }
}
