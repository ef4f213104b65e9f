//! Two stores over one database and one Redis, as two processes have them.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rstest::rstest;
use serde_json::json;
use vitrine_cache::{SharedCache, SharedCacheSettings};
use vitrine_db::Db;
use vitrine_kernel::{Expected, ProductId};
use vitrine_testing::{RedisServer, TempDb, clock, eventually};

use super::contract::{all, create, run};
use super::{CatalogStore, DatabaseStore, OnError, Outcome, ProductKey, SharedStore, Write};
use crate::MIGRATIONS;

fn cache(server: &RedisServer) -> SharedCache {
    let settings = SharedCacheSettings {
        url: server.url(),
        namespace: "test".to_owned(),
        timeout: Duration::from_millis(100),
        keep: Duration::from_mins(1),
    };
    SharedCache::open(settings).expect("opened")
}

/// Another process's handle on the same file: it hears of commits from the database alone.
fn store(database: &TempDb, server: &RedisServer) -> (SharedStore, SharedCache) {
    let db = Db::open(database.settings(), &[MIGRATIONS]).expect("opened");
    let cache = cache(server);
    (SharedStore::new(Arc::new(DatabaseStore::new(db.clone(), clock())), cache.clone(), &db), cache)
}

#[tokio::test]
async fn a_shared_store_keeps_the_contract() {
    let Some(server) = RedisServer::start() else { return };
    all(|| async {
        let database = TempDb::open(&[MIGRATIONS]);
        let db = database.handle();
        let cache = cache(&server);
        eventually(Duration::from_secs(10), "Redis answers", || cache.is_well()).await;
        (SharedStore::new(Arc::new(DatabaseStore::new(db.clone(), clock())), cache, &db), database)
    })
    .await;
}

/// What happens to Redis while others read and write.
#[derive(Debug, Clone, Copy)]
enum Fault {
    None,
    Flushed,
    RestartedEmpty,
    Frozen,
}

const PRODUCTS: usize = 20;

#[rstest]
#[case(Fault::None)]
#[case(Fault::Flushed)]
#[case(Fault::RestartedEmpty)]
#[case(Fault::Frozen)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_read_is_older_than_what_was_acknowledged_before_it_began(#[case] fault: Fault) {
    let Some(mut server) = RedisServer::start() else { return };
    let database = TempDb::open(&[MIGRATIONS]);
    let stores: Vec<_> = (0..2).map(|_| store(&database, &server)).collect();
    for (_, cache) in &stores {
        eventually(Duration::from_secs(10), "Redis answers", || cache.is_well()).await;
    }
    let stores: Vec<Arc<SharedStore>> = stores.into_iter().map(|(store, _)| Arc::new(store)).collect();
    let mut ids = Vec::new();
    for n in 0..PRODUCTS {
        let write =
            create(json!({"name": format!("Product {n}"), "price": {"amount": "1.00", "currency": "EUR"}}));
        let report = run(&*stores[0], vec![write], OnError::Abort).await.expect("written");
        let Outcome::Created(product) = &report.outcomes[0] else { panic!("{report:?}") };
        ids.push(product.id);
    }
    let ids: Arc<[ProductId]> = ids.into();
    let acknowledged: Arc<[AtomicI64]> = (0..PRODUCTS).map(|_| AtomicI64::new(1)).collect();
    let stale: Arc<Mutex<Vec<String>>> = Arc::default();
    let (is_over, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut tasks = Vec::new();
    for (which, store) in stores.iter().enumerate() {
        let (store, ids, acknowledged, is_over) =
            (Arc::clone(store), Arc::clone(&ids), Arc::clone(&acknowledged), Arc::clone(&is_over));
        tasks.push(tokio::spawn(async move {
            let mut n = which;
            while !is_over.load(Ordering::Relaxed) {
                n = (n + 7) % PRODUCTS;
                let patch = json!({"description": format!("{which} {}", uuid::Uuid::new_v4())});
                let write = Write::Update { id: ids[n], expected: Expected::Any, patch };
                let report = run(&*store, vec![write], OnError::Abort).await.expect("written");
                let Outcome::Updated(product) = &report.outcomes[0] else { panic!("{report:?}") };
                acknowledged[n].fetch_max(product.version.0, Ordering::SeqCst);
            }
        }));
    }
    for reader in 0..6 {
        let (store, ids, acknowledged) =
            (Arc::clone(&stores[reader % 2]), Arc::clone(&ids), Arc::clone(&acknowledged));
        let (is_over, reads, stale) = (Arc::clone(&is_over), Arc::clone(&reads), Arc::clone(&stale));
        tasks.push(tokio::spawn(async move {
            let mut n = reader;
            while !is_over.load(Ordering::Relaxed) {
                n = (n + 3) % PRODUCTS;
                let known = acknowledged[n].load(Ordering::SeqCst);
                let found = store.find(ProductKey::Id(ids[n])).await.expect("read").expect("there");
                reads.fetch_add(1, Ordering::Relaxed);
                if found.version.0 < known {
                    stale.lock().expect("unpoisoned").push(format!("{} after {known}", found.version.0));
                }
            }
        }));
    }
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        match fault {
            Fault::None => {}
            Fault::Flushed => assert_eq!(server.command(&["FLUSHALL"]), "OK"),
            Fault::RestartedEmpty => server.restart(),
            Fault::Frozen => {
                server.freeze();
                tokio::time::sleep(Duration::from_millis(300)).await;
                server.thaw();
            }
        }
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    is_over.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.expect("no panic");
    }
    let stale = stale.lock().expect("unpoisoned").clone();
    let reads = reads.load(Ordering::Relaxed);
    eprintln!("{fault:?}: {reads} reads, {} stale", stale.len());
    assert!(reads > 100, "only {reads} reads");
    // A process that is cut off can't tell the others through Redis; they hear of its commits from the database, and until then
    // may believe what Redis has. That is the one exception, and it is short.
    if !matches!(fault, Fault::Frozen | Fault::RestartedEmpty) {
        assert!(stale.is_empty(), "{} of {reads}: {:?}", stale.len(), stale.first());
    }
    for (n, id) in ids.iter().enumerate() {
        for store in &stores {
            let found = store.find(ProductKey::Id(*id)).await.expect("read").expect("there");
            assert_eq!(found.version.0, acknowledged[n].load(Ordering::SeqCst), "after it healed");
        }
    }
}
