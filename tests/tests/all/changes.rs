use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Backend, Client, PATIENCE, Shop, Topology, apply, everywhere, items};

async fn feed(client: &Client, limit: usize) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = client.get(&format!("/changes?after={after}&limit={limit}")).await.expect(200);
        let Some(last) = items(&page).last() else { return all };
        after = last["sequence"].as_i64().expect("a number");
        all.extend(items(&page).iter().cloned());
    }
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_tells_of_every_change_in_the_order_of_commits(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let category = shop.admin.new_category("C", json!({})).await;
    let writers = (0..8).map(|n| {
        let admin = shop.admin.clone();
        tokio::spawn(async move {
            for m in 0..5 {
                let product = admin.new_product(&format!("P {n} {m}"), json!({})).await;
                let path = format!("/products/{}", product["id"].as_str().unwrap());
                admin.patch(&path, "*", &json!({"name": format!("Q {n} {m}")})).await.expect(200);
                admin.delete(&path, "*").await;
                admin.call(Method::POST, &format!("{path}/restore")).send().await.expect(200);
            }
        })
    });
    for writer in join_all(writers).await {
        writer.expect("no panic");
    }
    let category_path = format!("/categories/{}", category["id"].as_str().unwrap());
    shop.admin.patch(&category_path, "*", &json!({"name": "D"})).await.expect(200);
    shop.admin.post(&format!("{category_path}/move"), &json!({"parent_id": null})).await;
    shop.admin.delete(&category_path, "*").await;

    let all = feed(&shop.admin, 7).await;
    let sequences: Vec<i64> = all.iter().map(|event| event["sequence"].as_i64().unwrap()).collect();
    assert!(sequences.windows(2).all(|pair| pair[0] < pair[1]), "{sequences:?}");
    let of_products: Vec<&Value> =
        all.iter().filter(|event| event["type"].as_str().unwrap().starts_with("product.")).collect();
    assert_eq!(of_products.len(), 8 * 5 * 4);
    // Of each product, by itself, the versions follow each other.
    let mut versions = std::collections::HashMap::<&str, Vec<i64>>::new();
    for event in &of_products {
        versions.entry(event["key"].as_str().unwrap()).or_default().push(event["version"].as_i64().unwrap());
    }
    assert!(versions.values().all(|versions| *versions == [1, 2, 3, 4]), "{versions:?}");
    let kinds: std::collections::BTreeSet<&str> =
        all.iter().map(|event| event["type"].as_str().unwrap()).collect();
    for kind in [
        "category.created",
        "category.updated",
        "category.deleted",
        "product.created",
        "product.updated",
        "product.deleted",
        "product.restored",
    ] {
        assert!(kinds.contains(kind), "{kind} is missing in {kinds:?}");
    }
    for event in &all {
        assert!(event["id"].is_string() && event["occurred_at"].as_str().unwrap().ends_with('Z'), "{event}");
    }
    // A change that changes nothing, and one that is refused, are none.
    shop.admin.post("/products", &json!({"name": ""})).await.problem(422);
    assert_eq!(feed(&shop.admin, 100).await.len(), all.len());
    shop.close();
}

/// The next events of a stream: `(id, data)`.
struct Events {
    bytes: futures::stream::BoxStream<'static, reqwest::Result<Vec<u8>>>,
    buffer: String,
}

impl Events {
    async fn open(client: &Client, path: &str, last: Option<&str>) -> Self {
        let mut call = client.call(Method::GET, path).header("accept", "text/event-stream");
        if let Some(last) = last {
            call = call.header("last-event-id", last);
        }
        let response = call.stream().await;
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        let bytes = response.bytes_stream().map(|part| part.map(|bytes| bytes.to_vec())).boxed();
        Self { bytes, buffer: String::new() }
    }

    async fn next(&mut self) -> (String, Value) {
        let start = Instant::now();
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.buffer = rest;
                let field = |name: &str| {
                    event.lines().find_map(|line| line.strip_prefix(name)).map(|v| v.trim().to_owned())
                };
                if let (Some(id), Some(data)) = (field("id:"), field("data:")) {
                    return (id, serde_json::from_str(&data).expect("JSON"));
                }
                continue;
            }
            let part = tokio::time::timeout(PATIENCE, self.bytes.next()).await.expect("an event in time");
            let part = part.expect("the stream goes on").expect("readable");
            self.buffer.push_str(std::str::from_utf8(&part).expect("UTF-8"));
            assert!(start.elapsed() < PATIENCE, "no event: {}", self.buffer);
        }
    }
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_hears_live_and_resumes_where_it_was(topology: Topology, backend: Backend) {
    let mut shop = Shop::open(topology, backend);
    for n in 0..3 {
        shop.admin.new_product(&format!("Old {n}"), json!({})).await;
    }
    let mut events = Events::open(&shop.admin, "/changes?after=0", None).await;
    for _ in 0..3 {
        assert_eq!(events.next().await.1["type"], "product.created");
    }
    let created = shop.admin.new_product("New", json!({})).await;
    let written = Instant::now();
    let (id, event) = events.next().await;
    assert!(written.elapsed() < Duration::from_secs(1), "heard after {:?}", written.elapsed());
    assert_eq!(event["key"], created["id"]);
    assert_eq!(id, event["sequence"].to_string());
    drop(events);

    // Away for a while, and the server is restarted meanwhile.
    let missed = shop.admin.new_product("Missed", json!({})).await;
    shop.server.terminate();
    shop.server.wait();
    shop.reopen();
    let mut events = Events::open(&shop.admin, "/changes", Some(&id)).await;
    assert_eq!(events.next().await.1["key"], missed["id"]);
    let live = shop.admin.new_product("Live again", json!({})).await;
    assert_eq!(events.next().await.1["key"], live["id"]);

    // A follower does not keep the server from stopping.
    shop.close();
}
