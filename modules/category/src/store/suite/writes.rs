//! Creating, changing, deleting.

use serde_json::json;
use vitrine_category_api::CategoryKey;
use vitrine_kernel::{CategoryId, ErrorCode, Expected, Slug, Version};

use super::{TestStore, codes};
use crate::domain::listing::Scope;
use crate::domain::{Audience, NewCategory};
use crate::store::DeletePolicy;

pub async fn a_category_reads_back_as_it_was_written(test: TestStore) {
    let parent = test.named("Electronics", None).await;
    let body = json!({
        "name": "Téléviseurs", "slug": "tvs", "description": "All\nof them", "parent_id": parent.id, "status": "draft",
        "image_url": "/tv.png", "external_id": "x-1", "metadata": {"a": [1, null]},
        "attributes": [{"key": "size", "label": "Size", "type": "number", "unit": "in", "required": false, "facet": true}],
    });
    let made = test.add(NewCategory::parse(&body).expect("good")).await;
    for key in [
        CategoryKey::Id(made.id),
        CategoryKey::Slug(Slug::parse("tvs").expect("a slug")),
        CategoryKey::ExternalId("x-1".to_owned()),
    ] {
        let found = test.find(key).await.expect("there");
        assert_eq!(found.category, made);
        assert_eq!(found.ancestors.iter().map(|above| above.crumb.id).collect::<Vec<_>>(), [parent.id]);
        let mut written = found.category.writable();
        written["attributes"] = body["attributes"].clone();
        assert_eq!(written, {
            let mut wanted = body.clone();
            wanted["attributes"] = written["attributes"].clone();
            wanted
        });
    }
    assert_eq!((made.version, made.place.depth), (Version(1), 1));
    test.assert_sound().await;
}

pub async fn everything_that_speaks_against_a_category_is_said_at_once(test: TestStore) {
    test.add(NewCategory { external_id: Some("x".to_owned()), ..NewCategory::named("Taken") }).await;
    let nowhere = CategoryId::generate();
    let new = NewCategory {
        slug: Slug::parse("taken"),
        external_id: Some("x".to_owned()),
        parent_id: Some(nowhere),
        ..NewCategory::named("Second")
    };
    let failure = test.store.create(new.clone(), None).await.expect_err("refused");
    assert_eq!(failure.code(), ErrorCode::Validation);
    let all = [
        ("/parent_id", "unknown_category"),
        ("/slug", "duplicate_slug"),
        ("/external_id", "duplicate_external_id"),
    ];
    assert_eq!(codes(&failure), all);
    let failure = test.store.create(NewCategory { parent_id: None, ..new }, None).await.expect_err("refused");
    assert_eq!((failure.code(), codes(&failure)), (ErrorCode::Conflict, all[1..].to_vec()));
    let other = test.named("Other", None).await;
    let failure = test
        .change(other.id, move |fields| {
            fields.slug = Slug::parse("taken");
            fields.external_id = Some("x".to_owned());
            fields.parent_id = Some(nowhere);
        })
        .await
        .expect_err("refused");
    assert_eq!(codes(&failure), all);
    assert_eq!(test.get(other.id).await.category, other);
    test.assert_sound().await;
}

pub async fn only_a_change_makes_a_version(test: TestStore) {
    let made = test.named("Shoes", None).await;
    test.clock.advance_seconds(60);
    let same = test.change(made.id, |_| ()).await.expect("nothing to do");
    assert_eq!(same, made);
    let changed = test.change(made.id, |fields| fields.name = "Boots".to_owned()).await.expect("changed");
    assert_eq!((changed.version, changed.name.as_str()), (Version(2), "Boots"));
    assert!(changed.updated_at > made.updated_at && changed.created_at == made.created_at);
    let stale = Expected::OneOf(vec![Version(1)]);
    let patch = |current: &crate::domain::Category| NewCategory::patched(current, &json!({"name": "Late"}));
    let failure = test.store.change(made.id, stale.clone(), Box::new(patch)).await.expect_err("stale");
    assert_eq!(failure.code(), ErrorCode::PreconditionFailed);
    let failure =
        test.store.delete(made.id, stale, DeletePolicy::Refuse, "t".to_owned()).await.expect_err("stale");
    assert_eq!(failure.code(), ErrorCode::PreconditionFailed);
    assert_eq!(test.get(made.id).await.category, changed);
}

pub async fn what_is_not_there_can_not_be_changed(test: TestStore) {
    let nowhere = CategoryId::generate();
    let missing = test.change(nowhere, |_| ()).await.expect_err("missing");
    assert_eq!(missing.code(), ErrorCode::NotFound);
    let gone = test
        .store
        .delete(nowhere, Expected::Any, DeletePolicy::Cascade, "t".to_owned())
        .await
        .expect_err("missing");
    assert_eq!(gone.code(), ErrorCode::NotFound);
    assert_eq!(test.store.subtree_ids(CategoryKey::Id(nowhere)).await.expect("read"), None);
}

pub async fn edits_of_the_same_version_lose_none(test: TestStore) {
    let made = test.named("Counter", None).await;
    let mut editors = Vec::new();
    for _ in 0..8 {
        let (store, id) = (std::sync::Arc::clone(&test.store), made.id);
        editors.push(tokio::spawn(async move {
            for _ in 0..20 {
                loop {
                    let read =
                        store.find_many(vec![CategoryKey::Id(id)]).await.expect("read").remove(0).1.category;
                    let next = read.description.parse::<u32>().unwrap_or(0) + 1;
                    let change = move |current: &crate::domain::Category| {
                        NewCategory::patched(current, &json!({"description": next.to_string()}))
                    };
                    let expected = Expected::OneOf(vec![read.version]);
                    match store.change(id, expected, Box::new(change)).await {
                        Ok(_) => break,
                        Err(failure) => assert_eq!(failure.code(), ErrorCode::PreconditionFailed),
                    }
                }
            }
        }));
    }
    for editor in editors {
        editor.await.expect("no panic");
    }
    let last = test.get(made.id).await.category;
    assert_eq!((last.description.as_str(), last.version), ("160", Version(161)));
}

pub async fn a_deletion_follows_its_policy(test: TestStore) {
    let top = test.named("Top", None).await;
    let (left, middle, right) = (
        test.named("Left", Some(top.id)).await,
        test.named("Middle", Some(top.id)).await,
        test.named("Right", Some(top.id)).await,
    );
    let (one, two) = (test.named("One", Some(middle.id)).await, test.named("Two", Some(middle.id)).await);
    let deep = test.named("Deep", Some(one.id)).await;
    let delete = |id, policy| test.store.delete(id, Expected::Any, policy, "tester".to_owned());

    let refused = delete(middle.id, DeletePolicy::Refuse).await.expect_err("it has children");
    assert_eq!(refused.code(), ErrorCode::CategoryNotEmpty);
    assert!(refused.detail().contains("2 children"));
    assert_eq!(delete(middle.id, DeletePolicy::Reparent).await.expect("deleted"), [middle.id]);
    assert_eq!(
        test.names(Audience::Staff, Scope::Below(top.id)).await,
        ["Left", "One", "Deep", "Two", "Right"],
        "the children stand where their parent stood"
    );
    assert_eq!(test.get(deep.id).await.category.place.depth, 2);
    assert_eq!(delete(right.id, DeletePolicy::Refuse).await.expect("deleted"), [right.id]);
    let mut gone = delete(top.id, DeletePolicy::Cascade).await.expect("deleted");
    gone.sort_unstable();
    let mut wanted = vec![top.id, left.id, one.id, two.id, deep.id];
    wanted.sort_unstable();
    assert_eq!(gone, wanted);
    assert!(test.names(Audience::Staff, Scope::Everything).await.is_empty());
    let pending = test.store.reassignments().await.expect("read");
    let targets: Vec<_> = pending.iter().map(|pending| (pending.categories.len(), pending.target)).collect();
    assert_eq!(targets, [(1, Some(top.id)), (1, None), (5, None)]);
    assert!(pending.iter().all(|pending| pending.actor == "tester"));
    test.store.reassignment_done(pending[0].seq).await.expect("done");
    assert_eq!(test.store.reassignments().await.expect("read"), pending[1..]);
    test.assert_sound().await;
}

pub async fn each_change_is_told_once(test: TestStore) {
    let a = test.named("A", None).await;
    let b = test.named("B", None).await;
    test.change(a.id, |fields| fields.name = "A2".to_owned()).await.expect("changed");
    test.change(a.id, |_| ()).await.expect("nothing to do");
    let b_id = b.id;
    test.change(a.id, move |fields| fields.parent_id = Some(b_id)).await.expect("moved");
    test.change(a.id, |fields| {
        fields.parent_id = None;
        fields.description = "x".to_owned();
    })
    .await
    .expect("both");
    test.change(b.id, |fields| fields.slug = Slug::parse("a")).await.expect_err("taken");
    test.store.delete(a.id, Expected::Any, DeletePolicy::Refuse, "t".to_owned()).await.expect("deleted");
    let mut events = Vec::new();
    let start = std::time::Instant::now();
    // PostgreSQL's events get their places a moment after the commit.
    while events.len() < 7 && start.elapsed() < std::time::Duration::from_secs(10) {
        events = test.db.changes_after(0, 100).await.expect("read");
    }
    let found: Vec<_> =
        events.iter().map(|event| (event.kind.as_str(), event.key, event.version.0)).collect();
    assert_eq!(
        found,
        [
            ("category.created", a.id.0, 1),
            ("category.created", b.id.0, 1),
            ("category.updated", a.id.0, 2),
            ("category.moved", a.id.0, 3),
            ("category.moved", a.id.0, 4),
            ("category.updated", a.id.0, 4),
            ("category.deleted", a.id.0, 5),
        ]
    );
}
