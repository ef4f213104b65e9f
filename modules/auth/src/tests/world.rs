use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use vitrine_auth_api::testing::{AuthSeed, SeedCredential};
use vitrine_auth_api::{AuthPort as _, AuthPortError, Credential};
use vitrine_db::{DatabaseSettings, Db};
use vitrine_kernel::{Clock, Expected, KeyId, ManualClock, Permission, Permissions, Principal, Timestamp};

use crate::domain::{IssuedKey, KeyDraft, PutMode, RoleName};
use crate::service::AuthService;
use crate::{AuthSettings, MIGRATIONS};

/// A service over an empty database, with a clock that the test moves.
pub(super) struct World {
    pub(super) service: Arc<AuthService>,
    pub(super) db: Db,
    pub(super) clock: Arc<ManualClock>,
    pub(super) folder: TempDir,
}

impl World {
    pub(super) async fn start() -> Self {
        let (folder, clock) = Self::empty();
        let (service, db) = start_in(&folder, &clock).await;
        Self { service, db, clock, folder }
    }

    /// A folder without a database, and the clock.
    pub(super) fn empty() -> (TempDir, Arc<ManualClock>) {
        let clock = ManualClock::new(Timestamp::from_millis(1_763_805_600_000));
        (tempfile::tempdir().expect("a folder"), Arc::new(clock))
    }

    /// Another service on the same file, as another process would have it.
    pub(super) async fn another_process(&self) -> (Arc<AuthService>, Db) {
        start_in(&self.folder, &self.clock).await
    }

    pub(super) async fn key(&self, roles: &[&str]) -> IssuedKey {
        self.key_by(&Principal::operator(), roles, None).await.expect("made")
    }

    pub(super) async fn key_by(
        &self,
        actor: &Principal,
        roles: &[&str],
        scopes: Option<Permissions>,
    ) -> vitrine_kernel::Result<IssuedKey> {
        let roles = roles.iter().map(|name| role(name)).collect();
        let draft = KeyDraft { name: "Test".to_owned(), roles, scopes, expires_at: None };
        self.service.create_api_key(actor, draft, None).await
    }

    pub(super) async fn make_role(&self, name: &str, permissions: &[Permission]) {
        let permissions = permissions.iter().copied().collect();
        self.service
            .put_role(&Principal::operator(), role(name), permissions, PutMode::Create)
            .await
            .expect("made");
    }

    /// Who shows this key; `None` if it is rejected.
    pub(super) async fn show(&self, key: &IssuedKey) -> Option<Principal> {
        show(&self.service, text_of(key)).await.expect("the port answers")
    }

    pub(super) async fn delete_key(&self, id: KeyId) -> vitrine_kernel::Result<()> {
        self.service.delete_api_key(&Principal::operator(), id, Expected::Any).await
    }
}

pub(super) async fn start_in(folder: &TempDir, clock: &Arc<ManualClock>) -> (Arc<AuthService>, Db) {
    let url = format!("sqlite://{}", folder.path().join("vitrine.db").display());
    let db =
        Db::open(&DatabaseSettings { url, ..DatabaseSettings::default() }, &[MIGRATIONS]).expect("opens");
    let system = Arc::clone(clock) as Arc<dyn Clock>;
    let service = AuthService::start(db.clone(), system, &AuthSettings::default()).await.expect("starts");
    (Arc::new(service), db)
}

pub(super) fn role(name: &str) -> RoleName {
    RoleName::parse(name).expect("a role name")
}

pub(super) fn set(permissions: &[Permission]) -> Permissions {
    permissions.iter().copied().collect()
}

pub(super) fn text_of(key: &IssuedKey) -> &str {
    key.key.as_ref().expect("a new key is shown").expose_secret()
}

/// `Ok(None)` when rejected.
pub(super) async fn show(service: &AuthService, bearer: &str) -> Result<Option<Principal>, AuthPortError> {
    match service.authenticate(&Credential::Bearer(SecretString::from(bearer.to_owned()))).await {
        Ok(principal) => Ok(Some(principal)),
        Err(AuthPortError::Rejected) => Ok(None),
        Err(error) => Err(error),
    }
}

#[async_trait]
impl AuthSeed for World {
    async fn api_key(&self, permissions: Permissions, expires_at: Option<Timestamp>) -> SeedCredential {
        let draft = KeyDraft {
            name: "Seed".to_owned(),
            roles: vec![role("admin")],
            scopes: Some(permissions),
            expires_at,
        };
        let issued = self.service.create_api_key(&Principal::operator(), draft, None).await.expect("made");
        let subject = issued.api_key.subject();
        SeedCredential { bearer: issued.key.expect("shown"), subject }
    }

    async fn revoke(&self, credential: &SeedCredential) {
        // The suite makes keys of all kinds, and the last admin can't be revoked.
        self.key(&["admin"]).await;
        let id = credential.subject.trim_start_matches("key:").parse().expect("an id");
        self.delete_key(id).await.expect("revoked");
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn advance_seconds(&self, seconds: i64) {
        self.clock.advance_seconds(seconds);
    }
}
