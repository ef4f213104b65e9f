//! The promises of [`crate::Db`], kept or broken on real files.

mod backups;
mod idempotency;
mod opening;
mod processes;
mod reading;
mod refusals;
mod writing;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, SqliteConnection};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tempfile::TempDir;
use uuid::Uuid;
use vitrine_kernel::{NewEvent, Timestamp, Version};

use crate::{Conn, DatabaseSettings, Db, DbError, on_conn};

/// A database with one table, `notes (text UNIQUE)`.
struct Notes {
    db: Db,
    settings: DatabaseSettings,
    folder: TempDir,
}

async fn notes() -> Notes {
    notes_with(DatabaseSettings::default()).await
}

async fn notes_with(settings: DatabaseSettings) -> Notes {
    let folder = tempfile::tempdir().expect("a folder");
    let settings =
        DatabaseSettings { url: format!("sqlite://{}/notes.db", folder.path().display()), ..settings };
    let db = Db::open(&settings, &[]).expect("opens");
    db.write(|conn| Box::pin(execute(conn, "CREATE TABLE notes (text TEXT NOT NULL UNIQUE)".to_owned())))
        .await
        .expect("the table");
    Notes { db, settings, folder }
}

async fn execute(conn: &mut Conn, sql: String) -> Result<(), DbError> {
    use diesel_async::RunQueryDsl as _;
    on_conn!(conn, |c| diesel::sql_query(sql).execute(c)).map(|_| ())
}

async fn add(conn: &mut Conn, text: String) -> Result<(), DbError> {
    use diesel_async::RunQueryDsl as _;
    on_conn!(conn, |c| diesel::sql_query("INSERT INTO notes VALUES (?)").bind::<Text, _>(text).execute(c))
        .map(|_| ())
}

fn event() -> NewEvent {
    NewEvent {
        kind: "note.created",
        key: Uuid::now_v7(),
        version: Version::FIRST,
        occurred_at: Timestamp::from_millis(1),
    }
}

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

async fn texts_on(conn: &mut Conn) -> Result<Vec<String>, DbError> {
    use diesel_async::RunQueryDsl as _;
    let rows = on_conn!(conn, |c| diesel::sql_query("SELECT text FROM notes ORDER BY text").load::<Row>(c))?;
    Ok(rows.into_iter().map(|row| row.text).collect())
}

async fn number_on(conn: &mut Conn, sql: &'static str) -> Result<i64, DbError> {
    use diesel_async::RunQueryDsl as _;
    let row = on_conn!(conn, |c| diesel::sql_query(sql).get_result::<Number>(c))?;
    Ok(row.number)
}

impl Notes {
    async fn add(&self, text: &str) -> Result<(), DbError> {
        let text = text.to_owned();
        self.db.write(move |conn| Box::pin(add(conn, text))).await
    }

    async fn texts(&self) -> Vec<String> {
        self.db.read(|conn| Box::pin(texts_on(conn))).await.expect("readable")
    }

    /// What a process of its own would see: only what was committed.
    fn texts_in_the_file(&self) -> Vec<String> {
        texts_in(&self.folder.path().join("notes.db"))
    }

    /// Lets the writer wait inside a transaction until the gate is opened.
    fn hold_the_writer(&self) -> Gate {
        let (open, opened) = mpsc::channel::<()>();
        let (inside, entered) = mpsc::channel();
        let db = self.db.clone();
        let mut done = Box::pin(async move {
            db.write(move |_| {
                Box::pin(async move {
                    inside.send(()).expect("the test waits");
                    // The gate may also be dropped: that opens it too.
                    let _ = opened.recv();
                    Ok::<_, DbError>(())
                })
            })
            .await
        });
        assert!(done.as_mut().now_or_never().is_none(), "the first poll hands the work over");
        entered.recv_timeout(Duration::from_secs(10)).expect("the writer gets there");
        Gate { open, done }
    }
}

struct Gate {
    open: mpsc::Sender<()>,
    done: BoxFuture<'static, Result<(), DbError>>,
}

impl Gate {
    async fn open(self) {
        self.open.send(()).expect("the writer waits");
        self.done.await.expect("the gate's own write");
    }
}

fn texts_in(file: &std::path::Path) -> Vec<String> {
    use diesel::{Connection as _, RunQueryDsl as _};
    let mut connection = SqliteConnection::establish(file.to_str().expect("UTF-8")).expect("opens");
    diesel::sql_query("SELECT text FROM notes ORDER BY text")
        .load::<Row>(&mut connection)
        .expect("readable")
        .into_iter()
        .map(|row| row.text)
        .collect()
}

async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(10), "still waiting until {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
