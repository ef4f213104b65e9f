use futures::FutureExt as _;

use super::*;

#[tokio::test]
async fn a_read_sees_one_moment() {
    let notes = notes().await;
    notes.add("a").await.expect("written");
    let (inside, entered) = mpsc::channel();
    let (go_on, told) = mpsc::channel::<()>();
    let db = notes.db.clone();
    let mut reading = Box::pin(async move {
        db.read(move |conn| {
            Box::pin(async move {
                let before = texts_on(conn).await?;
                inside.send(()).expect("the test waits");
                let _ = told.recv();
                Ok::<_, DbError>((before, texts_on(conn).await?))
            })
        })
        .await
    });
    assert!(reading.as_mut().now_or_never().is_none());
    entered.recv_timeout(Duration::from_secs(10)).expect("the reader gets there");
    notes.add("b").await.expect("a reader holds up no write");
    go_on.send(()).expect("the reader waits");
    let (before, after) = reading.await.expect("read");
    assert_eq!((before, after), (vec!["a".to_owned()], vec!["a".to_owned()]));
    assert_eq!(notes.texts().await, ["a", "b"]);
}

#[tokio::test]
async fn a_read_cannot_write() {
    let notes = notes_with(DatabaseSettings { readers: 1, ..DatabaseSettings::default() }).await;
    let outcome = notes.db.read(|conn| Box::pin(add(conn, "sneaked in".to_owned()))).await;
    assert!(matches!(outcome, Err(DbError::ReadOnly(_))), "{outcome:?}");
    assert_eq!(notes.texts().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_panicking_read_leaves_its_thread_alive() {
    let notes = notes_with(DatabaseSettings { readers: 1, ..DatabaseSettings::default() }).await;
    notes.add("a").await.expect("written");
    for _ in 0..3 {
        let outcome: Result<(), DbError> =
            notes.db.read(|_| Box::pin(async { panic!("{}", String::from("on purpose")) })).await;
        assert!(matches!(outcome, Err(DbError::Panicked(text)) if text == "on purpose"));
        assert_eq!(notes.texts().await, ["a"]);
    }
}

#[tokio::test]
async fn every_read_sees_the_writes_acknowledged_before_it() {
    let notes = notes().await;
    for n in 0..100 {
        notes.add(&format!("{n:03}")).await.expect("written");
        assert_eq!(notes.texts().await.len(), n + 1);
    }
}

#[tokio::test]
async fn a_missing_row_is_none_and_a_taken_value_names_its_column() {
    use diesel_async::RunQueryDsl as _;

    use crate::OptionalRow as _;

    let notes = notes().await;
    notes.add("a").await.expect("written");
    let taken = notes.add("a").await.expect_err("unique");
    assert!(taken.violates("notes.text") && !taken.violates("notes.other"), "{taken:?}");
    let missing = notes
        .db
        .read(|conn| {
            Box::pin(async move {
                on_conn!(conn, |c| diesel::sql_query("SELECT text FROM notes WHERE text = 'b'")
                    .get_result::<Row>(c))
                .optional()
            })
        })
        .await
        .expect("no error");
    assert!(missing.is_none());
}
