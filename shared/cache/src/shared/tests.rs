//! Over a real Redis.

use std::time::Duration;

use rstest::rstest;
use vitrine_testing::{RedisServer, eventually};

use super::*;

const LIMIT: Duration = Duration::from_secs(10);

fn open(server: &RedisServer) -> SharedCache {
    let settings = SharedCacheSettings {
        url: server.url(),
        namespace: "test".to_owned(),
        timeout: Duration::from_millis(100),
        keep: Duration::from_mins(1),
    };
    SharedCache::open(settings).expect("opened")
}

async fn well(cache: &SharedCache) {
    eventually(LIMIT, "Redis has heard of all", || cache.is_well() && cache.0.core.pending.is_empty()).await;
}

/// Until a look reaches Redis: before it fails, a process believes that Redis is still there.
async fn answers(cache: &SharedCache) {
    let start = Instant::now();
    while matches!(cache.look("other").await, Look::Away) {
        assert!(start.elapsed() < LIMIT, "Redis is there, and not asked");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn seat(cache: &SharedCache, key: &str) -> Seat {
    match cache.look(key).await {
        Look::Miss(seat) => seat,
        other => panic!("a miss, not {other:?}"),
    }
}

/// What is served, if anything is.
async fn served(cache: &SharedCache, key: &str) -> Option<i64> {
    match cache.look(key).await {
        Look::Hit { version, .. } => Some(version),
        Look::Miss(_) | Look::Away => None,
    }
}

async fn fill(cache: &SharedCache, key: &str, version: i64) {
    let seat = seat(cache, key).await;
    cache.0.core.offer(seat, version, b"{}").await;
}

#[tokio::test]
async fn what_is_offered_is_served_to_all_until_a_newer_version_is_committed() {
    let Some(server) = RedisServer::start() else { return };
    let (one, other) = (open(&server), open(&server));
    well(&one).await;
    well(&other).await;
    fill(&one, "a", 1).await;
    assert_eq!((served(&one, "a").await, served(&other, "a").await), (Some(1), Some(1)));
    one.commit("a".to_owned(), 2);
    one.settle().await;
    assert_eq!((served(&one, "a").await, served(&other, "a").await), (None, None));
    fill(&other, "a", 2).await;
    assert_eq!(served(&one, "a").await, Some(2));
}

#[tokio::test]
async fn a_fill_that_a_commit_overtook_is_refused() {
    let Some(server) = RedisServer::start() else { return };
    let (reader, writer) = (open(&server), open(&server));
    well(&reader).await;
    well(&writer).await;
    // The reader misses and reads version 1; the writer commits version 2; the reader's fill comes after that.
    let late = seat(&reader, "a").await;
    writer.commit("a".to_owned(), 2);
    writer.settle().await;
    reader.0.core.offer(late, 1, b"old").await;
    assert_eq!(served(&reader, "a").await, None);
}

#[rstest]
#[case::flushed(false)]
#[case::restarted_empty(true)]
#[tokio::test]
async fn a_fill_from_before_redis_forgot_is_refused(#[case] restarted: bool) {
    let Some(mut server) = RedisServer::start() else { return };
    let cache = open(&server);
    well(&cache).await;
    // With the floor forgotten, nothing but the generation tells that this fill is too old.
    let late = seat(&cache, "a").await;
    cache.commit("a".to_owned(), 2);
    cache.settle().await;
    if restarted {
        server.restart();
    } else {
        assert_eq!(server.command(&["FLUSHALL"]), "OK");
    }
    cache.0.core.offer(late, 1, b"old").await;
    answers(&cache).await;
    assert_eq!(served(&cache, "a").await, None);
}

#[rstest]
#[case::stopped(false)]
#[case::frozen(true)]
#[tokio::test]
async fn commits_that_redis_did_not_hear_of_are_told_before_it_is_believed_again(#[case] frozen: bool) {
    let Some(mut server) = RedisServer::start() else { return };
    let (cut_off, other) = (open(&server), open(&server));
    well(&cut_off).await;
    well(&other).await;
    fill(&other, "a", 1).await;
    assert_eq!(served(&cut_off, "a").await, Some(1));
    if frozen {
        server.freeze();
    } else {
        server.kill();
    }
    let start = Instant::now();
    cut_off.commit("a".to_owned(), 2);
    cut_off.settle().await;
    assert!(start.elapsed() < Duration::from_secs(1), "an acknowledgement does not wait for Redis");
    assert_eq!(served(&cut_off, "a").await, None);
    if frozen {
        server.thaw();
    } else {
        server.restart();
    }
    well(&cut_off).await;
    assert_eq!(served(&cut_off, "a").await, None);
    answers(&other).await;
    assert_eq!(served(&other, "a").await, None);
}

#[tokio::test]
async fn what_a_dead_process_left_is_forgotten() {
    let Some(server) = RedisServer::start() else { return };
    let dead = open(&server);
    well(&dead).await;
    fill(&dead, "a", 1).await;
    // It commits version 2 and dies before the floor.
    drop(dead);
    let next = open(&server);
    well(&next).await;
    assert_eq!(served(&next, "a").await, None);
}

#[tokio::test]
async fn without_redis_nothing_waits() {
    let Some(mut server) = RedisServer::start() else { return };
    server.kill();
    let cache = open(&server);
    let start = Instant::now();
    for n in 0..100 {
        assert!(matches!(cache.look(&n.to_string()).await, Look::Away));
        cache.commit(n.to_string(), 1);
        cache.settle().await;
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    server.restart();
    well(&cache).await;
    assert_eq!(served(&cache, "7").await, None);
}
