use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use actix_web::http::header;
use actix_web::test::TestRequest;
use futures::FutureExt as _;
use rstest::rstest;
use vitrine_kernel::ErrorCode;

use super::fixture::{Answer, PASSES, State, THING, api, api_over, post_thing, start};
use crate::HttpSettings;

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotency-replayed") == "true"
}

#[actix_web::test]
async fn the_same_request_is_answered_as_the_first_time() {
    let state = State::new();
    let app = start(&api_over(&state, HttpSettings::default()).0).await;
    let first = app.send(post_thing("key-1", THING)).await;
    assert_eq!((first.status.as_u16(), first.header("location")), (201, "/api/v1/things/thing"));
    assert!(!is_replay(&first));
    let second = app.send(post_thing("key-1", THING)).await;
    assert!(is_replay(&second));
    assert_eq!((second.status, second.header("location")), (first.status, first.header("location")));
    assert_eq!(second.body, first.body);
    assert_eq!(state.created.load(Ordering::SeqCst), 1);
    // Another key, another caller and another query are other requests.
    assert!(!is_replay(&app.send(post_thing("key-2", THING)).await));
    let other = post_thing("key-1", THING).insert_header((header::AUTHORIZATION, "Bearer other-writer"));
    assert!(!is_replay(&app.send(other).await));
    assert_eq!(state.created.load(Ordering::SeqCst), 3);
}

#[actix_web::test]
async fn a_key_stands_for_one_body_and_query() {
    let app = start(&api(HttpSettings::default())).await;
    app.send(post_thing("key", THING)).await;
    app.send(post_thing("key", r#"{"name":"other"}"#)).await.problem(ErrorCode::IdempotencyMismatch);
    let validate = post_thing("key", THING).uri("/api/v1/things?validate_only=true");
    app.send(validate).await.problem(ErrorCode::IdempotencyMismatch);
}

#[actix_web::test]
async fn a_key_ends_after_a_day() {
    let state = State::new();
    let app = start(&api_over(&state, HttpSettings::default()).0).await;
    app.send(post_thing("key", THING)).await;
    state.clock.advance_seconds(24 * 60 * 60 - 1);
    assert!(is_replay(&app.send(post_thing("key", THING)).await));
    state.clock.advance_seconds(2);
    assert!(!is_replay(&app.send(post_thing("key", THING)).await));
}

#[actix_web::test]
async fn a_failure_is_not_kept() {
    let app = start(&api(HttpSettings::default())).await;
    app.send(post_thing("key", "{}")).await.problem(ErrorCode::Validation);
    let corrected = app.send(post_thing("key", THING)).await;
    assert_eq!((corrected.status.as_u16(), is_replay(&corrected)), (201, false));
}

#[actix_web::test]
async fn a_second_request_does_not_overtake_the_first() {
    let state = State::new();
    let app = start(&api_over(&state, HttpSettings::default()).0).await;
    let held = state.gate.acquire_many(PASSES).await.expect("all passes");
    let first = app.send(post_thing("key", THING));
    let meanwhile = async {
        while state.arrived.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        // Without its refusal the second request would wait for the passes, which are given back after it.
        let refused = tokio::time::timeout(Duration::from_secs(10), app.send(post_thing("key", THING))).await;
        drop(held);
        refused.expect("an answer while the first request waits")
    };
    let (first, refused) = futures::future::join(first, meanwhile).await;
    assert_eq!(first.status, 201);
    refused.problem(ErrorCode::IdempotencyInFlight);
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (409, "1"));
    assert!(is_replay(&app.send(post_thing("key", THING)).await));
}

#[actix_web::test]
async fn of_two_processes_one_creates_and_both_answer_the_same() {
    let state = State::new();
    let (here, there) = (
        start(&api_over(&state, HttpSettings::default()).0).await,
        start(&api_over(&state, HttpSettings::default()).0).await,
    );
    let held = state.gate.acquire_many(PASSES).await.expect("all passes");
    let both =
        futures::future::join(here.send(post_thing("key", THING)), there.send(post_thing("key", THING)));
    let release = async {
        // Both have looked for an answer, and found none.
        while state.arrived.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        drop(held);
    };
    let ((one, other), ()) = futures::future::join(both, release).await;
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (201, 201));
    assert_eq!(one.body, other.body);
    assert!(is_replay(&one) != is_replay(&other), "one of them is a replay");
    assert_eq!(state.created.load(Ordering::SeqCst), 1);
}

/// The client hung up on the first request. What it made is visible already, but caches still hear of it: whoever is told now that
/// it is done could read from one what was there before.
#[actix_web::test]
async fn a_replay_waits_until_everyone_has_heard_of_the_first() {
    let state = State::new();
    let app = start(&api_over(&state, HttpSettings::default()).0).await;
    let (go_on, held) = mpsc::channel::<()>();
    let (announcing, held) = (Arc::new(AtomicBool::new(false)), Mutex::new(held));
    let entered = Arc::clone(&announcing);
    state.db.on_commit(Arc::new(move |_| {
        entered.store(true, Ordering::SeqCst);
        let _ = held.lock().expect("no panic").recv_timeout(Duration::from_secs(10));
    }));
    let mut first = Box::pin(app.send(post_thing("key", THING)));
    while !announcing.load(Ordering::SeqCst) {
        assert!(first.as_mut().now_or_never().is_none(), "acknowledged before anyone heard of it");
        tokio::task::yield_now().await;
    }
    drop(first);
    let mut second = Box::pin(app.send(post_thing("key", THING)));
    for _ in 0..50 {
        assert!(second.as_mut().now_or_never().is_none(), "answered before everyone heard of it");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    go_on.send(()).expect("the listener waits");
    assert!(is_replay(&second.await));
    assert_eq!(state.created.load(Ordering::SeqCst), 0, "nobody was there to count it");
}

#[rstest]
#[case("")]
#[case("two words")]
#[case(&"x".repeat(256))]
#[actix_web::test]
async fn an_unfit_key_is_refused(#[case] key: &str) {
    let app = start(&api(HttpSettings::default())).await;
    app.send(post_thing(key, THING)).await.problem(ErrorCode::MalformedRequest);
    let twice: TestRequest = post_thing("a", THING).append_header(("idempotency-key", "b"));
    app.send(twice).await.problem(ErrorCode::MalformedRequest);
}

#[actix_web::test]
async fn a_key_of_255_characters_is_fine() {
    let app = start(&api(HttpSettings::default())).await;
    assert_eq!(app.send(post_thing(&"x".repeat(255), THING)).await.status, 201);
}
