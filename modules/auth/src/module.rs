use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use vitrine_auth_api::AuthPort;
use vitrine_db::Db;
use vitrine_kernel::{Clock, Failure};
use vitrine_web::{HttpModule, Routes};

use crate::domain::IssuedKey;
use crate::service::{AuthService, TokenRequest};
use crate::settings::{AuthSettings, AuthSettingsError};

/// The auth module, ready to be mounted and asked.
pub struct AuthModule {
    service: Arc<AuthService>,
}

/// Why the module did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting can't be honoured.
    #[error(transparent)]
    Settings(#[from] AuthSettingsError),
    /// The tables could not be read or prepared.
    #[error("could not prepare the auth tables: {0}")]
    Prepare(#[from] Failure),
}

impl AuthModule {
    /// Starts the module on a database that has [`crate::MIGRATIONS`]. The first start makes the built-in roles.
    ///
    /// Errors: [`StartError`], which says what to do.
    pub async fn new(db: Db, clock: Arc<dyn Clock>, settings: AuthSettings) -> Result<Self, StartError> {
        settings.check()?;
        let service = AuthService::start(db, clock, &settings).await?;
        Ok(Self { service: Arc::new(service) })
    }

    /// The module, as its neighbours see it.
    pub fn port(&self) -> Arc<dyn AuthPort> {
        Arc::clone(&self.service) as Arc<dyn AuthPort>
    }

    /// Makes an API key for whoever runs commands on the machine that holds the database: `vitrine token`. A running server
    /// accepts it within 250 ms.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::Validation`] when there is no such role, or the name or the lifetime is wrong.
    pub async fn issue_token(&self, request: TokenRequest) -> Result<IssuedKey, Failure> {
        self.service.issue_token(request).await
    }

    /// Writes down which keys were used, now instead of within a second. For the end of a process.
    pub async fn flush(&self) {
        self.service.flush_usage().await;
    }
}

impl HttpModule for AuthModule {
    fn routes(&self, routes: &mut Routes) {
        crate::http::routes(routes);
    }

    fn state(&self, config: &mut ServiceConfig) {
        config.app_data(Data::from(Arc::clone(&self.service)));
    }

    fn openapi(&self) -> utoipa::openapi::OpenApi {
        crate::http::openapi()
    }
}
