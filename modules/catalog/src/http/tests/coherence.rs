//! The cache of details never shows what an acknowledged write has replaced.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use serde_json::{Value, json};
use vitrine_category_api::testing::{CategorySeed as _, SeedCategory};
use vitrine_kernel::{Expected, NewEvent, Principal, ProductId, Timestamp, Version};

use super::Server;
use crate::http::CatalogState;
use crate::service::Visibility;

async fn version_of(state: &CatalogState, id: ProductId) -> i64 {
    let answer = state.load(id, Visibility::All).await.expect("read").expect("there");
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    body["version"].as_i64().expect("a version")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_read_after_an_acknowledged_write_never_sees_the_old_body() {
    const ROUNDS: i64 = 1000;
    let server = Server::new();
    let state = Arc::clone(&server.module.state);
    let actor = Principal::operator();
    let created = state.service.create(json!({"name": "Mug"}), &actor, None).await.expect("created");
    let id = created.product.id;
    let acknowledged = Arc::new(AtomicI64::new(1));
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let (state, acknowledged, done) =
                (Arc::clone(&state), Arc::clone(&acknowledged), Arc::clone(&done));
            tokio::spawn(async move {
                let mut reads = 0_u64;
                while !done.load(Ordering::SeqCst) {
                    let at_least = acknowledged.load(Ordering::SeqCst);
                    let seen = version_of(&state, id).await;
                    assert!(seen >= at_least, "saw version {seen} after {at_least} was acknowledged");
                    reads += 1;
                    tokio::task::yield_now().await;
                }
                reads
            })
        })
        .collect();
    for round in 1..=ROUNDS {
        let patch = json!({"metadata": {"round": round}});
        let details = state.service.patch(id, Expected::Any, patch, &actor).await.expect("patched");
        acknowledged.store(details.product.version.0, Ordering::SeqCst);
        assert_eq!(version_of(&state, id).await, round + 1);
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        assert!(reader.await.expect("a reader") > 0);
    }
    // And it is a cache: nothing was written, so the next read gets the very same bytes.
    let answer = || state.load(id, Visibility::All);
    let (first, second) = (answer().await, answer().await);
    let body =
        |answer: Result<Option<vitrine_cache::CachedResponse>, _>| answer.expect("read").expect("there").body;
    assert_eq!(body(first).as_ptr(), body(second).as_ptr());
}

/// Names of categories stand in the details, so that a change of a category retires them.
#[tokio::test]
async fn a_renamed_category_is_seen_in_the_details_of_its_products() {
    let server = Server::new();
    let state = &server.module.state;
    let category = server.categories.add(SeedCategory::named("Old name"));
    let body = json!({"name": "Mug", "category_ids": [category]});
    let created = state.service.create(body, &Principal::operator(), None).await.expect("created");
    let name = || async {
        let answer = state.load(created.product.id, Visibility::All).await.expect("read").expect("there");
        let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
        body["categories"][0]["name"].as_str().expect("a name").to_owned()
    };
    assert_eq!(name().await, "Old name");
    server.categories.rename(category, "New name").await;
    assert_eq!(name().await, "Old name", "kept: nobody said that a category changed");
    let event = NewEvent {
        kind: "category.updated",
        key: category.0,
        version: Version(2),
        occurred_at: Timestamp::from_millis(0),
    };
    let told: Result<(), vitrine_db::DbError> =
        server.db.write(move |conn| Box::pin(async move { conn.emit(event).await })).await;
    told.expect("told");
    assert_eq!(name().await, "New name");
}
