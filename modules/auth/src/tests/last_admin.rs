use vitrine_kernel::{Clock as _, ErrorCode, Expected, Permission, Permissions, Principal};

use super::world::{World, role};
use crate::domain::{BindingDraft, BindingId, BindingTarget, KeyDraft, PutMode};

#[tokio::test]
async fn the_last_admin_key_stays() {
    let world = World::start().await;
    let (first, second) = (world.key(&["admin"]).await, world.key(&["admin"]).await);
    world.key(&["editor"]).await;
    world.delete_key(first.api_key.id).await.expect("there is another");
    let failure = world.delete_key(second.api_key.id).await.expect_err("the last one");
    assert_eq!(failure.code(), ErrorCode::Conflict);
    assert!(world.show(&second).await.is_some(), "the refusal changed nothing");
}

#[tokio::test]
async fn of_two_admins_deleted_at_once_one_stays() {
    let world = World::start().await;
    let (first, second) = (world.key(&["admin"]).await, world.key(&["admin"]).await);
    let outcomes =
        futures::future::join(world.delete_key(first.api_key.id), world.delete_key(second.api_key.id)).await;
    assert_eq!(u8::from(outcomes.0.is_ok()) + u8::from(outcomes.1.is_ok()), 1);
}

#[tokio::test]
async fn an_expired_admin_counts_for_nothing() {
    let world = World::start().await;
    let draft = KeyDraft {
        name: "Short".to_owned(),
        roles: vec![role("admin")],
        scopes: None,
        expires_at: Some(world.clock.now().plus_seconds(10)),
    };
    let short = world.service.create_api_key(&Principal::operator(), draft, None).await.expect("made");
    let lasting = world.key(&["admin"]).await;
    world.clock.advance_seconds(10);
    assert!(world.delete_key(lasting.api_key.id).await.is_err());
    world.delete_key(short.api_key.id).await.expect("it was over anyway");
}

#[tokio::test]
async fn roles_and_bindings_can_not_lose_the_last_admin_either() {
    let world = World::start().await;
    let operator = Principal::operator();
    world.make_role("chief", &[Permission::AuthAdmin]).await;
    let key = world.key(&["chief"]).await;
    let strip = || {
        let mode = PutMode::Replace(Expected::Any);
        world.service.put_role(&operator, role("chief"), Permissions::NONE, mode)
    };
    assert_eq!(strip().await.expect_err("the last").code(), ErrorCode::Conflict);
    assert!(world.show(&key).await.expect("accepted").may(Permission::AuthAdmin));

    let bound = world.key(&["viewer"]).await;
    let target = BindingTarget::Subject(bound.api_key.subject());
    let id = BindingId(uuid::Uuid::from_u128(1));
    let draft = BindingDraft { target: target.clone(), role: role("admin") };
    world.service.put_binding(&operator, id, draft, PutMode::Create).await.expect("bound");
    strip().await.expect("there is another now");
    let delete = world.service.delete_binding(&operator, id, Expected::Any).await;
    assert_eq!(delete.expect_err("the last").code(), ErrorCode::Conflict);
    let lower = BindingDraft { target, role: role("editor") };
    let replace = world.service.put_binding(&operator, id, lower, PutMode::Replace(Expected::Any)).await;
    assert_eq!(replace.expect_err("the last").code(), ErrorCode::Conflict);
}

#[tokio::test]
async fn where_there_was_no_admin_nothing_is_in_the_way() {
    let world = World::start().await;
    let key = world.key(&["editor"]).await;
    world.delete_key(key.api_key.id).await.expect("revoked");
    assert!(world.show(&key).await.is_none());
}
