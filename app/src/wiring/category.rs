//! The category module, where it is compiled in.

pub use compiled::{IS_COMPILED_IN, Settings, make, tenant};

#[cfg(feature = "category")]
mod compiled {
    use std::sync::Arc;

    use async_trait::async_trait;
    use serde_json::Value;
    use vitrine_bulk::{ByteStream, FinishedReport, Format};
    use vitrine_catalog_api::CatalogPort;
    use vitrine_category::bulk::CategoryRows;
    use vitrine_category::{CategoryModule, MIGRATIONS};
    use vitrine_category_api::CategoryPort;
    use vitrine_kernel::{Clock, Failure};
    use vitrine_web::HttpModule;

    use crate::settings::Settings as Root;
    use crate::wiring::databases::{self, NamedDb, Tenant};
    use crate::wiring::local::{Input, LocalCategory};

    pub type Settings = vitrine_category::CategorySettings;

    pub const IS_COMPILED_IN: bool = true;

    #[expect(clippy::unnecessary_wraps, reason = "a build without the module has no tenant")]
    pub fn tenant(settings: &Root) -> Option<Tenant> {
        Some(Tenant { settings: settings.category.database(&settings.database), migrations: MIGRATIONS })
    }

    pub fn make(
        databases: &[NamedDb],
        catalog: Arc<dyn CatalogPort>,
        clock: &Arc<dyn Clock>,
        settings: &Root,
    ) -> Option<Box<dyn LocalCategory>> {
        let db = databases::of(databases, "category")?;
        let module = CategoryModule::new(db.clone(), catalog, Arc::clone(clock), settings.category.module);
        if let Some(db_of_products) = databases::of(databases, "catalog").filter(|other| !other.is_same(&db))
        {
            module.follow_products(&db_of_products);
        }
        Some(Box::new(Local(Arc::new(module))))
    }

    struct Local(Arc<CategoryModule>);

    #[async_trait]
    impl LocalCategory for Local {
        fn http(&self) -> Arc<dyn HttpModule> {
            self.0.clone()
        }

        fn port(&self) -> Arc<dyn CategoryPort> {
            self.0.port()
        }

        async fn import(
            &self,
            input: Input,
            format: Format,
            validate_only: bool,
        ) -> Result<FinishedReport, Failure> {
            let rows = CategoryRows::of_file(input, format);
            self.0.bulk().import(rows, validate_only, &|_| ()).await
        }

        async fn import_values(&self, rows: Vec<Value>) -> Result<FinishedReport, Failure> {
            self.0.bulk().import(CategoryRows::made(rows), false, &|_| ()).await
        }

        fn export(&self, format: Format) -> ByteStream {
            self.0.bulk().export(format)
        }

        async fn maintain(&self) {
            self.0.service().maintain().await;
        }

        async fn problems(&self) -> Result<Vec<String>, Failure> {
            let problems = self.0.service().check().await?;
            Ok(problems
                .into_iter()
                .map(|problem| format!("{}: {}", problem.category, problem.detail))
                .collect())
        }

        async fn repair(&self) -> Result<u64, Failure> {
            self.0.service().repair().await
        }
    }
}

#[cfg(not(feature = "category"))]
mod compiled {
    use std::sync::Arc;

    use serde::{Deserialize, Serialize};
    use vitrine_catalog_api::CatalogPort;
    use vitrine_kernel::Clock;

    use crate::settings::Settings as Root;
    use crate::wiring::databases::{NamedDb, Tenant};
    use crate::wiring::local::LocalCategory;

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
        _: Arc<dyn CatalogPort>,
        _: &Arc<dyn Clock>,
        _: &Root,
    ) -> Option<Box<dyn LocalCategory>> {
        None
    }
}
