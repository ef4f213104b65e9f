//! The auth module, where it is compiled in.

pub use compiled::{Module, Settings, make, tenant};

mod compiled {
    use std::sync::Arc;

    use serde::{Deserialize, Serialize};
    use vitrine_auth_api::AuthPort;
    use vitrine_auth_client::AuthClient;
    use vitrine_kernel::Clock;
    use vitrine_web::HttpModule;

    use crate::settings::Settings as Root;
    use crate::wiring::databases::{NamedDb, Tenant};
    use crate::wiring::is_local;

    /// What matters also without the module; the rest is for builds that have it.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(default)]
    pub struct Settings {
        pub anonymous_read: bool,
    }

    impl Default for Settings {
        fn default() -> Self {
            Self { anonymous_read: true }
        }
    }

    pub enum Module {}

    pub fn tenant(settings: &Root) -> anyhow::Result<Option<Tenant>> {
        is_local("auth", settings.modules.auth, false, &AuthClient::NOT_YET).map(|_off| None)
    }

    #[expect(clippy::unused_async, reason = "the same signature as with the module")]
    pub async fn make(_: &[NamedDb], _: &Arc<dyn Clock>, _: &Root) -> anyhow::Result<Option<Module>> {
        Ok(None)
    }

    impl Module {
        pub fn http(&self) -> Arc<dyn HttpModule> {
            match *self {}
        }

        pub fn port(&self) -> Arc<dyn AuthPort> {
            match *self {}
        }
    }
}
