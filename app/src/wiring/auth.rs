//! The auth module, where it is compiled in.

pub use compiled::{IS_COMPILED_IN, Settings, make, tenant};

#[cfg(feature = "auth")]
mod compiled {
    use std::sync::Arc;

    use anyhow::Context as _;
    use async_trait::async_trait;
    use secrecy::ExposeSecret as _;
    use vitrine_auth::{AuthModule, MIGRATIONS, TokenRequest, parse_lifetime};
    use vitrine_auth_api::AuthPort;
    use vitrine_kernel::Clock;
    use vitrine_web::HttpModule;

    use crate::settings::Settings as Root;
    use crate::wiring::databases::{self, NamedDb, Tenant};
    use crate::wiring::local::LocalAuth;

    pub type Settings = vitrine_auth::AuthSettings;

    pub const IS_COMPILED_IN: bool = true;

    #[expect(clippy::unnecessary_wraps, reason = "a build without the module has no tenant")]
    pub fn tenant(settings: &Root) -> Option<Tenant> {
        Some(Tenant { settings: settings.auth.database(&settings.database), migrations: MIGRATIONS })
    }

    pub async fn make(
        databases: &[NamedDb],
        clock: &Arc<dyn Clock>,
        settings: &Root,
    ) -> anyhow::Result<Option<Box<dyn LocalAuth>>> {
        let Some(db) = databases::of(databases, "auth") else { return Ok(None) };
        let module = AuthModule::new(db, Arc::clone(clock), settings.auth.module.clone()).await?;
        Ok(Some(Box::new(Local(Arc::new(module)))))
    }

    struct Local(Arc<AuthModule>);

    #[async_trait]
    impl LocalAuth for Local {
        fn http(&self) -> Arc<dyn HttpModule> {
            self.0.clone()
        }

        fn port(&self) -> Arc<dyn AuthPort> {
            self.0.port()
        }

        async fn issue_token(
            &self,
            role: String,
            name: Option<String>,
            lifetime: Option<String>,
        ) -> anyhow::Result<String> {
            let lifetime_seconds = match lifetime {
                None => None,
                Some(text) => Some(parse_lifetime(&text).with_context(|| {
                    format!("--expires {text} is no time; write a number with s, m, h, d or w, such as 30d")
                })?),
            };
            let issued = self.0.issue_token(TokenRequest { role, name, lifetime_seconds }).await?;
            let key = issued.key.context("a new key was not shown")?;
            Ok(key.expose_secret().to_owned())
        }

        async fn flush(&self) {
            self.0.flush().await;
        }
    }
}

#[cfg(not(feature = "auth"))]
mod compiled {
    use std::sync::Arc;

    use serde::{Deserialize, Serialize};
    use vitrine_kernel::Clock;

    use crate::settings::Settings as Root;
    use crate::wiring::databases::{NamedDb, Tenant};
    use crate::wiring::local::LocalAuth;

    /// What matters also without the module.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    pub struct Settings {
        pub anonymous_read: bool,
    }

    impl Default for Settings {
        fn default() -> Self {
            Self { anonymous_read: true }
        }
    }

    pub const IS_COMPILED_IN: bool = false;

    pub fn tenant(_: &Root) -> Option<Tenant> {
        None
    }

    pub async fn make(
        _: &[NamedDb],
        _: &Arc<dyn Clock>,
        _: &Root,
    ) -> anyhow::Result<Option<Box<dyn LocalAuth>>> {
        Ok(None)
    }
}
