//! How SQLite goes about the queries that some work sends.

use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection as _, RunQueryDsl as _};
use vitrine_db::{DbError, on_conn};

use crate::TempDb;

/// A query, and the steps of its plan.
#[derive(Debug)]
pub struct Plan {
    /// The SQL, with `?` for its values.
    pub sql: String,
    /// What `EXPLAIN QUERY PLAN` says, one line for each step.
    pub steps: Vec<String>,
}

#[derive(diesel::QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

impl TempDb {
    /// The plans of all queries that `work` reads with. Open the database with one reader: it is the one that is listened to.
    pub async fn plans(&self, work: impl Future<Output = ()>) -> Vec<Plan> {
        assert_eq!(self.settings().readers, 1, "with several readers some queries would be missed");
        let queries = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&queries);
        let listen = move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                heard.lock().expect("no panic").push(query.to_string());
            }
        };
        self.read(|conn| {
            Box::pin(async move {
                on_conn!(
                    conn,
                    sqlite | c | {
                        c.set_instrumentation(listen);
                        std::future::ready(Ok::<_, diesel::result::Error>(()))
                    },
                    // It is not listened to; what follows fails for want of queries.
                    postgres | _c | std::future::ready(Ok::<_, diesel::result::Error>(()))
                )
            })
        })
        .await
        .expect("a reader");
        work.await;
        let sent = std::mem::take(&mut *queries.lock().expect("no panic"));
        self.read(|conn| {
            Box::pin(async move {
                let mut plans = Vec::new();
                for query in sent {
                    let sql = query.split(" -- binds:").next().unwrap_or_default().to_owned();
                    if !sql.trim_start().starts_with("SELECT") && !sql.trim_start().starts_with("WITH") {
                        continue;
                    }
                    let explain = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"));
                    let steps = on_conn!(conn, |c| explain.load::<Step>(c))?;
                    plans.push(Plan { sql, steps: steps.into_iter().map(|step| step.detail).collect() });
                }
                Ok::<_, DbError>(plans)
            })
        })
        .await
        .expect("plans")
    }
}
