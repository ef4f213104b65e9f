//! What operators see: the management port, the log, signals, backups.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::harness::{Backend, Shop, Site, Topology, apply, everywhere};

#[apply(everywhere)]
#[tokio::test]
async fn every_answer_has_a_request_id(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    for path in ["/products", "/nothing", "/products/x", "//docs", "/openapi.json"] {
        let first = shop.anonymous.get(path).await.header("x-request-id").to_owned();
        let second = shop.anonymous.get(path).await.header("x-request-id").to_owned();
        assert!(first.len() >= 16 && first != second, "{path}: {first} {second}");
        let own = shop.anonymous.call(Method::GET, path).header("x-request-id", "my-own.id_7").send().await;
        assert_eq!(own.header("x-request-id"), "my-own.id_7");
        for odd in ["", " ", "a b", "<script>", &"x".repeat(500), "a;b", "{}"] {
            let answer = shop.anonymous.call(Method::GET, path).header("x-request-id", odd).send().await;
            let given = answer.header("x-request-id");
            assert!(!given.is_empty() && given != odd, "{odd:?} came back");
        }
    }
    let problem =
        shop.anonymous.call(Method::GET, "/products/x").header("x-request-id", "trace-me-1").send().await;
    assert_eq!(problem.problem(404)["instance"], "trace-me-1");
    for name in ["x-content-type-options", "content-type"] {
        assert!(!shop.anonymous.get("/products").await.header(name).is_empty(), "{name}");
    }
    assert!(shop.anonymous.get("/products").await.headers.get("server").is_none());
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn the_management_port_tells_how_it_is_and_takes_a_log_level(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let management = shop.management();
    for path in ["//livez", "//startupz", "//readyz", "//readyz?verbose", "//version", "//metrics"] {
        assert_eq!(management.get(path).await.status, 200, "{path}");
        // What is for operators is not for the world.
        assert_eq!(shop.anonymous.get(path).await.status, 404, "{path}");
    }
    shop.admin.new_product("Counted", json!({})).await;
    let metrics = management.get("//metrics").await.text();
    assert!(metrics.contains("# TYPE ") && metrics.contains("/api/v1/products"), "{metrics}");

    let debug_lines = || shop.server.log().iter().filter(|line| line.contains("\"DEBUG\"")).count();
    assert_eq!(debug_lines(), 0);
    let answer = management.call(Method::PUT, "//loglevel").json(&json!({"level": "debug"})).send().await;
    assert!([200, 204].contains(&answer.status), "{answer}");
    assert!(management.get("//loglevel").await.text().contains("debug"));
    let start = Instant::now();
    while debug_lines() == 0 {
        shop.anonymous.get("/products?sort=name").await.expect(200);
        assert!(start.elapsed() < Duration::from_secs(10), "nothing is logged at debug");
    }
    for bad in [
        json!({"level": "loud"}),
        json!({}),
        json!({"level": 5}),
        json!({"level": "info", "extra": 1}),
        json!([]),
    ] {
        let answer = management.call(Method::PUT, "//loglevel").json(&bad).send().await;
        assert!([400, 422].contains(&answer.status), "{bad}: {answer}");
    }
    management.call(Method::PUT, "//loglevel").json(&json!({"level": "info"})).send().await;
    // Each line of the log is one object, whatever was asked for.
    shop.anonymous
        .call(Method::GET, "/products?q=%0d%0a%1b%5b31mred")
        .header("user-agent", "evil {\"level\": \"FATAL\"} agent")
        .send()
        .await;
    for line in shop.server.log() {
        serde_json::from_str::<serde_json::Value>(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_to_stop_serves_on_while_it_drains(topology: Topology, backend: Backend) {
    let mut site = Site::new(topology, backend);
    site.set("VITRINE__SERVER__DRAIN_SECONDS", "2");
    let mut shop = site.open();
    let product = shop.admin.new_product("P", json!({})).await;
    let path = format!("/products/{}", product["id"].as_str().unwrap());
    let management = shop.management();
    shop.server.terminate();
    let start = Instant::now();
    while management.get("//readyz").await.status != 503 {
        assert!(start.elapsed() < Duration::from_secs(2), "readiness does not turn");
    }
    let mut served = 0;
    while start.elapsed() < Duration::from_millis(1500) {
        let answer = shop.anonymous.get(&path).await;
        answer.expect(200);
        assert_eq!(answer.header("connection").to_lowercase(), "close", "{:?}", answer.headers);
        shop.admin.patch(&path, "*", &json!({"metadata": {"n": served}})).await.expect(200);
        served += 1;
    }
    assert!(served > 10 && shop.server.has_ended().is_none());
    let status = shop.server.wait();
    assert!(status.success(), "{status}");
    assert!(start.elapsed() < Duration::from_secs(10), "stopped after {:?}", start.elapsed());
    shop.reopen();
    assert_eq!(shop.admin.get(&path).await.expect(200)["metadata"]["n"], served - 1);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_busy_shop_opens_as_a_shop(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|n| {
            let (admin, stop) = (shop.admin.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                while !stop.load(Ordering::SeqCst) {
                    let product =
                        admin.new_product(&format!("P {n} {}", acknowledged.len()), json!({})).await;
                    acknowledged.push((product["id"].as_str().unwrap().to_owned(), Instant::now()));
                }
                acknowledged
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    let copy = Site::new(topology, backend);
    std::fs::create_dir(copy.folder.file("data")).unwrap();
    let target = copy.folder.file("data/vitrine.db");
    shop.site.run_well([std::ffi::OsStr::new("backup"), target.as_os_str()]);
    stop.store(true, Ordering::SeqCst);
    let mut before = Vec::new();
    for writer in writers {
        before.extend(
            writer.await.expect("no panic").into_iter().filter(|(_, at)| *at < begun).map(|(id, _)| id),
        );
    }
    assert!(before.len() > 10, "only {} writes before the backup", before.len());
    let again = shop.site.run([std::ffi::OsStr::new("backup"), target.as_os_str()]);
    assert_eq!(again.status.code(), Some(1), "a backup never overwrites");
    let restored = copy.open();
    for id in before {
        restored.admin.get(&format!("/products/{id}")).await.expect(200);
    }
    restored.close();
    shop.close();
}
