//! The feed has every event once, in an order in which each key's versions grow, whatever happens to relays.

use std::collections::{HashMap, HashSet};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::Rng as _;
use uuid::Uuid;
use vitrine_db::{DatabaseSettings, Db, DbError};
use vitrine_kernel::ChangeEvent;
use vitrine_testing::{Backend, TempDb, patient};

use crate::{event_of, execute, number};

const WRITERS: usize = 16;
const KEYS: usize = 40;

fn total() -> usize {
    if super::long() { 100_000 } else { 3_000 }
}

/// How often relays are killed.
fn kills() -> usize {
    if super::long() { 20 } else { 5 }
}

/// One change of a key: its version grows under the row's lock, and the commit comes some time after the event was written.
async fn change(db: &Db, key: usize, keys: Arc<Vec<Uuid>>) -> Result<(), DbError> {
    let delay = f64::from(rand::rng().random_range(0_u32..8)) / 1000.0;
    db.write(move |conn| {
        Box::pin(async move {
            let sql = format!(
                "UPDATE counters SET version = version + 1 WHERE key = {key} RETURNING version AS number"
            );
            let version = number(conn, &sql).await?;
            conn.emit(event_of(keys[key], version)).await?;
            execute(conn, &format!("SELECT pg_sleep({delay})")).await
        })
    })
    .await
}

/// Reads the feed as a consumer would, by the position it has come to.
async fn follow(db: Db, total: usize, done: Arc<AtomicBool>) -> Vec<ChangeEvent> {
    let (mut cursor, mut seen) = (0, Vec::new());
    let mut since_done: Option<Instant> = None;
    while seen.len() < total {
        let page = db.changes_after(cursor, 500).await.expect("readable");
        if let Some(last) = page.last() {
            cursor = last.sequence;
            seen.extend(page);
            since_done = None;
            continue;
        }
        if done.load(Ordering::Acquire) {
            let since = *since_done.get_or_insert_with(Instant::now);
            assert!(since.elapsed() < Duration::from_secs(20), "{} of {total} events came", seen.len());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    seen
}

/// Another process, of whose relay nothing is left when it is killed.
fn other_process(url: &str) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--ignored", "--exact", "postgres::outbox::process_with_a_relay"])
        .env("VITRINE_TEST_RELAY_URL", url)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("starts")
}

#[tokio::test]
#[ignore = "not a test: the process that `other_process` starts"]
async fn process_with_a_relay() {
    #[expect(clippy::disallowed_methods, reason = "how the parent tells")]
    let url = std::env::var("VITRINE_TEST_RELAY_URL").expect("set by the parent");
    let _db = Db::open(&DatabaseSettings { url, ..patient() }, &[]).expect("opens");
    tokio::time::sleep(Duration::from_mins(10)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_is_missed_and_each_key_keeps_its_order() {
    let settings = DatabaseSettings { pool_size: 20, ..patient() };
    let db = TempDb::on_with(Backend::Postgres, &settings, &[]);
    db.write(|conn| {
        Box::pin(async move {
            execute(conn, "CREATE TABLE counters (key INT PRIMARY KEY, version BIGINT NOT NULL)").await?;
            execute(conn, &format!("INSERT INTO counters SELECT n, 0 FROM generate_series(0, {KEYS} - 1) n"))
                .await
        })
    })
    .await
    .expect("the counters");
    let keys: Arc<Vec<Uuid>> = Arc::new((0..KEYS).map(|_| Uuid::now_v7()).collect());
    let done = Arc::new(AtomicBool::new(false));
    let total = total();
    let follower = tokio::spawn(follow(db.handle(), total, Arc::clone(&done)));

    let url = db.settings().url.clone();
    let killer = {
        let done = Arc::clone(&done);
        tokio::task::spawn_blocking(move || {
            let mut killed = 0;
            let mut process = other_process(&url);
            while killed < kills() || !done.load(Ordering::Acquire) {
                std::thread::sleep(Duration::from_millis(rand::rng().random_range(100..500)));
                process.kill().expect("SIGKILL");
                process.wait().expect("ended");
                killed += 1;
                process = other_process(&url);
            }
            process.kill().expect("SIGKILL");
            process.wait().expect("ended");
            killed
        })
    };
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (db, keys) = (db.handle(), Arc::clone(&keys));
            let share = total / WRITERS + usize::from(writer < total % WRITERS);
            tokio::spawn(async move {
                for _ in 0..share {
                    let key = rand::rng().random_range(0..KEYS);
                    change(&db, key, Arc::clone(&keys)).await.expect("written");
                }
            })
        })
        .collect();
    // This process's relay dies too, in the middle of what it does.
    let own_relay = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity \
                     WHERE datname = current_database() AND query LIKE '%outbox_newest%' AND pid <> pg_backend_pid()";
    let server = db.postgres().expect("a server");
    let mut ended = 0;
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        ended += tokio::task::block_in_place(|| server.query(own_relay)).len();
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    for writer in writers {
        writer.await.expect("all were written");
    }
    done.store(true, Ordering::Release);
    let deaths = killer.await.expect("joined");
    let feed = follower.await.expect("the feed is whole");

    let places: Vec<i64> = feed.iter().map(|event| event.sequence).collect();
    let wanted: Vec<i64> = (1..=i64::try_from(total).expect("small")).collect();
    assert_eq!(places, wanted, "places have no gap and none comes twice");
    let ids: HashSet<Uuid> = feed.iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), total, "each event once");
    let mut versions: HashMap<Uuid, i64> = HashMap::new();
    for event in &feed {
        let before = versions.insert(event.key, event.version.0).unwrap_or(0);
        assert_eq!(event.version.0, before + 1, "key {} at place {}", event.key, event.sequence);
    }
    println!(
        "{total} events of {WRITERS} writers; {deaths} processes killed, {ended} relays cut off; none missed"
    );
}
