//! `kill -9` in the middle of writing, again and again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Backend, Client, Dice, Shop, Topology, apply, everywhere, short_or_long};

const WRITERS: u64 = 16;
/// Each writer waits this long between its writes, so that there are about 200 in a second.
const PAUSE: Duration = Duration::from_millis(60);

/// What a writer was promised, and what it asked for without an answer.
#[derive(Default)]
struct Promises {
    /// SKU → the last acknowledged edit (0 for the creation).
    acknowledged: HashMap<String, u64>,
    /// The id of each.
    ids: HashMap<String, String>,
    /// The edit that was under way, which may or may not have happened.
    unknown: Option<(String, u64)>,
}

async fn write(client: Client, writer: u64, numbers: Arc<AtomicU64>, stop: Arc<AtomicBool>) -> Promises {
    let mut promises = Promises::default();
    let mut dice = Dice::new(writer);
    while !stop.load(Ordering::SeqCst) {
        tokio::time::sleep(PAUSE).await;
        let skus: Vec<String> = promises.ids.keys().cloned().collect();
        if skus.is_empty() || dice.below(2) == 0 {
            let number = numbers.fetch_add(1, Ordering::SeqCst);
            let sku = format!("CRASH-{number}");
            let body = json!({"name": format!("Crash {number}"), "sku": sku, "status": "active", "metadata": {"edit": 0}});
            let call = client.call(Method::POST, "/products").idempotency_key(&sku).json(&body);
            match call.try_send().await {
                Ok(answer) if answer.status == 201 => {
                    promises.ids.insert(sku.clone(), answer.json()["id"].as_str().unwrap().to_owned());
                    promises.acknowledged.insert(sku, 0);
                }
                Ok(answer) => panic!("{answer}"),
                Err(_) => {
                    promises.unknown = Some((sku, 0));
                    return promises;
                }
            }
        } else {
            let sku = &skus[dice.below(skus.len())];
            let edit = promises.acknowledged[sku] + 1;
            let call = client.call(Method::PATCH, &format!("/products/{}", promises.ids[sku]));
            match call.if_match("*").merge_patch(&json!({"metadata": {"edit": edit}})).try_send().await {
                Ok(answer) if answer.status == 200 => _ = promises.acknowledged.insert(sku.clone(), edit),
                Ok(answer) => panic!("{answer}"),
                Err(_) => {
                    promises.unknown = Some((sku.clone(), edit));
                    return promises;
                }
            }
        }
    }
    promises
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_doubled_by_kill_9(topology: Topology, backend: Backend) {
    let mut shop = Shop::open(topology, backend);
    let rounds = short_or_long(5, 50);
    let numbers = Arc::new(AtomicU64::new(0));
    let mut dice = Dice::new(9);
    let mut writes = 0;
    for round in 0..rounds {
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| {
                tokio::spawn(write(
                    shop.admin.clone(),
                    round * WRITERS + n,
                    Arc::clone(&numbers),
                    Arc::clone(&stop),
                ))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(400 + u64::try_from(dice.below(1200)).unwrap())).await;
        shop.server.kill();
        stop.store(true, Ordering::SeqCst);
        let promises: Vec<Promises> =
            join_all(writers).await.into_iter().map(|p| p.expect("no panic")).collect();
        shop.reopen();
        for promises in &promises {
            writes += promises.acknowledged.values().map(|edits| edits + 1).sum::<u64>();
            assert_kept(&shop.admin, promises).await;
        }
    }
    eprintln!("{rounds} kills, {writes} acknowledged writes");
    assert!(writes > rounds * 20, "only {writes} writes in {rounds} rounds");
    // Not one more and not one less than what the feed tells.
    let total = shop.admin.get("/products?count=exact&limit=1").await.expect(200)["total"].as_u64().unwrap();
    assert!(
        total <= numbers.load(Ordering::SeqCst),
        "{total} products of {} that were asked for",
        numbers.load(Ordering::SeqCst)
    );
    shop.close();
}

async fn assert_kept(client: &Client, promises: &Promises) {
    for (sku, edit) in &promises.acknowledged {
        let product = client.get(&format!("/products/by-sku/{sku}")).await.expect(200);
        let found = product["metadata"]["edit"].as_u64().expect("a number");
        let maybe = promises.unknown.as_ref().filter(|(unknown, _)| unknown == sku).map(|(_, edit)| *edit);
        assert!(found == *edit || Some(found) == maybe, "{sku} is at edit {found}, acknowledged was {edit}");
        // One version for each change: nothing was done twice.
        assert_eq!(product["version"], found + 1, "{sku}");
    }
    let Some((sku, 0)) = &promises.unknown else { return };
    // The create without an answer is sent again under its key: then it is there, once.
    let number = sku.trim_start_matches("CRASH-");
    let body =
        json!({"name": format!("Crash {number}"), "sku": sku, "status": "active", "metadata": {"edit": 0}});
    let again = client.call(Method::POST, "/products").idempotency_key(sku).json(&body).send().await;
    let created = again.expect(201);
    assert_eq!(client.get(&format!("/products/by-sku/{sku}")).await.expect(200)["id"], created["id"]);
}
