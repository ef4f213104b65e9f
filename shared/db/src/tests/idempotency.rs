use std::sync::Arc;

use vitrine_kernel::{ErrorCode, Failure};

use super::*;
use crate::{IdempotentRequest, Known, Recorder, StoredAnswer, find_answer};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn request(key: &str) -> IdempotentRequest {
    IdempotentRequest { scope: "POST /notes key:1".to_owned(), key: key.to_owned(), request_hash: [7; 32] }
}

fn answer(text: &str) -> StoredAnswer {
    StoredAnswer {
        status: 201,
        headers: vec![("etag".to_owned(), "\"1-ab\"".to_owned())],
        body: text.as_bytes().to_vec(),
    }
}

async fn add_once(db: &Db, request: IdempotentRequest, text: &str, now: Timestamp) -> Result<(), Failure> {
    let recorder = Recorder::new(request, Arc::new(|text: &String| answer(text)));
    let text = text.to_owned();
    db.write(move |conn| {
        Box::pin(async move {
            add(conn, text.clone()).await?;
            recorder.record(conn, &text, now).await
        })
    })
    .await
}

#[tokio::test]
async fn an_answer_is_kept_with_its_change() {
    let notes = notes().await;
    assert_eq!(find_answer(&notes.db, &request("k"), NOW).await.expect("readable"), Known::New);
    add_once(&notes.db, request("k"), "a", NOW).await.expect("written");
    assert_eq!(
        find_answer(&notes.db, &request("k"), NOW).await.expect("readable"),
        Known::Answered(answer("a"))
    );
    let other_body = IdempotentRequest { request_hash: [8; 32], ..request("k") };
    assert_eq!(find_answer(&notes.db, &other_body, NOW).await.expect("readable"), Known::OtherBody);
    let other_caller = IdempotentRequest { scope: "POST /notes key:2".to_owned(), ..request("k") };
    assert_eq!(find_answer(&notes.db, &other_caller, NOW).await.expect("readable"), Known::New);
}

#[tokio::test]
async fn the_second_of_two_at_once_is_undone_whole() {
    let notes = notes().await;
    add_once(&notes.db, request("k"), "first", NOW).await.expect("written");
    let second = add_once(&notes.db, request("k"), "second", NOW).await.expect_err("the key is taken");
    assert_eq!(second.code(), ErrorCode::IdempotencyInFlight);
    assert_eq!(notes.texts().await, ["first"]);
}

#[tokio::test]
async fn a_change_that_fails_keeps_no_answer() {
    let notes = notes().await;
    notes.add("taken").await.expect("written");
    assert!(add_once(&notes.db, request("k"), "taken", NOW).await.is_err());
    assert_eq!(find_answer(&notes.db, &request("k"), NOW).await.expect("readable"), Known::New);
}

#[tokio::test]
async fn after_a_day_the_key_is_free_again() {
    let notes = notes().await;
    add_once(&notes.db, request("k"), "a", NOW).await.expect("written");
    let almost = NOW.plus_seconds(24 * 60 * 60 - 1);
    assert!(matches!(find_answer(&notes.db, &request("k"), almost).await, Ok(Known::Answered(_))));
    let later = NOW.plus_seconds(24 * 60 * 60);
    assert_eq!(find_answer(&notes.db, &request("k"), later).await.expect("readable"), Known::New);
    add_once(&notes.db, request("k"), "b", later).await.expect("the old answer gives way");
    assert_eq!(
        find_answer(&notes.db, &request("k"), later).await.expect("readable"),
        Known::Answered(answer("b"))
    );
}
