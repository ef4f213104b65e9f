//! The same promises over both databases.

use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;
use vitrine_db::{Db, DbError};
use vitrine_testing::{Backend, TempDb, eventually};

use crate::{add, event, listen, make_notes, number, texts, texts_on, write_note};

#[rstest]
#[tokio::test]
async fn a_write_is_there_whole_or_not_at_all(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let db = TempDb::on(backend, &[]);
    make_notes(&db).await;
    write_note(&db, "kept").await.expect("written");
    let outcome = db
        .write(|conn| {
            Box::pin(async move {
                add(conn, "undone").await?;
                conn.emit(event()).await?;
                Err::<(), _>(DbError::Damaged("on purpose".to_owned()))
            })
        })
        .await;
    assert!(matches!(outcome, Err(DbError::Damaged(_))), "{outcome:?}");
    assert_eq!(texts(&db).await, ["kept"]);
    assert_eq!(db.changes_after(0, 10).await.expect("readable"), []);
}

#[rstest]
#[tokio::test]
async fn a_panic_undoes_its_own_work_and_nothing_else(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let db = TempDb::on(backend, &[]);
    make_notes(&db).await;
    for _ in 0..20 {
        let outcome = db
            .write(|conn| {
                Box::pin(async move {
                    add(conn, "half").await?;
                    assert_eq!(texts_on(conn).await?, [""; 0], "on purpose");
                    Ok::<(), DbError>(())
                })
            })
            .await;
        assert!(
            matches!(&outcome, Err(DbError::Panicked(text)) if text.contains("on purpose")),
            "{outcome:?}"
        );
    }
    write_note(&db, "whole").await.expect("others go on");
    assert_eq!(texts(&db).await, ["whole"]);
}

#[rstest]
#[tokio::test]
async fn a_broken_unique_constraint_names_its_columns(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let db = TempDb::on(backend, &[]);
    make_notes(&db).await;
    write_note(&db, "a (b)=(c)").await.expect("written");
    let again = write_note(&db, "a (b)=(c)").await.expect_err("it is there");
    assert!(again.violates("notes.text"), "{again:?}");
    db.write(|conn| Box::pin(crate::execute(conn, "CREATE TABLE pairs (a TEXT, b TEXT, UNIQUE (a, b))")))
        .await
        .expect("the table");
    let twice = "INSERT INTO pairs VALUES ('x', 'y'), ('x', 'y')";
    let outcome = db.write(move |conn| Box::pin(crate::execute(conn, twice))).await;
    let error = outcome.expect_err("twice the same");
    assert!(error.violates("pairs.a, pairs.b"), "{error:?}");
}

#[rstest]
#[tokio::test]
async fn a_read_sees_one_moment(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let db = TempDb::on(backend, &[]);
    make_notes(&db).await;
    write_note(&db, "before").await.expect("written");
    let other = Db::open(db.settings(), &[]).expect("opens");
    let seen = db
        .read(move |conn| {
            Box::pin(async move {
                let first = texts_on(conn).await?;
                write_note(&other, "meanwhile").await?;
                Ok::<_, DbError>((first, texts_on(conn).await?))
            })
        })
        .await
        .expect("readable");
    assert_eq!(seen, (vec!["before".to_owned()], vec!["before".to_owned()]));
    assert_eq!(texts(&db).await, ["before", "meanwhile"]);
}

#[rstest]
#[tokio::test]
async fn reading_work_cannot_write(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let db = TempDb::on(backend, &[]);
    make_notes(&db).await;
    let outcome = db.read(|conn| Box::pin(async move { add(conn, "sneaked in").await })).await;
    assert!(matches!(outcome, Err(DbError::ReadOnly(_))), "{outcome:?}");
}

#[rstest]
#[tokio::test]
async fn writes_are_seen_by_every_read_that_begins_after_they_return(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let db = TempDb::on(backend, &[]);
    make_notes(&db).await;
    for round in 0..100_i64 {
        write_note(&db, &format!("{round}")).await.expect("written");
        let count = db.read(|conn| Box::pin(number(conn, "SELECT count(*) AS number FROM notes")));
        assert_eq!(count.await.expect("readable"), round + 1);
    }
}

#[rstest]
#[tokio::test]
async fn listeners_hear_of_a_commit_before_the_write_returns_and_once(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let db = TempDb::on(backend, &[]);
    let heard = listen(&db);
    for round in 1..=50 {
        db.write(|conn| Box::pin(conn.emit(event()))).await.expect("written");
        assert_eq!(heard.lock().expect("sound").len(), round, "told before the write returned");
    }
    let newest = db.newest_change();
    eventually(Duration::from_secs(20), "the feed has all", || *newest.borrow() == 50).await;
    // Whatever would be told twice is told by then: the feed was read to its end.
    assert_eq!(heard.lock().expect("sound").len(), 50);
    let feed = db.changes_after(0, 1000).await.expect("readable");
    let places: Vec<i64> = feed.iter().map(|event| event.sequence).collect();
    assert_eq!(places, (1..=50).collect::<Vec<i64>>());
    assert_eq!(db.changes_after(48, 1).await.expect("readable")[0].sequence, 49);
}

#[rstest]
#[tokio::test]
async fn a_process_hears_what_others_commit(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let db = TempDb::on(backend, &[]);
    let heard = listen(&db);
    let other = Db::open(db.settings(), &[]).expect("opens");
    let others = listen(&other);
    for _ in 0..30 {
        other.write(|conn| Box::pin(conn.emit(event()))).await.expect("written");
        db.write(|conn| Box::pin(conn.emit(event()))).await.expect("written");
    }
    for (name, heard) in [("the one", &heard), ("the other", &others)] {
        eventually(Duration::from_secs(20), name, || heard.lock().expect("sound").len() >= 60).await;
    }
    let mut ids: Vec<_> = heard.lock().expect("sound").iter().map(|event| event.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 60, "each once");
}

#[rstest]
#[tokio::test]
async fn a_closed_database_says_so(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let db = TempDb::on(backend, &[]);
    make_notes(&db).await;
    let writes = (0..20).map(|round| {
        let db = db.handle();
        async move { write_note(&db, &round.to_string()).await }
    });
    let writes = tokio::spawn(futures::future::join_all(writes));
    tokio::task::yield_now().await;
    db.close().await;
    // What was taken was finished; what came later was refused.
    let outcomes = writes.await.expect("joined");
    let kept = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(DbError::Closed))), "{outcomes:?}");
    let outcome = write_note(&db, "late").await;
    assert!(matches!(outcome, Err(DbError::Closed)), "{outcome:?}");
    let again = Db::open(db.settings(), &[]).expect("opens");
    assert_eq!(texts(&again).await.len(), kept);
}

#[rstest]
#[tokio::test]
async fn many_at_once_get_their_own_answers(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let db = Arc::new(TempDb::on(backend, &[]));
    make_notes(&db).await;
    let tasks: Vec<_> = (0..200_i64)
        .map(|n| {
            let db = db.handle();
            tokio::spawn(async move {
                write_note(&db, &format!("{n:03}")).await?;
                db.read(move |conn| {
                    Box::pin(
                        async move { number(conn, &format!("SELECT CAST({n} AS BIGINT) AS number")).await },
                    )
                })
                .await
            })
        })
        .collect();
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.expect("joined").expect("worked"), i64::try_from(n).expect("small"));
    }
    assert_eq!(texts(&db).await.len(), 200);
}
