//! The category module, where it is compiled in.

pub use compiled::{IS_COMPILED_IN, Settings, make, tenant};

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
