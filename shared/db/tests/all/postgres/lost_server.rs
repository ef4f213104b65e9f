//! The server dies, or stands still, and comes back.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use vitrine_db::{DatabaseSettings, Db, DbError};
use vitrine_kernel::{ErrorCode, Failure};
use vitrine_testing::postgres::PostgresServer;
use vitrine_testing::{TempFolder, eventually};

use crate::{event, make_notes, texts, write_note};

struct Lost {
    db: Db,
    server: PostgresServer,
    _folder: TempFolder,
}

/// A server of its own, that keeps what it acknowledges (`fsync=on`).
async fn server_and_database(settings: DatabaseSettings) -> Lost {
    let folder = TempFolder::new();
    let server = PostgresServer::new(&folder.path().join("server"), &["fsync=on"]);
    server.start();
    let settings = DatabaseSettings { url: server.url(), ..settings };
    let patient = DatabaseSettings { connect_timeout_ms: 20_000, ..settings.clone() };
    Db::migrate(&patient, &[]).expect("migrated");
    let db = Db::open(&settings, &[]).expect("opens");
    make_notes(&db).await;
    Lost { db, server, _folder: folder }
}

fn is_unavailable(error: DbError) -> bool {
    let failure = Failure::from(error);
    matches!(failure.code(), ErrorCode::Unavailable | ErrorCode::Overloaded)
}

async fn back_within(db: &Db, limit: Duration) {
    let start = Instant::now();
    while db.read(|conn| Box::pin(crate::execute(conn, "SELECT 1"))).await.is_err() {
        assert!(start.elapsed() < limit, "still not back after {:?}", start.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("worked {:?} after the server was back", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_is_told_of_at_once_and_loses_nothing_it_acknowledged() {
    let settings = DatabaseSettings { pool_wait_ms: 1000, ..DatabaseSettings::default() };
    let Lost { db, server, _folder } = server_and_database(settings).await;
    let rounds = if super::long() { 10 } else { 2 };
    let acknowledged = Arc::new(AtomicUsize::new(0));
    for round in 0..rounds {
        // Writers at work while it dies.
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let (db, acknowledged) = (db.clone(), Arc::clone(&acknowledged));
                tokio::spawn(async move {
                    for n in 0.. {
                        match write_note(&db, &format!("{round}-{writer}-{n}")).await {
                            Ok(()) => acknowledged.fetch_add(1, Ordering::Relaxed),
                            Err(error) => return is_unavailable(error),
                        };
                    }
                    true
                })
            })
            .collect();
        let before = acknowledged.load(Ordering::Relaxed);
        eventually(Duration::from_secs(20), "writes flow", || {
            acknowledged.load(Ordering::Relaxed) > before + 50
        })
        .await;
        server.signal("KILL");
        for writer in writers {
            assert!(writer.await.expect("joined"), "each writer was told 503");
        }
        for _ in 0..5 {
            let start = Instant::now();
            let error = write_note(&db, "nobody is there").await.expect_err("the server is dead");
            assert!(is_unavailable(error));
            assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        }
        eventually(Duration::from_secs(20), "its children are gone", || !server.has_children()).await;
        server.start();
        back_within(&db, Duration::from_secs(2)).await;
        let kept = texts(&db).await.len();
        let promised = acknowledged.load(Ordering::Relaxed);
        assert!(kept >= promised, "{promised} acknowledged, {kept} there");
    }
    // The relay has come back too.
    db.write(|conn| Box::pin(conn.emit(event()))).await.expect("written");
    let newest = db.newest_change();
    eventually(Duration::from_secs(10), "the event has its place", || *newest.borrow() == 1).await;
    println!("{} acknowledged writes, {rounds} deaths, none lost", acknowledged.load(Ordering::Relaxed));
    db.close().await;
}

/// Sends a signal to the server and its children, as when the machine stands still.
fn signal_all(server: &PostgresServer, name: &str) {
    let pid = server.pid().expect("it runs");
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("readable");
    for pid in children.split_whitespace().map(ToOwned::to_owned).chain([pid.to_string()]) {
        if Path::new(&format!("/proc/{pid}")).exists() {
            let _ = Command::new("kill").arg(format!("-{name}")).arg(pid).status();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stands_still_is_given_up_and_found_again() {
    let settings = DatabaseSettings {
        statement_timeout_ms: 500,
        pool_size: 2,
        pool_wait_ms: 1000,
        ..DatabaseSettings::default()
    };
    let Lost { db, server, _folder } = server_and_database(settings).await;
    write_note(&db, "before").await.expect("written");
    signal_all(&server, "STOP");
    for _ in 0..4 {
        let start = Instant::now();
        let error = write_note(&db, "nobody listens").await.expect_err("it stands still");
        assert!(is_unavailable(error));
        // The statement's own limit, and a second.
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    }
    signal_all(&server, "CONT");
    back_within(&db, Duration::from_secs(5)).await;
    write_note(&db, "after").await.expect("written");
    assert!(texts(&db).await.contains(&"after".to_owned()));
    db.close().await;
}
