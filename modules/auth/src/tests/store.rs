//! What the queries must do on every database.

use rstest::rstest;
use vitrine_db::DbError;
use vitrine_kernel::{KeyId, Limit, Permission, Permissions, Timestamp, Version};
use vitrine_testing::{Backend, TempDb};

use super::world::{role, set};
use crate::MIGRATIONS;
use crate::domain::{ApiKey, Binding, BindingId, BindingTarget, NewKey, Role};
use crate::store::{api_keys, bindings, roles, secrets};

const NOW: Timestamp = Timestamp::from_millis(1_763_805_600_123);

fn a_role(name: &str, permissions: Permissions) -> Role {
    Role { name: role(name), permissions, version: Version::FIRST, created_at: NOW, updated_at: NOW }
}

fn a_key(id: KeyId) -> NewKey {
    let api_key = ApiKey {
        id,
        name: "Ключ 🗝".to_owned(),
        roles: vec![role("a"), role("b")],
        scopes: Some(set(&[Permission::ProductWrite])),
        created_by: "operator".to_owned(),
        created_at: NOW,
        expires_at: Some(NOW.plus_seconds(1)),
        last_used_at: None,
    };
    NewKey { api_key, hash: [7; 32] }
}

#[rstest]
#[tokio::test]
async fn roles_read_back_and_change_at_their_version(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let db = TempDb::on(backend, &[MIGRATIONS]);
    db.write(|conn| {
        Box::pin(async move {
            let (b, a) = (a_role("b", Permissions::all()), a_role("a", Permissions::NONE));
            roles::insert(conn, &b).await?;
            roles::insert(conn, &a).await?;
            assert_eq!(roles::find(conn, &role("b")).await?, Some(b.clone()));
            assert_eq!(roles::find(conn, &role("c")).await?, None);
            assert_eq!(roles::count(conn).await?, 2);
            let one = Limit::new(1).expect("a limit");
            assert_eq!(roles::page(conn, None, one).await?, [a, b.clone()], "one more than the limit");
            assert_eq!(roles::page(conn, Some("a"), one).await?, [b]);
            assert!(roles::page(conn, Some("b"), one).await?.is_empty());
            let later = NOW.plus_seconds(1);
            let few = set(&[Permission::OpsAdmin]);
            assert!(!roles::update(conn, &role("a"), Version(2), few, later).await?);
            assert!(roles::update(conn, &role("a"), Version(1), few, later).await?);
            let changed = roles::find(conn, &role("a")).await?.expect("there");
            assert_eq!((changed.permissions, changed.version, changed.updated_at), (few, Version(2), later));
            assert!(!roles::delete(conn, &role("a"), Version(1)).await?);
            assert!(roles::delete(conn, &role("a"), Version(2)).await?);
            Ok::<_, DbError>(())
        })
    })
    .await
    .expect("works");
}

#[rstest]
#[tokio::test]
async fn names_are_taken_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let db = TempDb::on(backend, &[MIGRATIONS]);
    let work = |again: bool| {
        db.write(move |conn| {
            Box::pin(async move {
                if !again {
                    roles::insert(conn, &a_role("a", Permissions::NONE)).await?;
                }
                let binding = Binding {
                    id: BindingId(uuid::Uuid::from_u128(u128::from(again))),
                    target: BindingTarget::Subject("x".to_owned()),
                    role: role("a"),
                    version: Version::FIRST,
                    created_at: NOW,
                };
                bindings::insert(conn, &binding).await
            })
        })
    };
    work(false).await.expect("the first");
    let twice = work(true).await.expect_err("unique");
    assert!(twice.violates(bindings::ONCE), "{twice}");
    let role_again =
        db.write(|conn| Box::pin(async move { roles::insert(conn, &a_role("a", Permissions::NONE)).await }));
    assert!(matches!(role_again.await, Err(DbError::UniqueViolation { .. })));
}

#[rstest]
#[tokio::test]
async fn bindings_read_back_and_are_unique(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let db = TempDb::on(backend, &[MIGRATIONS]);
    db.write(|conn| {
        Box::pin(async move {
            roles::insert(conn, &a_role("a", Permissions::NONE)).await?;
            let subject = |name: &str| BindingTarget::Subject(name.to_owned());
            let binding = |number, target| Binding {
                id: BindingId(uuid::Uuid::from_u128(number)),
                target,
                role: role("a"),
                version: Version::FIRST,
                created_at: NOW,
            };
            let (first, second) =
                (binding(1, subject("x")), binding(2, BindingTarget::Group("x".to_owned())));
            bindings::insert(conn, &first).await?;
            bindings::insert(conn, &second).await?;
            assert_eq!(bindings::find(conn, second.id).await?.as_ref(), Some(&second));
            let one = Limit::new(1).expect("a limit");
            assert_eq!(bindings::page(conn, None, one).await?, [first.clone(), second.clone()]);
            assert_eq!(bindings::page(conn, Some(first.id), one).await?, std::slice::from_ref(&second));
            assert_eq!(bindings::roles_of_subject(conn, "x").await?, [role("a")]);
            assert_eq!(bindings::all_of_subjects(conn).await?, [("x".to_owned(), role("a"))]);
            assert_eq!(bindings::count_of_role(conn, &role("a")).await?, 2);
            let moved = Binding { version: Version(2), target: subject("y"), ..second };
            assert!(!bindings::update(conn, Version(2), &moved).await?);
            assert!(bindings::update(conn, Version(1), &moved).await?);
            assert_eq!(bindings::find(conn, moved.id).await?.as_ref(), Some(&moved));
            bindings::delete_of_subject(conn, "x").await?;
            assert_eq!(bindings::count(conn).await?, 1);
            assert!(!bindings::delete(conn, moved.id, Version(1)).await?);
            assert!(bindings::delete(conn, moved.id, Version(2)).await?);
            Ok::<_, DbError>(())
        })
    })
    .await
    .expect("works");
}

#[rstest]
#[tokio::test]
async fn keys_read_back_in_the_order_they_were_made(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let db = TempDb::on(backend, &[MIGRATIONS]);
    db.write(|conn| {
        Box::pin(async move {
            let ids: Vec<_> = (1..=3).map(|number| KeyId(uuid::Uuid::from_u128(number))).collect();
            for id in ids.iter().rev() {
                api_keys::insert(conn, &a_key(*id)).await?;
            }
            let wanted = a_key(ids[0]);
            assert_eq!(api_keys::find(conn, ids[0]).await?.as_ref(), Some(&wanted.api_key));
            let with_hash = api_keys::find_with_hash(conn, ids[0]).await?;
            assert_eq!(with_hash, Some((wanted.api_key, [7; 32])));
            let two = Limit::new(2).expect("a limit");
            let order = |keys: Vec<ApiKey>| keys.iter().map(|key| key.id).collect::<Vec<_>>();
            assert_eq!(order(api_keys::page(conn, None, two).await?), ids);
            assert_eq!(order(api_keys::page(conn, Some(ids[1]), two).await?), ids[2..]);
            assert_eq!((api_keys::count(conn).await?, api_keys::all(conn).await?.len()), (3, 3));

            for (at, wanted) in [(5, 5), (3, 5), (9, 9)] {
                api_keys::set_last_used(conn, ids[1], NOW.plus_seconds(at)).await?;
                let key = api_keys::find(conn, ids[1]).await?.expect("there");
                assert_eq!(key.last_used_at, Some(NOW.plus_seconds(wanted)), "never goes back");
            }
            assert!(api_keys::delete(conn, ids[1]).await?);
            assert!(!api_keys::delete(conn, ids[1]).await?);
            assert_eq!(api_keys::find_with_hash(conn, ids[1]).await?, None);
            api_keys::set_last_used(conn, ids[1], NOW).await?;
            Ok::<_, DbError>(())
        })
    })
    .await
    .expect("works");
}

#[rstest]
#[tokio::test]
async fn the_hash_key_is_made_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let db = TempDb::on(backend, &[MIGRATIONS]);
    db.write(|conn| {
        Box::pin(async move {
            assert_eq!(secrets::find_hash_key(conn).await?, None);
            secrets::insert_hash_key(conn, [1; 32]).await?;
            assert_eq!(secrets::find_hash_key(conn).await?, Some([1; 32]));
            Ok::<_, DbError>(())
        })
    })
    .await
    .expect("works");
    let again = db.write(|conn| Box::pin(secrets::insert_hash_key(conn, [2; 32]))).await;
    assert!(matches!(again, Err(DbError::UniqueViolation { .. })), "{again:?}");
}
