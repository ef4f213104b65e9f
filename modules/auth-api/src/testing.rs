//! For tests: the port without a database ([`FakeAuth`]), and what every implementation must do ([`contract`]).

use async_trait::async_trait;
use secrecy::SecretString;
use vitrine_kernel::{Permissions, Timestamp};

pub mod contract;
mod fake;

pub use fake::FakeAuth;

/// A credential made for a test.
#[derive(Debug, Clone)]
pub struct SeedCredential {
    /// What the caller shows.
    pub bearer: SecretString,
    /// Who it stands for.
    pub subject: String,
}

/// How a contract test brings about what it then asks the port for. An implementation under test gives one that works
/// through its own use cases.
#[async_trait]
pub trait AuthSeed: Send + Sync {
    /// Makes an API key that has exactly these permissions.
    async fn api_key(&self, permissions: Permissions, expires_at: Option<Timestamp>) -> SeedCredential;
    /// Revokes it.
    async fn revoke(&self, credential: &SeedCredential);
    /// The time that the implementation sees.
    fn now(&self) -> Timestamp;
    /// Moves that time.
    fn advance_seconds(&self, seconds: i64);
}
