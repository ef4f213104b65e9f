//! What other modules may ask of the auth module: the port and its errors. A leaf: it knows the kernel only.

use async_trait::async_trait;
use secrecy::SecretString;
use vitrine_kernel::Principal;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

/// What a caller shows to prove who they are.
#[derive(Debug, Clone)]
pub enum Credential {
    /// The value of `Authorization: Bearer`: an API key or an access token.
    Bearer(SecretString),
}

/// Why a credential does not make a principal.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AuthPortError {
    /// It is not valid: unknown, expired, revoked, malformed. Which of these is not told, so that it can't be probed.
    #[error("the credential is not valid")]
    Rejected,
    /// The module does not answer, or its database does not.
    #[error("the auth module is unavailable: {0}")]
    Unavailable(String),
    /// The answer took longer than its deadline.
    #[error("the auth module did not answer in time")]
    Timeout,
}

/// The auth module, as its neighbours see it.
#[async_trait]
pub trait AuthPort: Send + Sync {
    /// Who shows this credential (compare RFC 7662).
    async fn authenticate(&self, credential: &Credential) -> Result<Principal, AuthPortError>;
}
