use vitrine_db::{Conn, LockKey, Recorder};
use vitrine_kernel::suggest::hint;
use vitrine_kernel::{Expected, Failure, Fault, KeyId, Page, Principal, Timestamp, Version};

use super::lists::{PageRequest, page};
use super::{AuthService, events, guard};
use crate::domain::{ApiKey, IssuedKey, KeyDraft, KeySecret, KeyText, NewKey, RoleName};
use crate::store::{api_keys, bindings, roles};

const LIST: &str = "auth.api_keys";

/// A key that the operator wants, on the machine that holds the database.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// The role it shall have.
    pub role: String,
    /// A name for people; `None` for one that says where it came from.
    pub name: Option<String>,
    /// How long it shall be valid, in seconds; `None` for ever. See [`crate::parse_lifetime`].
    pub lifetime_seconds: Option<i64>,
}

impl AuthService {
    pub(crate) async fn list_api_keys(&self, request: PageRequest) -> Result<Page<ApiKey>, Failure> {
        let after = request.after(LIST, |id| id.parse::<KeyId>().ok())?;
        let (limit, counted) = (request.limit, request.wants_count());
        let read = self.db.read(move |conn| {
            Box::pin(async move {
                let total = if counted { Some(api_keys::count(conn).await?) } else { None };
                Ok::<_, Failure>((api_keys::page(conn, after, limit).await?, total))
            })
        });
        let (items, total) = read.await?;
        Ok(page(items, limit, LIST, total, |key| key.id.to_string()))
    }

    pub(crate) async fn find_api_key(&self, id: KeyId) -> Result<Option<ApiKey>, Failure> {
        self.db.read(move |conn| Box::pin(async move { Ok(api_keys::find(conn, id).await?) })).await
    }

    /// Makes a key, and shows it this once.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::Forbidden`] when the key could do what its maker can't.
    pub(crate) async fn create_api_key(
        &self,
        actor: &Principal,
        draft: KeyDraft,
        recorder: Option<Recorder<IssuedKey>>,
    ) -> Result<IssuedKey, Failure> {
        let (actor, now) = (actor.clone(), self.now());
        let text = KeyText { id: KeyId::generate(), secret: KeySecret::generate()? };
        let api_key = ApiKey {
            id: text.id,
            name: draft.name,
            roles: draft.roles,
            scopes: draft.scopes,
            created_by: actor.subject.clone(),
            created_at: now,
            expires_at: draft.expires_at,
            last_used_at: None,
        };
        let new_key = NewKey { hash: *self.hash_key.hash(&text.secret).as_bytes(), api_key: api_key.clone() };
        self.db.write(move |conn| Box::pin(create_in(conn, actor, new_key, recorder, now))).await?;
        Ok(IssuedKey { api_key, key: Some(text.render()) })
    }

    /// Makes a key for whoever runs commands on the machine that holds the database.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::Validation`] when there is no such role, or the name is too long.
    pub(crate) async fn issue_token(&self, request: TokenRequest) -> Result<IssuedKey, Failure> {
        let known = self.known_roles().await?;
        let now = self.now();
        let body = serde_json::json!({
            "name": request.name.unwrap_or_else(|| format!("vitrine token --role {}", request.role)),
            "roles": [request.role],
            "expires_at": request.lifetime_seconds.map(|seconds| now.plus_seconds(seconds)),
        });
        let draft = KeyDraft::read(&body, &known, now)?;
        self.create_api_key(&Principal::operator(), draft, None).await
    }

    /// Revokes a key: it is refused from the next request on. What was bound to it goes too.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::NotFound`], [`vitrine_kernel::ErrorCode::PreconditionFailed`],
    /// [`vitrine_kernel::ErrorCode::Conflict`] when it is the last valid one with `auth:admin`.
    pub(crate) async fn delete_api_key(
        &self,
        actor: &Principal,
        id: KeyId,
        expected: Expected,
    ) -> Result<(), Failure> {
        let (actor, now) = (actor.subject.clone(), self.now());
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    conn.lock(LockKey::Auth).await?;
                    let key = api_keys::find(conn, id).await?;
                    let key = key.ok_or_else(|| Failure::not_found("API key", id))?;
                    // A key never changes, so it stays at its first version.
                    expected.check(Version::FIRST)?;
                    let admins = guard::count_admin_keys(conn, now).await?;
                    api_keys::delete(conn, id).await?;
                    bindings::delete_of_subject(conn, &key.subject()).await?;
                    guard::keep_an_admin(conn, admins, now).await?;
                    events::of_key(conn, "auth.key_revoked", id, Version::FIRST.next(), now).await?;
                    tracing::info!(target: "audit", %actor, key.id = %id, key.name = %key.name, "revoked the API key {id}");
                    Ok(())
                })
            })
            .await
    }
}

async fn create_in(
    conn: &mut Conn,
    actor: Principal,
    new_key: NewKey,
    recorder: Option<Recorder<IssuedKey>>,
    now: Timestamp,
) -> Result<(), Failure> {
    conn.lock(LockKey::Auth).await?;
    let key = &new_key.api_key;
    let known = roles::all(conn).await?;
    // They were there when the body was read; one may have been deleted since.
    let gone = key.roles.iter().find(|role| !known.0.contains_key(*role));
    if let Some(gone) = gone {
        let detail = format!("`{gone}` is not a role there is. {}", hint(gone.as_str(), known.names()));
        return Err(Failure::validation(vec![Fault::new("/roles", "unknown_role", detail)]));
    }
    guard::require_within(&actor, known.permissions_of(&key.roles, key.scopes), "an API key")?;
    api_keys::insert(conn, &new_key).await?;
    events::of_key(conn, "auth.key_created", key.id, Version::FIRST, now).await?;
    if let Some(recorder) = recorder {
        // What is kept to answer a repeated request must not hold the key itself: it is shown once and stored nowhere.
        let kept = IssuedKey { api_key: key.clone(), key: None };
        recorder.record(conn, &kept, now).await?;
    }
    let roles: Vec<_> = key.roles.iter().map(RoleName::as_str).collect();
    tracing::info!(
        target: "audit", actor = %actor.subject, key.id = %key.id, key.name = %key.name, ?roles,
        "made the API key {}", key.id
    );
    Ok(())
}
