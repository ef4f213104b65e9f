//! The use cases, and the port.

mod api_keys;
mod bindings;
mod events;
mod first_start;
mod guard;
mod lists;
mod roles;
mod usage;
mod verifier;

use std::sync::Arc;

use vitrine_db::Db;
use vitrine_kernel::{Clock, Failure, Timestamp};

use crate::domain::RoleSet;
use crate::settings::AuthSettings;
use crate::store;

pub use api_keys::TokenRequest;
pub(crate) use lists::PageRequest;
use usage::Usage;
use verifier::KnownKeys;

/// What the module can do. Writes take the caller, whose permissions bound what they may give away.
pub(crate) struct AuthService {
    db: Db,
    clock: Arc<dyn Clock>,
    hash_key: HashKey,
    known: KnownKeys,
    usage: Arc<Usage>,
}

/// The key of the keyed hash under which secrets are stored.
#[derive(Clone, Copy)]
pub(crate) struct HashKey([u8; 32]);

impl HashKey {
    /// What is stored of a secret. A plain keyed hash is enough: with 256 random bits there is nothing to guess, so
    /// nothing has to be slow. [`blake3::Hash`] compares in constant time.
    pub(crate) fn hash(&self, secret: &crate::domain::KeySecret) -> blake3::Hash {
        blake3::keyed_hash(&self.0, secret.expose().as_bytes())
    }
}

impl AuthService {
    /// Prepares the tables on the first start, and listens for what changes.
    pub(crate) async fn start(
        db: Db,
        clock: Arc<dyn Clock>,
        settings: &AuthSettings,
    ) -> Result<Self, Failure> {
        let hash_key = first_start::prepare(&db, clock.now()).await?;
        let known = KnownKeys::new(settings.cached_keys);
        db.on_commit(known.listener());
        let usage = Arc::new(Usage::new(db.clone()));
        Ok(Self { db, clock, hash_key, known, usage })
    }

    /// The database of the module: where the answers to idempotent requests are kept.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    #[cfg(test)]
    pub(crate) fn hash_key_for_test(&self) -> HashKey {
        self.hash_key
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Every role and what it permits.
    pub(crate) async fn known_roles(&self) -> Result<RoleSet, Failure> {
        self.db.read(|conn| Box::pin(async move { Ok(store::roles::all(conn).await?) })).await
    }

    /// Writes down which keys were used, now instead of in a moment.
    pub(crate) async fn flush_usage(&self) {
        self.usage.flush().await;
    }
}
