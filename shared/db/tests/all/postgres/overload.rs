//! More work than connections: some waits, shortly; the rest is refused at once, and nothing is left of it.

use std::time::{Duration, Instant};

use vitrine_db::{DatabaseSettings, DbError};
use vitrine_testing::{Backend, TempDb, patient};

use crate::{execute, make_notes, write_note};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gets_no_connection_in_time_is_told_to_come_again() {
    let settings = DatabaseSettings { pool_size: 2, pool_wait_ms: 200, ..patient() };
    let db = TempDb::on_with(Backend::Postgres, &settings, &[]);
    make_notes(&db).await;
    let reads = (0..40).map(|_| async {
        let start = Instant::now();
        let outcome = db.read(|conn| Box::pin(execute(conn, "SELECT pg_sleep(0.3)"))).await;
        (outcome, start.elapsed())
    });
    let outcomes = futures::future::join_all(reads).await;
    let refused: Vec<_> = outcomes.iter().filter(|(outcome, _)| outcome.is_err()).collect();
    assert!(outcomes.len() - refused.len() >= 2, "those who had a connection were served");
    assert!(refused.len() >= 30, "{} of 40 refused", refused.len());
    for (outcome, after) in refused {
        assert!(matches!(outcome, Err(DbError::Overloaded)), "{outcome:?}");
        assert!(*after < Duration::from_millis(600), "{after:?}");
    }
    write_note(&db, "afterwards").await.expect("all is well again");
}
