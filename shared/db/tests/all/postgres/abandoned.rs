//! A caller who goes away leaves no transaction open, hands no connection back inside one, and takes nothing back.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl as _;
use rand::Rng as _;
use vitrine_db::{DatabaseSettings, DbError, on_conn};
use vitrine_testing::{Backend, TempDb, eventually, patient};

use crate::{add, execute, make_notes, texts};

const ROUNDS: usize = 200;

#[derive(QueryableByName)]
struct Fresh {
    #[diesel(sql_type = Bool)]
    fresh: bool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_nobody_waits_for_any_more_is_done_all_the_same() {
    let settings = DatabaseSettings { pool_size: 4, ..patient() };
    let db = TempDb::on_with(Backend::Postgres, &settings, &[]);
    make_notes(&db).await;
    for round in 0..ROUNDS {
        let writes = db.write(move |conn| {
            Box::pin(async move {
                add(conn, &format!("{round} a")).await?;
                execute(conn, "SELECT pg_sleep(0.005)").await?;
                add(conn, &format!("{round} b")).await?;
                Ok::<_, DbError>(())
            })
        });
        let reads = db.read(|conn| Box::pin(execute(conn, "SELECT pg_sleep(0.005)")));
        let patience = Duration::from_micros(rand::rng().random_range(0..12_000));
        let _ = tokio::time::timeout(patience, futures::future::join(writes, reads)).await;
    }
    eventually(Duration::from_secs(30), "nothing is at work any more", || {
        let busy = "SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() \
                    AND pid <> pg_backend_pid() AND state <> 'idle'";
        db.postgres().expect("a server").query(busy).is_empty()
    })
    .await;
    let kept = texts(&db).await;
    assert_eq!(kept.len(), 2 * ROUNDS, "each write was done, whole");
    // Every connection of the pool begins anew.
    let reads = (0..16).map(|_| {
        db.read(|conn| {
            Box::pin(async move {
                let query =
                    diesel::sql_query("SELECT statement_timestamp() - now() < interval '1 second' AS fresh");
                on_conn!(conn, |c| query.get_result::<Fresh>(c))
            })
        })
    });
    for outcome in futures::future::join_all(reads).await {
        // The transaction is as old as its first statement.
        assert!(outcome.expect("readable").fresh);
    }
}
