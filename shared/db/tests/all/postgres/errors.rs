//! What goes wrong in a PostgreSQL is told as what it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use vitrine_db::{DatabaseSettings, DbError, LockKey};
use vitrine_kernel::{ErrorCode, Failure};
use vitrine_testing::{Backend, TempDb, patient};

use crate::{add, execute, make_notes, texts, write_note};

#[tokio::test]
async fn an_error_that_the_work_swallows_still_undoes_it_and_is_told() {
    let db = TempDb::on(Backend::Postgres, &[]);
    make_notes(&db).await;
    write_note(&db, "there").await.expect("written");
    let outcome = db
        .write(|conn| {
            Box::pin(async move {
                add(conn, "with it").await?;
                let _ = add(conn, "there").await;
                Ok::<_, DbError>(())
            })
        })
        .await;
    // PostgreSQL answers the COMMIT of such a transaction with a ROLLBACK; an `Ok` would be a lie.
    assert!(matches!(outcome, Err(DbError::UniqueViolation { .. })), "{outcome:?}");
    assert_eq!(texts(&db).await, ["there"]);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended() {
    let settings = DatabaseSettings { statement_timeout_ms: 100, ..patient() };
    let db = TempDb::on_with(Backend::Postgres, &settings, &[]);
    let start = Instant::now();
    let outcome = db.read(|conn| Box::pin(execute(conn, "SELECT pg_sleep(20)"))).await;
    assert!(matches!(outcome, Err(DbError::TooSlow(_))), "{outcome:?}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let failure = Failure::from(outcome.expect_err("too slow"));
    assert_eq!(failure.code(), ErrorCode::Unavailable);
}

#[tokio::test]
async fn a_lock_that_others_keep_is_given_up() {
    let settings = DatabaseSettings { lock_timeout_ms: 100, ..patient() };
    let db = TempDb::on_with(Backend::Postgres, &settings, &[]);
    let (inside, entered) = tokio::sync::oneshot::channel();
    let (leave, left) = tokio::sync::oneshot::channel::<()>();
    let holder = {
        let db = db.handle();
        tokio::spawn(async move {
            db.write(move |conn| {
                Box::pin(async move {
                    conn.lock(LockKey::Category).await?;
                    inside.send(()).expect("the test waits");
                    let _ = left.await;
                    Ok::<_, DbError>(())
                })
            })
            .await
        })
    };
    entered.await.expect("held");
    let alone = db.write(|conn| Box::pin(conn.lock(LockKey::Category))).await;
    assert!(matches!(alone, Err(DbError::Locked)), "{alone:?}");
    let shared = db.write(|conn| Box::pin(conn.lock_shared(LockKey::Category))).await;
    assert!(matches!(shared, Err(DbError::Locked)), "{shared:?}");
    db.write(|conn| Box::pin(conn.lock(LockKey::Auth))).await.expect("another lock");
    leave.send(()).expect("it waits");
    holder.await.expect("joined").expect("held and let go");
    db.write(|conn| Box::pin(conn.lock(LockKey::Category))).await.expect("free");
}

#[tokio::test]
async fn shared_locks_go_together() {
    let settings = DatabaseSettings { lock_timeout_ms: 2000, ..patient() };
    let db = TempDb::on_with(Backend::Postgres, &settings, &[]);
    let together = Arc::new(Barrier::new(3));
    let writes = (0..3).map(|_| {
        let together = Arc::clone(&together);
        db.write(move |conn| {
            Box::pin(async move {
                conn.lock_shared(LockKey::CategoryMembership).await?;
                together.wait().await;
                Ok::<_, DbError>(())
            })
        })
    });
    for outcome in futures::future::join_all(writes).await {
        outcome.expect("all hold it at once");
    }
}

#[tokio::test]
async fn of_two_in_each_others_way_one_may_try_again() {
    let db = TempDb::on(Backend::Postgres, &[]);
    make_notes(&db).await;
    write_note(&db, "a").await.expect("written");
    write_note(&db, "b").await.expect("written");
    let together = Arc::new(Barrier::new(2));
    let writes = [("a", "b"), ("b", "a")].map(|(first, second)| {
        let together = Arc::clone(&together);
        db.write(move |conn| {
            Box::pin(async move {
                let lock = |text| format!("SELECT 1 FROM notes WHERE text = '{text}' FOR UPDATE");
                execute(conn, &lock(first)).await?;
                together.wait().await;
                execute(conn, &lock(second)).await
            })
        })
    });
    let outcomes = futures::future::join_all(writes).await;
    let lost: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(matches!(lost.as_slice(), [DbError::Conflicted(_)]), "{lost:?}");
    assert!(lost.iter().all(DbError::is_worth_another_try));
}

#[tokio::test]
async fn a_backup_is_refused_with_what_to_use() {
    let db = TempDb::on(Backend::Postgres, &[]);
    let error = db.backup("/tmp/never".into()).await.expect_err("not ours to do");
    assert!(error.to_string().contains("pg_dump"), "{error}");
    assert_eq!(db.integrity_problems().await.expect("asked"), [""; 0]);
}
