//! Attempts of somebody who may manage auth, and little else, to get more.

use vitrine_kernel::{ErrorCode, Expected, Failure, Permission, Principal};

use super::world::{World, role, set};
use crate::domain::{BindingDraft, BindingId, BindingTarget, PutMode};

/// A world with a role `clerk` (`auth:admin` and `category:write`), and a caller who has it.
async fn world_with_clerk() -> (World, Principal) {
    let world = World::start().await;
    world.make_role("clerk", &[Permission::AuthAdmin, Permission::CategoryWrite]).await;
    let key = world.key(&["clerk"]).await;
    let clerk = world.show(&key).await.expect("accepted");
    (world, clerk)
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Failure>, naming: Permission) {
    let failure = outcome.expect_err("must be refused");
    assert_eq!(failure.code(), ErrorCode::Forbidden, "{failure}");
    assert!(failure.detail().contains(naming.name()), "{failure}");
}

#[tokio::test]
async fn no_key_can_do_more_than_its_maker() {
    let (world, clerk) = world_with_clerk().await;
    refused(world.key_by(&clerk, &["admin"], None).await, Permission::OpsAdmin);
    refused(world.key_by(&clerk, &["clerk", "viewer"], None).await, Permission::ProductReadUnpublished);
    let too_much = set(&[Permission::CategoryWrite, Permission::ProductDelete]);
    refused(world.key_by(&clerk, &["editor"], Some(too_much)).await, Permission::ProductDelete);
    refused(
        world.key_by(&Principal::anonymous(), &["viewer"], None).await,
        Permission::ProductReadUnpublished,
    );

    world.key_by(&clerk, &["clerk"], None).await.expect("as much as the maker has");
    let within = set(&[Permission::CategoryWrite]);
    let key = world.key_by(&clerk, &["editor"], Some(within)).await.expect("scoped to what the maker has");
    assert_eq!(world.show(&key).await.expect("accepted").permissions, within);
}

#[tokio::test]
async fn a_scoped_admin_key_makes_no_full_one() {
    let world = World::start().await;
    let scopes = set(&[Permission::AuthAdmin]);
    let key = world.key_by(&Principal::operator(), &["admin"], Some(scopes)).await.expect("made");
    let caller = world.show(&key).await.expect("accepted");
    assert_eq!(caller.roles, ["admin"], "the role's name alone opens nothing");
    refused(world.key_by(&caller, &["admin"], None).await, Permission::CategoryWrite);
}

#[tokio::test]
async fn no_role_gains_what_its_writer_lacks() {
    let (world, clerk) = world_with_clerk().await;
    let put = |name, permissions: &[Permission], mode| {
        world.service.put_role(&clerk, role(name), set(permissions), mode)
    };
    let own = [Permission::AuthAdmin, Permission::CategoryWrite];
    let more = [Permission::AuthAdmin, Permission::CategoryWrite, Permission::OpsAdmin];
    refused(put("clerk", &more, PutMode::Replace(Expected::Any)).await, Permission::OpsAdmin);
    refused(put("mine", &more, PutMode::Create).await, Permission::OpsAdmin);
    put("mine", &own, PutMode::Create).await.expect("what the writer has");
    // What a role had already, somebody else gave it; taking away needs no more than auth:admin.
    let shrunk = [Permission::ProductWrite, Permission::CategoryWrite];
    put("editor", &shrunk, PutMode::Replace(Expected::Any)).await.expect("gains nothing");
    refused(
        put("editor", &[Permission::ProductDelete], PutMode::Replace(Expected::Any)).await,
        Permission::ProductDelete,
    );
}

#[tokio::test]
async fn no_binding_gives_what_its_maker_lacks() {
    let (world, clerk) = world_with_clerk().await;
    let id = BindingId(uuid::Uuid::from_u128(1));
    let bind = |name, mode| {
        let target = BindingTarget::Subject(clerk.subject.clone());
        world.service.put_binding(&clerk, id, BindingDraft { target, role: role(name) }, mode)
    };
    refused(bind("admin", PutMode::Create).await, Permission::OpsAdmin);
    bind("clerk", PutMode::Create).await.expect("as much as the maker has");
    refused(bind("admin", PutMode::Replace(Expected::Any)).await, Permission::OpsAdmin);
    assert_eq!(clerk.permissions, set(&[Permission::AuthAdmin, Permission::CategoryWrite]));
}
