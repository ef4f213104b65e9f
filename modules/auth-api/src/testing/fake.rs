use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use vitrine_kernel::{Clock, KeyId, ManualClock, Permissions, Principal, PrincipalKind, Timestamp};

use super::{AuthSeed, SeedCredential};
use crate::{AuthPort, AuthPortError, Credential};

/// Credentials in memory: any text can be one.
pub struct FakeAuth {
    clock: ManualClock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    principals: HashMap<String, Principal>,
    failure: Option<AuthPortError>,
    calls: u64,
}

impl Default for FakeAuth {
    fn default() -> Self {
        Self { clock: ManualClock::new(Timestamp::from_millis(1_763_805_600_000)), state: Mutex::default() }
    }
}

impl FakeAuth {
    /// Nobody gets in.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whoever shows this text is that principal.
    pub fn put(&self, bearer: &str, principal: Principal) {
        self.state().principals.insert(bearer.to_owned(), principal);
    }

    /// Whoever shows this text has these permissions.
    pub fn allow(&self, bearer: &str, permissions: Permissions) {
        self.put(bearer, principal(permissions, None));
    }

    /// From now on every call fails this way; `None` ends that.
    pub fn fail_with(&self, failure: Option<AuthPortError>) {
        self.state().failure = failure;
    }

    /// How many calls of the port there were.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn principal(permissions: Permissions, expires_at: Option<Timestamp>) -> Principal {
    Principal {
        subject: format!("key:{}", KeyId::generate()),
        name: "Test".to_owned(),
        kind: PrincipalKind::ApiKey,
        roles: vec!["test".to_owned()],
        permissions,
        expires_at,
    }
}

#[async_trait]
impl AuthPort for FakeAuth {
    async fn authenticate(&self, credential: &Credential) -> Result<Principal, AuthPortError> {
        let mut state = self.state();
        state.calls += 1;
        if let Some(failure) = &state.failure {
            return Err(failure.clone());
        }
        let Credential::Bearer(bearer) = credential;
        let found = state.principals.get(bearer.expose_secret());
        let alive = found.filter(|principal| principal.expires_at.is_none_or(|end| end > self.clock.now()));
        alive.cloned().ok_or(AuthPortError::Rejected)
    }
}

#[async_trait]
impl AuthSeed for FakeAuth {
    async fn api_key(&self, permissions: Permissions, expires_at: Option<Timestamp>) -> SeedCredential {
        let bearer = format!("fake_{}", KeyId::generate().0.simple());
        let principal = principal(permissions, expires_at);
        let subject = principal.subject.clone();
        self.put(&bearer, principal);
        SeedCredential { bearer: SecretString::from(bearer), subject }
    }

    async fn revoke(&self, credential: &SeedCredential) {
        self.state().principals.remove(credential.bearer.expose_secret());
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn advance_seconds(&self, seconds: i64) {
        self.clock.advance_seconds(seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_fake_keeps_the_contract() {
        let fake = FakeAuth::new();
        super::super::contract::all(&fake, &fake).await;
    }

    #[tokio::test]
    async fn the_fake_fails_when_told_to() {
        let fake = FakeAuth::new();
        fake.allow("letmein", Permissions::all());
        let shown = Credential::Bearer(SecretString::from("letmein"));
        fake.fail_with(Some(AuthPortError::Timeout));
        assert!(matches!(fake.authenticate(&shown).await, Err(AuthPortError::Timeout)));
        fake.fail_with(None);
        assert!(fake.authenticate(&shown).await.is_ok());
        assert_eq!(fake.calls(), 2);
    }
}
