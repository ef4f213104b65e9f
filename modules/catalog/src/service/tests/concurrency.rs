//! What must hold whoever comes first.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use vitrine_kernel::{ErrorCode, Expected};

use crate::world::{World, told};

/// Each editor reads, adds one, and writes with the version it read; refused, it reads again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_editors_lose_no_edit() {
    const EDITORS: u64 = 64;
    const EDITS: u64 = 20;
    let world = Arc::new(World::new());
    let product = world.create(json!({"name": "Counter", "metadata": {"count": 0}})).await;
    let mut editors = Vec::new();
    for editor in 0..EDITORS {
        let (world, id) = (Arc::clone(&world), product.id);
        editors.push(tokio::spawn(async move {
            let mut refused = 0_u64;
            for _ in 0..EDITS {
                for tries in 0.. {
                    let current = world.find(id).await.expect("there");
                    let count = current.metadata["count"].as_u64().expect("a number") + 1;
                    match world.patch(&current, json!({"metadata": {"count": count}})).await {
                        Ok(_) => break,
                        Err(failure) => assert_eq!(failure.code(), ErrorCode::PreconditionFailed),
                    }
                    refused += 1;
                    // As clients do, lest sixty-three readers keep the one writer from its turn.
                    tokio::time::sleep(Duration::from_millis(tries * (editor % 16 + 1))).await;
                }
            }
            refused
        }));
    }
    let mut refused = 0;
    for editor in editors {
        refused += editor.await.expect("an editor");
    }
    let product = world.find(product.id).await.expect("there");
    assert_eq!(product.metadata["count"], EDITORS * EDITS);
    assert_eq!(u64::try_from(product.version.0).expect("a version"), EDITORS * EDITS + 1);
    assert!(refused > 0, "nobody ever met anybody: this proves nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_create_one_sku_exactly_one_succeeds() {
    let world = Arc::new(World::new());
    for round in 0..10 {
        let creating = (0..16).map(|n| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let body = json!({"name": format!("Mug {n}"), "sku": format!("SKU-{round}")});
                world.try_create(body).await
            })
        });
        let mut created = 0;
        for outcome in futures::future::join_all(creating).await {
            let outcome = outcome.expect("a task");
            if outcome.is_ok() {
                created += 1;
            } else {
                assert_eq!(told(outcome), (ErrorCode::Conflict, vec!["/sku duplicate_sku".to_owned()]));
            }
        }
        assert_eq!(created, 1);
    }
    world.is_sound().await;
}

/// Deleting and restoring while others change it: every acknowledged step is a version of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deletions_and_changes_at_once_leave_a_sound_catalog() {
    let world = Arc::new(World::new());
    let product = world.create(json!({"name": "Mug", "sku": "M", "tags": ["a"]})).await;
    let tasks = (0..8).map(|n| {
        let (world, id) = (Arc::clone(&world), product.id);
        tokio::spawn(async move {
            let mut done = 0;
            for round in 0..20 {
                let outcome = match n % 4 {
                    0 => world.service.delete(id, Expected::Any, &world.actor).await.map(|()| true),
                    1 => world.service.restore(id, &world.actor).await.map(|_| false),
                    _ => {
                        let patch = json!({"tags": [format!("t{n}"), format!("r{round}")]});
                        world.service.patch(id, Expected::Any, patch, &world.actor).await.map(|_| true)
                    }
                };
                match outcome {
                    Ok(counted) => done += i64::from(counted),
                    Err(failure) => assert_eq!(failure.code(), ErrorCode::NotFound),
                }
            }
            done
        })
    });
    let mut done = 0;
    for task in futures::future::join_all(tasks).await {
        done += task.expect("a task");
    }
    let events = world.db.changes_after(0, 1000).await.expect("events");
    let restored = events.iter().filter(|event| event.kind == "product.restored").count();
    let versions: Vec<_> = events.iter().map(|event| event.version.0).collect();
    assert_eq!(versions, (1..=i64::try_from(versions.len()).expect("few")).collect::<Vec<_>>());
    assert_eq!(versions.len(), usize::try_from(1 + done).expect("few") + restored);
    world.is_sound().await;
}
