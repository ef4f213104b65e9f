//! From a credential to a principal. On the way that nearly all requests take: one hash, one look into a map.
//!
//! Answers are kept with the generation of auth's data at which they were made, read before the database was. Every commit
//! that touches roles, bindings or keys begins a new generation before it is acknowledged (one of another process: within
//! 250 ms), and an answer of an older one is made again. So a revoked key is refused, and a changed role in force, from the
//! next request on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use moka::sync::Cache;
use secrecy::ExposeSecret as _;
use vitrine_auth_api::{AuthPort, AuthPortError, Credential};
use vitrine_db::{CommitListener, DbError};
use vitrine_kernel::{KeyId, Principal, PrincipalKind};

use super::usage::LastNoted;
use super::{AuthService, events};
use crate::domain::{ApiKey, KeyText, RoleSet};
use crate::store::{api_keys, bindings, roles};

/// Without any commit, a key is looked up again after this time: bounds what a lost notice could do.
const VERIFIED_FOR: Duration = Duration::from_mins(5);
/// Refusals are kept apart and briefly, so that a flood of wrong keys can't push good ones out.
const REFUSED_FOR: Duration = Duration::from_secs(10);
const MOST_REFUSED: u64 = 10_000;

/// BLAKE3 of a whole key: what the maps know it by, so that they hold no secrets.
type Fingerprint = [u8; 32];

/// The answers that are known.
pub(super) struct KnownKeys {
    generation: Arc<AtomicU64>,
    verified: Cache<Fingerprint, Arc<Verified>>,
    refused: Cache<Fingerprint, u64>,
}

struct Verified {
    generation: u64,
    key_id: KeyId,
    principal: Principal,
    last_noted: LastNoted,
}

impl KnownKeys {
    pub(super) fn new(most_verified: u64) -> Self {
        Self {
            generation: Arc::default(),
            verified: Cache::builder().max_capacity(most_verified).time_to_live(VERIFIED_FOR).build(),
            refused: Cache::builder().max_capacity(MOST_REFUSED).time_to_live(REFUSED_FOR).build(),
        }
    }

    /// Begins a new generation with every commit that touches auth.
    pub(super) fn listener(&self) -> CommitListener {
        let generation = Arc::clone(&self.generation);
        Arc::new(move |changes| {
            if changes.iter().any(|change| change.kind.starts_with(events::PREFIX)) {
                generation.fetch_add(1, Ordering::AcqRel);
            }
        })
    }
}

/// What became of a look into the database.
enum Looked {
    Found(Box<Verified>),
    Refused(&'static str),
}

#[async_trait]
impl AuthPort for AuthService {
    async fn authenticate(&self, credential: &Credential) -> Result<Principal, AuthPortError> {
        let Credential::Bearer(bearer) = credential;
        let bearer = bearer.expose_secret();
        if bearer.len() != KeyText::LENGTH {
            return Err(refuse("it is no API key"));
        }
        let fingerprint = *blake3::hash(bearer.as_bytes()).as_bytes();
        let generation = self.known.generation.load(Ordering::Acquire);
        let known = self.known.verified.get(&fingerprint);
        if let Some(verified) = known.filter(|verified| verified.generation == generation) {
            return self.admit(&verified);
        }
        if self.known.refused.get(&fingerprint) == Some(generation) {
            return Err(AuthPortError::Rejected);
        }
        let Some(key) = KeyText::parse(bearer) else { return Err(refuse("its checksum is wrong")) };
        match self.look_up(key, generation).await.map_err(|error| unavailable(&error))? {
            Looked::Found(verified) => {
                let verified = Arc::from(verified);
                self.known.verified.insert(fingerprint, Arc::clone(&verified));
                self.admit(&verified)
            }
            Looked::Refused(why) => {
                self.known.refused.insert(fingerprint, generation);
                Err(refuse(why))
            }
        }
    }
}

impl AuthService {
    /// Time goes on for kept answers too.
    fn admit(&self, verified: &Verified) -> Result<Principal, AuthPortError> {
        let now = self.now();
        if verified.principal.expires_at.is_some_and(|end| end <= now) {
            return Err(refuse("it has expired"));
        }
        self.usage.note(verified.key_id, &verified.last_noted, now);
        Ok(verified.principal.clone())
    }

    async fn look_up(&self, shown: KeyText, generation: u64) -> Result<Looked, DbError> {
        let shown_hash = self.hash_key.hash(&shown.secret);
        let work = self.db.read(move |conn| {
            Box::pin(async move {
                let found = api_keys::find_with_hash(conn, shown.id).await?;
                let stored_hash = found.as_ref().map_or([0; 32], |(_, hash)| *hash);
                // An unknown id takes the same way as a wrong secret, so that the time tells nothing of either.
                let matches = same_hash(shown_hash, blake3::Hash::from_bytes(stored_hash));
                let Some((key, _)) = found.filter(|_| matches) else {
                    return Ok::<_, DbError>(None);
                };
                let bound = bindings::roles_of_subject(conn, &key.subject()).await?;
                let known = roles::all(conn).await?;
                Ok(Some((key, bound, known)))
            })
        });
        let Some((mut key, bound, known)) = work.await? else {
            return Ok(Looked::Refused("there is no such key"));
        };
        if key.has_expired(self.now()) {
            return Ok(Looked::Refused("it has expired"));
        }
        key.roles.extend(bound);
        key.roles.sort();
        key.roles.dedup();
        Ok(Looked::Found(Box::new(Verified {
            generation,
            key_id: key.id,
            last_noted: LastNoted::new(key.last_used_at),
            principal: principal_of(key, &known),
        })))
    }
}

/// [`blake3::Hash`] compares in constant time; slices would not. The barrier keeps the comparison where its outcome is
/// known beforehand.
fn same_hash(shown: blake3::Hash, stored: blake3::Hash) -> bool {
    std::hint::black_box(shown == stored)
}

fn principal_of(key: ApiKey, known: &RoleSet) -> Principal {
    Principal {
        subject: key.subject(),
        kind: PrincipalKind::ApiKey,
        permissions: known.permissions_of(&key.roles, key.scopes),
        roles: key.roles.iter().map(ToString::to_string).collect(),
        name: key.name,
        expires_at: key.expires_at,
    }
}

/// The reason is for the log; the caller is never told which it was.
fn refuse(why: &'static str) -> AuthPortError {
    tracing::info!(target: "audit", reason = why, "refused a credential: {why}");
    AuthPortError::Rejected
}

fn unavailable(error: &DbError) -> AuthPortError {
    tracing::error!(%error, "could not look an API key up");
    AuthPortError::Unavailable(error.to_string())
}
