//! What [`vitrine_db::Db`] promises, over every database; and what only PostgreSQL can break.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that can't go on fails")]

mod contract;
mod idempotency;
mod postgres;

use std::sync::{Arc, Mutex};

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl as _;
use uuid::Uuid;
use vitrine_db::{Conn, Db, DbError, on_conn};
use vitrine_kernel::{ChangeEvent, NewEvent, Timestamp, Version};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

async fn execute(conn: &mut Conn, sql: &str) -> Result<(), DbError> {
    let query = diesel::sql_query(sql);
    on_conn!(conn, |c| query.execute(c)).map(drop)
}

async fn number(conn: &mut Conn, sql: &str) -> Result<i64, DbError> {
    let query = diesel::sql_query(sql);
    on_conn!(conn, |c| query.get_result::<Number>(c)).map(|row| row.number)
}

/// A table `notes (text UNIQUE)`.
async fn make_notes(db: &Db) {
    db.write(|conn| Box::pin(execute(conn, "CREATE TABLE notes (text TEXT NOT NULL UNIQUE)")))
        .await
        .expect("the table");
}

async fn add(conn: &mut Conn, text: &str) -> Result<(), DbError> {
    let query = diesel::sql_query("INSERT INTO notes VALUES ($1)").bind::<Text, _>(text.to_owned());
    on_conn!(conn, |c| query.execute(c)).map(drop)
}

async fn write_note(db: &Db, text: &str) -> Result<(), DbError> {
    let text = text.to_owned();
    db.write(move |conn| Box::pin(async move { add(conn, &text).await })).await
}

async fn texts_on(conn: &mut Conn) -> Result<Vec<String>, DbError> {
    let query = diesel::sql_query("SELECT text FROM notes ORDER BY text");
    Ok(on_conn!(conn, |c| query.load::<Row>(c))?.into_iter().map(|row| row.text).collect())
}

async fn texts(db: &Db) -> Vec<String> {
    db.read(|conn| Box::pin(texts_on(conn))).await.expect("readable")
}

fn event_of(key: Uuid, version: i64) -> NewEvent {
    NewEvent { kind: "note.changed", key, version: Version(version), occurred_at: Timestamp::from_millis(1) }
}

fn event() -> NewEvent {
    event_of(Uuid::now_v7(), 1)
}

/// Everything that the listeners of a handle are told.
fn listen(db: &Db) -> Arc<Mutex<Vec<ChangeEvent>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    db.on_commit(Arc::new(move |events| listener.lock().expect("sound").extend(events.to_vec())));
    heard
}
