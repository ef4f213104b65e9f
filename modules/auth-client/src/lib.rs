//! The auth module's port over HTTP. Not built yet: every call answers that the module is unavailable, and why.

use async_trait::async_trait;
use vitrine_auth_api::{AuthPort, AuthPortError, Credential};
use vitrine_kernel::Principal;
use vitrine_peer::NotYet;

/// The auth module of another process.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuthClient;

impl AuthClient {
    /// Why this version can't call a remote auth module: for the refusal at start.
    pub const NOT_YET: NotYet = NotYet { module: "auth" };

    /// A client whose calls all fail with [`AuthClient::NOT_YET`].
    pub const fn new() -> Self {
        Self
    }
}

#[async_trait]
impl AuthPort for AuthClient {
    async fn authenticate(&self, _credential: &Credential) -> Result<Principal, AuthPortError> {
        Err(AuthPortError::Unavailable(Self::NOT_YET.to_string()))
    }
}
