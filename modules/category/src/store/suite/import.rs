//! Upserts and exports.

use serde_json::{Value, json};
use vitrine_category_api::CategoryKey;
use vitrine_kernel::Version;

use super::TestStore;
use crate::domain::Audience;
use crate::domain::import::{UpsertCategory, UpsertOutcome};
use crate::domain::listing::Scope;

fn rows(rows: &Value) -> Vec<UpsertCategory> {
    rows.as_array()
        .expect("an array")
        .iter()
        .map(|row| UpsertCategory::parse(row).expect("a good row"))
        .collect()
}

fn kinds(outcomes: &[UpsertOutcome]) -> Vec<&str> {
    outcomes
        .iter()
        .map(|outcome| match outcome {
            UpsertOutcome::Created(_) => "created",
            UpsertOutcome::Updated(_) => "updated",
            UpsertOutcome::Unchanged(_) => "unchanged",
            UpsertOutcome::Rejected(_) => "rejected",
            UpsertOutcome::ParentUnknown => "parent unknown",
        })
        .collect()
}

pub async fn rows_meet_their_categories_again(test: TestStore) {
    let first = json!([
        {"external_id": "a", "name": "A", "parent_external_id": null, "description": "kept"},
        {"external_id": "b", "name": "B", "parent_external_id": "a"},
        {"external_id": "c", "name": "C", "parent_external_id": "later"},
        {"external_id": "d", "name": "D", "slug": "a"},
    ]);
    let outcomes = test.store.upsert_many(rows(&first), false).await.expect("written");
    assert_eq!(kinds(&outcomes), ["created", "created", "parent unknown", "rejected"]);
    let again = test.store.upsert_many(rows(&first), false).await.expect("written");
    assert_eq!(kinds(&again), ["unchanged", "unchanged", "parent unknown", "rejected"]);
    let second = json!([
        {"external_id": "later", "name": "Later"},
        {"external_id": "c", "name": "C", "parent_external_id": "later"},
        {"external_id": "a", "name": "A renamed"},
        {"external_id": "b", "name": "B", "parent_external_id": null},
        {"name": "Later two", "slug": "later"},
    ]);
    let outcomes = test.store.upsert_many(rows(&second), false).await.expect("written");
    assert_eq!(kinds(&outcomes), ["created", "created", "updated", "updated", "updated"]);
    let a = test.find(CategoryKey::ExternalId("a".to_owned())).await.expect("there").category;
    assert_eq!((a.description.as_str(), a.slug.as_str(), a.version), ("kept", "a", Version(2)));
    assert_eq!(test.names(Audience::Staff, Scope::Roots).await, ["A renamed", "Later two", "B"]);
    test.assert_sound().await;
}

pub async fn a_rejected_row_leaves_nothing_behind_and_the_others_stand(test: TestStore) {
    let all = json!([
        {"external_id": "a", "name": "A"},
        {"external_id": "b", "name": "B", "parent_external_id": "a"},
        {"external_id": "a", "name": "A", "parent_external_id": "b"},
        {"external_id": "c", "name": "C"},
    ]);
    let outcomes = test.store.upsert_many(rows(&all), false).await.expect("written");
    assert_eq!(kinds(&outcomes), ["created", "created", "rejected", "created"]);
    let UpsertOutcome::Rejected(faults) = &outcomes[2] else { panic!("{outcomes:?}") };
    assert_eq!(faults[0].code, "cycle");
    assert_eq!(test.names(Audience::Staff, Scope::Everything).await, ["A", "B", "C"]);
    test.assert_sound().await;
}

pub async fn a_dry_run_tells_the_same_and_writes_nothing(test: TestStore) {
    let all = json!([{"external_id": "a", "name": "A"}, {"external_id": "b", "name": "B", "parent_external_id": "a"}]);
    let outcomes = test.store.upsert_many(rows(&all), true).await.expect("tried");
    assert_eq!(kinds(&outcomes), ["created", "created"]);
    assert!(test.names(Audience::Staff, Scope::Everything).await.is_empty());
    assert!(test.db.changes_after(0, 10).await.expect("read").is_empty());
}

pub async fn an_export_comes_back_as_it_was(test: TestStore) {
    let all = json!([
        {"external_id": "z", "name": "Z", "status": "draft"},
        {"external_id": "b", "name": "B", "parent_external_id": "z", "metadata": {"k": 1}},
        {"name": "No external id", "parent_external_id": "b", "attributes": [{"key": "k", "type": "enum", "values": ["x"]}]},
        {"external_id": "a", "name": "A"},
    ]);
    test.store.upsert_many(rows(&all), false).await.expect("written");
    let mut exported = Vec::new();
    let mut after = None;
    loop {
        let (page, next) = test.store.export_page(after.clone(), 3).await.expect("read");
        exported.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    let lines: Vec<Value> = exported
        .iter()
        .map(|row| {
            let mut line = row.category.writable();
            let members = line.as_object_mut().expect("an object");
            members.remove("parent_id");
            members.insert("parent_external_id".to_owned(), json!(row.parent_external_id));
            members.insert("parent_slug".to_owned(), json!(row.parent_slug));
            line
        })
        .collect();
    assert_eq!(lines.len(), 4);
    let outcomes = test.store.upsert_many(rows(&json!(lines)), false).await.expect("written");
    assert_eq!(kinds(&outcomes), ["unchanged"; 4]);
}
