//! A cache that processes share, and do without.

use std::time::Duration;

use serde_json::json;
use vitrine_testing::{RedisServer, within};

use crate::harness::{Backend, Shop, Site, Topology, apply, everywhere};

/// The value of a counter of the management port; 0 before it counts.
async fn counted(shop: &Shop, name: &str, outcome: &str) -> f64 {
    let metrics = shop.management().get("//metrics").await.text();
    let mut lines = metrics.lines().filter(|line| line.starts_with(name) && line.contains(outcome));
    lines.next().and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_share_redis_and_none_needs_it(topology: Topology, backend: Backend) {
    let Some(mut redis) = RedisServer::start() else { return };
    let mut site = Site::new(topology, backend);
    site.set("VITRINE__REDIS__URL", &redis.url());
    // The first level would hide the second.
    site.set("VITRINE__CATALOG__CACHE_BYTES", "0");
    let shop = site.open();
    let other = shop.site.serve();
    let reader = shop.anonymous.at(&format!("http://{}", other.api));
    let product = shop.admin.new_product("Shared", json!({"status": "active"})).await;
    let path = format!("/products/{}", product["id"].as_str().unwrap());

    within(Duration::from_secs(10), "Redis answers for the product", async {
        while counted(&shop, "cache_requests_total", "level=\"l2\",outcome=\"hit\"").await < 1.0 {
            shop.anonymous.get(&path).await.expect(200);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    // What one process acknowledged, the other serves at once; with Redis, without it, and with it again.
    let mut name = 0;
    for redis_is in ["there", "gone", "frozen", "back and empty"] {
        match redis_is {
            "gone" => redis.kill(),
            "frozen" => {
                redis.restart();
                redis.freeze();
            }
            "back and empty" => {
                redis.thaw();
                redis.restart();
            }
            _ => {}
        }
        for _ in 0..20 {
            name += 1;
            let read = shop.admin.get(&path).await;
            let patch = json!({"name": format!("Shared {name}")});
            shop.admin.patch(&path, &read.etag(), &patch).await.expect(200);
            let own = shop.anonymous.get(&path).await.expect(200);
            assert_eq!(own["name"], format!("Shared {name}"), "by the writer, Redis {redis_is}");
            if redis_is == "there" {
                let found = reader.get(&path).await.expect(200);
                assert_eq!(found["name"], format!("Shared {name}"), "by another, Redis {redis_is}");
            }
        }
    }
    within(Duration::from_secs(5), "the other process serves what was acknowledged", async {
        while reader.get(&path).await.expect(200)["name"] != format!("Shared {name}") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let stale = counted(&shop, "cache_stale_total", "").await;
    assert!(stale.abs() < 0.5, "{stale} stale answers were sampled");
    drop(other);
    shop.close();
}
