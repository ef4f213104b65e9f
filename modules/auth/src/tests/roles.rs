use vitrine_kernel::{ErrorCode, Expected, Permission, Permissions, Principal, Version};

use super::world::{World, role, set};
use crate::domain::{BindingDraft, BindingId, BindingTarget, PutMode, Written};

fn binding_id(number: u128) -> BindingId {
    BindingId(uuid::Uuid::from_u128(number))
}

fn to_subject(subject: &str, name: &str) -> BindingDraft {
    BindingDraft { target: BindingTarget::Subject(subject.to_owned()), role: role(name) }
}

#[tokio::test]
async fn three_roles_are_there_from_the_start() {
    let world = World::start().await;
    let roles = world.service.known_roles().await.expect("reads").0;
    assert_eq!(roles.get(&role("admin")), Some(&Permissions::all()));
    assert_eq!(roles.get(&role("viewer")), Some(&set(&[Permission::ProductReadUnpublished])));
    let editor = roles.get(&role("editor")).expect("there");
    assert!(editor.contains(Permission::CategoryDelete) && !editor.contains(Permission::AuthAdmin));
    assert_eq!(editor.iter().count(), 6);
}

#[tokio::test]
async fn a_changed_role_holds_from_the_next_request_on() {
    let world = World::start().await;
    world.make_role("stocker", &[Permission::ProductWrite]).await;
    let key = world.key(&["stocker"]).await;
    assert!(world.show(&key).await.expect("accepted").may(Permission::ProductWrite));
    let none = Permissions::NONE;
    let operator = Principal::operator();
    let put = world.service.put_role(
        &operator,
        role("stocker"),
        none,
        PutMode::Replace(Expected::OneOf(vec![Version::FIRST])),
    );
    let (changed, written) = put.await.expect("changed");
    assert_eq!((changed.version, written), (Version(2), Written::Replaced));
    assert_eq!(world.show(&key).await.expect("accepted").permissions, none);
}

#[tokio::test]
async fn conditions_are_checked_where_the_row_is_written() {
    let world = World::start().await;
    let operator = Principal::operator();
    let write = set(&[Permission::ProductWrite]);
    let create = |name| world.service.put_role(&operator, role(name), write, PutMode::Create);
    assert_eq!(create("a").await.expect("made").1, Written::Created);
    assert_eq!(create("a").await.expect_err("there").code(), ErrorCode::PreconditionFailed);
    let replace = |name, expected| {
        world.service.put_role(&operator, role(name), Permissions::NONE, PutMode::Replace(expected))
    };
    let stale = Expected::OneOf(vec![Version(7)]);
    assert_eq!(replace("a", stale.clone()).await.expect_err("stale").code(), ErrorCode::PreconditionFailed);
    assert_eq!(replace("b", Expected::Any).await.expect_err("none").code(), ErrorCode::PreconditionFailed);
    let delete = |name, expected| world.service.delete_role(&operator, role(name), expected);
    assert_eq!(delete("a", stale).await.expect_err("stale").code(), ErrorCode::PreconditionFailed);
    assert_eq!(delete("b", Expected::Any).await.expect_err("none").code(), ErrorCode::NotFound);
    delete("a", Expected::OneOf(vec![Version::FIRST])).await.expect("deleted");
    assert_eq!(world.service.find_role(role("a")).await.expect("reads"), None);
}

#[tokio::test]
async fn of_many_who_change_one_version_one_succeeds() {
    let world = World::start().await;
    world.make_role("contested", &[]).await;
    let operator = Principal::operator();
    let attempts = Permission::ALL.map(|permission| {
        let first = PutMode::Replace(Expected::OneOf(vec![Version::FIRST]));
        world.service.put_role(&operator, role("contested"), set(&[permission]), first)
    });
    let mut succeeded = 0;
    for attempt in futures::future::join_all(attempts).await {
        match attempt {
            Ok(_) => succeeded += 1,
            Err(failure) => assert_eq!(failure.code(), ErrorCode::PreconditionFailed),
        }
    }
    assert_eq!(succeeded, 1);
}

#[tokio::test]
async fn admin_keeps_every_permission_and_stays() {
    let world = World::start().await;
    let operator = Principal::operator();
    let few = set(&[Permission::AuthAdmin]);
    let put = world.service.put_role(&operator, role("admin"), few, PutMode::Replace(Expected::Any)).await;
    let failure = put.expect_err("refused");
    assert_eq!(
        (failure.code(), failure.faults()[0].pointer.as_str()),
        (ErrorCode::Validation, "/permissions")
    );
    let delete = world.service.delete_role(&operator, role("admin"), Expected::Any).await;
    assert_eq!(delete.expect_err("refused").code(), ErrorCode::Conflict);
    let same = PutMode::Replace(Expected::Any);
    let put = world.service.put_role(&operator, role("admin"), Permissions::all(), same).await;
    assert_eq!(put.expect("changes nothing").0.version, Version::FIRST);
}

#[tokio::test]
async fn a_role_that_somebody_has_stays() {
    let world = World::start().await;
    world.make_role("held", &[]).await;
    let operator = Principal::operator();
    let delete = || world.service.delete_role(&operator, role("held"), Expected::Any);

    let key = world.key(&["held"]).await;
    let failure = delete().await.expect_err("a key has it");
    assert_eq!(failure.code(), ErrorCode::Conflict);
    assert!(failure.detail().contains("API keys that have it: 1, bindings to it: 0"), "{failure}");
    world.delete_key(key.api_key.id).await.expect("revoked");

    let group = BindingDraft { target: BindingTarget::Group("staff".to_owned()), role: role("held") };
    world.service.put_binding(&operator, binding_id(1), group, PutMode::Create).await.expect("bound");
    assert_eq!(delete().await.expect_err("a binding has it").code(), ErrorCode::Conflict);
    world.service.delete_binding(&operator, binding_id(1), Expected::Any).await.expect("deleted");
    delete().await.expect("nobody has it");
}

#[tokio::test]
async fn a_binding_gives_its_subject_the_role_within_the_scopes() {
    let world = World::start().await;
    let operator = Principal::operator();
    let key = world.key(&["viewer"]).await;
    let scoped =
        world.key_by(&operator, &["viewer"], Some(set(&[Permission::CategoryWrite]))).await.expect("made");
    assert!(!world.show(&key).await.expect("accepted").may(Permission::CategoryWrite));
    for (number, key) in [(1, &key), (2, &scoped)] {
        let draft = to_subject(&key.api_key.subject(), "editor");
        world
            .service
            .put_binding(&operator, binding_id(number), draft, PutMode::Create)
            .await
            .expect("bound");
    }
    let principal = world.show(&key).await.expect("accepted");
    assert_eq!(principal.roles, ["editor", "viewer"]);
    assert!(principal.may(Permission::CategoryWrite));
    let scoped = world.show(&scoped).await.expect("accepted");
    assert_eq!(scoped.permissions, set(&[Permission::CategoryWrite]));

    world.service.delete_binding(&operator, binding_id(1), Expected::Any).await.expect("deleted");
    assert!(!world.show(&key).await.expect("accepted").may(Permission::CategoryWrite));
}

#[tokio::test]
async fn the_same_binding_twice_is_a_conflict() {
    let world = World::start().await;
    let operator = Principal::operator();
    let put = |number, subject, mode| {
        world.service.put_binding(&operator, binding_id(number), to_subject(subject, "viewer"), mode)
    };
    put(1, "a", PutMode::Create).await.expect("bound");
    let failure = put(2, "a", PutMode::Create).await.expect_err("the same");
    assert_eq!((failure.code(), failure.faults()[0].pointer.as_str()), (ErrorCode::Conflict, "/subject"));
    put(2, "b", PutMode::Create).await.expect("bound");
    let failure = put(2, "a", PutMode::Replace(Expected::Any)).await.expect_err("the same");
    assert_eq!(failure.code(), ErrorCode::Conflict);
    let (replaced, written) = put(2, "c", PutMode::Replace(Expected::Any)).await.expect("replaced");
    assert_eq!((replaced.version, written), (Version(2), Written::Replaced));
}

#[tokio::test]
async fn revoking_a_key_ends_its_bindings() {
    let world = World::start().await;
    let operator = Principal::operator();
    let key = world.key(&["viewer"]).await;
    let draft = to_subject(&key.api_key.subject(), "editor");
    world.service.put_binding(&operator, binding_id(1), draft, PutMode::Create).await.expect("bound");
    world.delete_key(key.api_key.id).await.expect("revoked");
    assert_eq!(world.service.find_binding(binding_id(1)).await.expect("reads"), None);
}
