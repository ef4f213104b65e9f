//! The category module, where it is compiled in.

pub use compiled::{Module, Settings, make, tenant};

mod compiled {
    use std::sync::Arc;

    use serde::{Deserialize, Serialize};
    use std::io::Read;
    use vitrine_catalog_api::CatalogPort;
    use vitrine_category_api::CategoryPort;
    use vitrine_category_client::CategoryClient;

    use vitrine_bulk::{ByteStream, FinishedReport, Format};
    use vitrine_kernel::{Clock, Failure};
    use vitrine_web::HttpModule;

    use crate::settings::Settings as Root;
    use crate::wiring::databases::{NamedDb, Tenant};
    use crate::wiring::is_local;

    /// For builds that have the module.
    #[derive(Debug, Clone, Default, Serialize, Deserialize)]
    pub struct Settings {}

    pub enum Module {}

    pub fn tenant(settings: &Root) -> anyhow::Result<Option<Tenant>> {
        is_local("category", settings.modules.category, false, &CategoryClient::NOT_YET).map(|_off| None)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the same signature as with the module")]
    pub fn make(
        _: &[NamedDb],
        _: Arc<dyn CatalogPort>,
        _: &Arc<dyn Clock>,
        _: &Root,
    ) -> anyhow::Result<Option<Module>> {
        Ok(None)
    }

    impl Module {
        pub fn http(&self) -> Arc<dyn HttpModule> {
            match *self {}
        }

        pub fn port(&self) -> Arc<dyn CategoryPort> {
            match *self {}
        }

        pub async fn import(
            &self,
            _: Box<dyn Read + Send>,
            _: Format,
            _: bool,
        ) -> Result<FinishedReport, Failure> {
            match *self {}
        }

        pub fn export(&self, _: Format) -> Result<ByteStream, Failure> {
            match *self {}
        }
    }
}
