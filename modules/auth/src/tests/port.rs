use std::time::{Duration, Instant};

use vitrine_auth_api::AuthPortError;
use vitrine_auth_api::testing::contract;
use vitrine_kernel::{KeyId, Permissions, Timestamp, Version};

use super::world::{World, show, text_of};
use crate::domain::{ApiKey, KeySecret, KeyText, NewKey};
use crate::service::AuthService;
use crate::store::api_keys;

#[tokio::test]
async fn the_service_keeps_the_contract_of_the_port() {
    let world = World::start().await;
    contract::all(world.service.as_ref(), &world).await;
}

#[tokio::test]
async fn the_hot_path_asks_no_database() {
    let world = World::start().await;
    let (known, never_shown) = (world.key(&["viewer"]).await, world.key(&["viewer"]).await);
    let unknown = KeyText { id: KeyId::generate(), secret: KeySecret::generate().expect("random") };
    let unknown = secrecy::ExposeSecret::expose_secret(&unknown.render()).to_owned();
    assert!(world.show(&known).await.is_some());
    assert_eq!(show(&world.service, &unknown).await.expect("answers"), None);
    world.db.close().await;

    assert!(world.show(&known).await.is_some(), "a known key is known");
    assert_eq!(show(&world.service, &unknown).await.expect("answers"), None, "a refused one too");
    let mut mistyped = text_of(&never_shown).to_owned();
    mistyped.replace_range(30..31, if mistyped[30..].starts_with('x') { "y" } else { "x" });
    assert_eq!(show(&world.service, &mistyped).await.expect("answers"), None, "a typo is seen at once");
    assert!(matches!(show(&world.service, text_of(&never_shown)).await, Err(AuthPortError::Unavailable(_))));
}

#[tokio::test]
async fn a_key_refused_before_it_was_made_is_accepted_once_it_is() {
    let world = World::start().await;
    let key = KeyText { id: KeyId::generate(), secret: KeySecret::generate().expect("random") };
    let text = secrecy::ExposeSecret::expose_secret(&key.render()).to_owned();
    assert_eq!(show(&world.service, &text).await.expect("answers"), None);
    // As another process would make it: the row and its event.
    world.service.store_for_test(&key).await;
    assert!(show(&world.service, &text).await.expect("answers").is_some());
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_id_are_refused_alike() {
    let world = World::start().await;
    let key = world.key(&["admin"]).await;
    let other_secret = KeyText { id: key.api_key.id, secret: KeySecret::generate().expect("random") };
    let mine = KeyText::parse(text_of(&key)).expect("well formed");
    let other_id = KeyText { id: KeyId::generate(), secret: mine.secret };
    for forged in [other_secret, other_id] {
        let forged = forged.render();
        let refused = show(&world.service, secrecy::ExposeSecret::expose_secret(&forged)).await;
        assert_eq!(refused.expect("answers"), None);
    }
    assert!(world.show(&key).await.is_some());
}

#[tokio::test]
async fn what_another_process_does_is_noticed() {
    let world = World::start().await;
    world.key(&["admin"]).await;
    let key = world.key(&["editor"]).await;
    let (other, _db) = world.another_process().await;
    // Accepted there too: the hash key is in the file, not in the process.
    assert!(show(&other, text_of(&key)).await.expect("answers").is_some());
    assert!(world.show(&key).await.is_some());
    world.delete_key(key.api_key.id).await.expect("revoked");
    assert!(world.show(&key).await.is_none(), "here at once");
    wait_until_refused(&other, text_of(&key)).await;
}

async fn wait_until_refused(service: &AuthService, bearer: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while show(service, bearer).await.expect("answers").is_some() {
        assert!(Instant::now() < deadline, "a revoked key is still accepted by the other process");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

impl AuthService {
    async fn store_for_test(&self, key: &KeyText) {
        let now = Timestamp::from_millis(1);
        let api_key = ApiKey {
            id: key.id,
            name: "Late".to_owned(),
            roles: Vec::new(),
            scopes: Some(Permissions::NONE),
            created_by: "test".to_owned(),
            created_at: now,
            expires_at: None,
            last_used_at: None,
        };
        let new_key = NewKey { api_key, hash: *self.hash_key_for_test().hash(&key.secret).as_bytes() };
        let kind = "auth.key_created";
        let event =
            vitrine_kernel::NewEvent { kind, key: key.id.0, version: Version::FIRST, occurred_at: now };
        let write = self.db().write(move |conn| {
            Box::pin(async move {
                api_keys::insert(conn, &new_key).await?;
                conn.emit(event).await
            })
        });
        write.await.expect("stored");
    }
}
