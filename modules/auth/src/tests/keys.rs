use std::time::{Duration, Instant};

use vitrine_kernel::{Clock as _, ErrorCode, Permission, Principal, PrincipalKind};

use super::world::{World, set, text_of};
use crate::domain::KeyText;
use crate::service::TokenRequest;

#[tokio::test]
async fn the_file_never_holds_the_key() {
    let world = World::start().await;
    let key = world.key(&["admin"]).await;
    assert!(world.show(&key).await.is_some());
    world.service.flush_usage().await;
    let whole = text_of(&key);
    let secret = KeyText::parse(whole).expect("well formed").secret;
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(world.folder.path()).expect("the folder") {
        bytes.extend(std::fs::read(entry.expect("an entry").path()).expect("the file"));
    }
    let holds = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(holds("Test"), "the name shows that the right files were read");
    assert!(!holds(secret.expose()) && !holds(whole));
    let plain = blake3::hash(secret.expose().as_bytes());
    assert!(!bytes.windows(32).any(|window| window == plain.as_bytes()), "the hash is keyed");
}

#[tokio::test]
async fn scopes_bound_what_the_roles_permit() {
    let world = World::start().await;
    let scopes = set(&[Permission::ProductWrite, Permission::AuthAdmin]);
    let key = world.key_by(&Principal::operator(), &["editor"], Some(scopes)).await.expect("made");
    let principal = world.show(&key).await.expect("accepted");
    assert_eq!(principal.permissions, set(&[Permission::ProductWrite]));
    assert_eq!(principal.roles, ["editor"]);
    assert_eq!(principal.kind, PrincipalKind::ApiKey);
    assert_eq!((principal.subject, principal.name), (key.api_key.subject(), "Test".to_owned()));
}

#[tokio::test]
async fn the_operators_token_has_its_role_and_its_end() {
    let world = World::start().await;
    let request = TokenRequest { role: "viewer".to_owned(), name: None, lifetime_seconds: Some(60) };
    let key = world.service.issue_token(request.clone()).await.expect("made");
    assert_eq!(key.api_key.expires_at, Some(world.clock.now().plus_seconds(60)));
    assert_eq!(key.api_key.created_by, "operator");
    let principal = world.show(&key).await.expect("accepted");
    assert_eq!(principal.permissions, set(&[Permission::ProductReadUnpublished]));

    let wrong = TokenRequest { role: "viewr".to_owned(), ..request };
    let failure = world.service.issue_token(wrong).await.expect_err("no such role");
    assert_eq!(failure.code(), ErrorCode::Validation);
    assert!(failure.detail().contains("Did you mean `viewer`?"), "{failure}");
}

#[tokio::test]
async fn the_last_use_is_written_beside_the_requests() {
    let world = World::start().await;
    let key = world.key(&["viewer"]).await;
    let last_used = || async {
        world.service.find_api_key(key.api_key.id).await.expect("reads").expect("there").last_used_at
    };
    assert_eq!(last_used().await, None);
    let first = world.clock.now();
    assert!(world.show(&key).await.is_some());
    let deadline = Instant::now() + Duration::from_secs(20);
    while last_used().await != Some(first) {
        assert!(Instant::now() < deadline, "the use was never written");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    world.clock.advance_seconds(59);
    assert!(world.show(&key).await.is_some());
    world.service.flush_usage().await;
    assert_eq!(last_used().await, Some(first), "to the minute");
    world.clock.advance_seconds(1);
    assert!(world.show(&key).await.is_some());
    world.service.flush_usage().await;
    assert_eq!(last_used().await, Some(first.plus_seconds(60)));
}

#[tokio::test]
async fn writing_a_use_makes_no_kept_answer_stale() {
    let world = World::start().await;
    let key = world.key(&["viewer"]).await;
    assert!(world.show(&key).await.is_some());
    world.service.flush_usage().await;
    world.db.close().await;
    assert!(world.show(&key).await.is_some());
}

#[tokio::test]
async fn a_second_start_finds_everything_as_it_was() {
    let world = World::start().await;
    let key = world.key(&["editor"]).await;
    let events = world.db.changes_after(0, 100).await.expect("reads").len();
    let (again, db) = world.another_process().await;
    assert!(super::world::show(&again, text_of(&key)).await.expect("answers").is_some());
    assert_eq!(db.changes_after(0, 100).await.expect("reads").len(), events, "nothing was written");
    assert_eq!(again.known_roles().await.expect("reads").0.len(), 3);
}

#[tokio::test]
async fn two_first_starts_at_once_agree() {
    let (folder, clock) = World::empty();
    let (one, other) = futures::future::join(
        super::world::start_in(&folder, &clock),
        super::world::start_in(&folder, &clock),
    )
    .await;
    let request = TokenRequest { role: "admin".to_owned(), name: None, lifetime_seconds: None };
    let key = one.0.issue_token(request).await.expect("made");
    let shown = super::world::show(&other.0, text_of(&key)).await.expect("answers");
    assert!(shown.is_some(), "both hash with the same key");
    assert_eq!(other.0.known_roles().await.expect("reads").0.len(), 3);
}
