//! A request with an idempotency key takes effect once, however many send it at the same moment.

use std::sync::Arc;

use futures::future::join_all;
use rstest::rstest;
use vitrine_db::{Db, IdempotentRequest, Known, Recorder, StoredAnswer, find_answer};
use vitrine_kernel::{ErrorCode, Failure, Timestamp};
use vitrine_testing::{Backend, TempDb};

use crate::{add, make_notes, texts};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn request(key: &str) -> IdempotentRequest {
    IdempotentRequest { scope: "POST /notes key:1".to_owned(), key: key.to_owned(), request_hash: [7; 32] }
}

fn answer(text: &str) -> StoredAnswer {
    StoredAnswer { status: 201, headers: Vec::new(), body: text.as_bytes().to_vec() }
}

async fn add_once(db: &Db, key: &str, text: &str, now: Timestamp) -> Result<(), Failure> {
    let recorder = Recorder::new(request(key), Arc::new(|text: &String| answer(text)));
    let text = text.to_owned();
    db.write(move |conn| {
        Box::pin(async move {
            add(conn, &text).await?;
            recorder.record(conn, &text, now).await
        })
    })
    .await
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_one_takes_effect(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let db = TempDb::on(backend, &[]);
    make_notes(&db).await;
    for round in 0..10 {
        let key = format!("key {round}");
        let attempts = (0..20).map(|n| {
            let (db, key) = (db.handle(), key.clone());
            async move { add_once(&db, &key, &format!("{round}/{n}"), NOW).await }
        });
        let outcomes = join_all(attempts).await;
        let (done, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 1);
        for failure in refused {
            assert_eq!(failure.expect_err("refused").code(), ErrorCode::IdempotencyInFlight);
        }
        let known = find_answer(&db, &request(&key), NOW).await.expect("readable");
        let Known::Answered(kept) = known else { panic!("{known:?}") };
        let text = String::from_utf8(kept.body).expect("text");
        let all = texts(&db).await;
        let of_round: Vec<_> = all.iter().filter(|text| text.starts_with(&format!("{round}/"))).collect();
        assert_eq!(of_round, [&text]);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_answers_are_forgotten_by_many_at_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let db = TempDb::on(backend, &[]);
    make_notes(&db).await;
    for n in 0..150 {
        add_once(&db, &format!("old {n}"), &format!("old {n}"), NOW).await.expect("written");
    }
    let later = NOW.plus_seconds(25 * 60 * 60);
    // Each of them uses an old key again, and cleans up.
    let outcomes = join_all((0..20).map(|n| {
        let db = db.handle();
        async move { add_once(&db, &format!("old {n}"), &format!("new {n}"), later).await }
    }))
    .await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    add_once(&db, "last", "last", later).await.expect("written");
    let left = db
        .read(|conn| {
            Box::pin(
                async move { crate::number(conn, "SELECT count(*) AS number FROM idempotency_keys").await },
            )
        })
        .await
        .expect("readable");
    assert_eq!(left, 21);
}
