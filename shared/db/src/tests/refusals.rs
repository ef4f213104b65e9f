//! Too much work, no more work, no more disk, somebody else's lock.

use futures::FutureExt as _;
use futures::future::join_all;

use super::*;

#[tokio::test]
async fn writes_past_the_queue_are_refused_at_once() {
    let notes = notes_with(DatabaseSettings { queue: 1, ..DatabaseSettings::default() }).await;
    let gate = notes.hold_the_writer();
    let mut queued = Box::pin(notes.add("queued"));
    assert!(queued.as_mut().now_or_never().is_none());
    assert!(matches!(notes.add("refused").now_or_never(), Some(Err(DbError::Overloaded))));
    gate.open().await;
    queued.await.expect("written");
    assert_eq!(notes.texts().await, ["queued"]);
}

#[tokio::test]
async fn reads_past_the_queue_are_refused_at_once() {
    let notes = notes_with(DatabaseSettings { queue: 1, readers: 1, ..DatabaseSettings::default() }).await;
    let (inside, entered) = mpsc::channel();
    let (go_on, told) = mpsc::channel::<()>();
    let mut held = Box::pin(notes.db.read(move |_| {
        Box::pin(async move {
            inside.send(()).expect("the test waits");
            let _ = told.recv();
            Ok::<_, DbError>(())
        })
    }));
    assert!(held.as_mut().now_or_never().is_none());
    entered.recv_timeout(Duration::from_secs(10)).expect("the reader gets there");
    let mut queued = Box::pin(notes.db.read(|conn| Box::pin(texts_on(conn))));
    assert!(queued.as_mut().now_or_never().is_none());
    let refused = notes.db.read(|conn| Box::pin(texts_on(conn))).now_or_never();
    assert!(matches!(refused, Some(Err(DbError::Overloaded))), "{refused:?}");
    drop(go_on);
    held.await.expect("read");
    queued.await.expect("read");
}

#[tokio::test]
async fn closing_finishes_what_was_taken_and_takes_no_more() {
    let notes = notes().await;
    let gate = notes.hold_the_writer();
    let mut queued = Box::pin(notes.add("queued"));
    assert!(queued.as_mut().now_or_never().is_none());
    let db = notes.db.clone();
    let closing = tokio::spawn(async move { db.close().await });
    let mut refused = None;
    while refused.is_none() {
        // Until the closing has begun, the write is queued; on a slow machine until the queue is full.
        let answer = notes.db.write(|_| Box::pin(async { Ok::<_, DbError>(()) })).now_or_never();
        refused = answer.filter(|answer| !matches!(answer, Ok(()) | Err(DbError::Overloaded)));
        tokio::task::yield_now().await;
    }
    assert!(matches!(refused, Some(Err(DbError::Closed))), "{refused:?}");
    gate.open().await;
    closing.await.expect("closed");
    queued.await.expect("what was taken is done");
    assert!(matches!(notes.db.changes_after(0, 1).await, Err(DbError::Closed)));
    assert_eq!(notes.texts_in_the_file(), ["queued"]);
    assert!(!notes.folder.path().join("notes.db-wal").exists(), "one file is left, ready to be copied");
}

#[tokio::test]
async fn the_last_handle_may_go_inside_its_own_work() {
    let notes = notes().await;
    let gate = notes.hold_the_writer();
    let Notes { db, folder, .. } = notes;
    let own = db.clone();
    let mut write = Box::pin(db.write(move |conn| {
        Box::pin(async move {
            let kept_until_here = own;
            add(conn, "last".to_owned()).await?;
            drop(kept_until_here);
            Ok::<_, DbError>(())
        })
    }));
    assert!(write.as_mut().now_or_never().is_none());
    drop(write);
    drop(db);
    drop(gate.done);
    gate.open.send(()).expect("the writer waits");
    let file = folder.path().join("notes.db");
    eventually("the write is committed", || texts_in(&file) == ["last"]).await;
}

async fn most_pages(notes: &Notes, pages: i64) {
    use diesel_async::RunQueryDsl as _;
    notes
        .db
        .write(move |conn| {
            Box::pin(async move {
                let most = format!("PRAGMA max_page_count = {pages}");
                on_conn!(conn, |c| diesel::sql_query(most).execute(c)).map(|_| ())
            })
        })
        .await
        .expect("set");
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_changes_nothing_until_there_is_room() {
    let notes = notes().await;
    notes.add("small").await.expect("written");
    // SQLite never goes below what is in use: the file is full.
    most_pages(&notes, 1).await;
    let large = "x".repeat(100_000);
    let gate = notes.hold_the_writer();
    let writes: Vec<_> = (0..4)
        .map(|n| {
            let text = format!("{n}{large}");
            let mut write = Box::pin(notes.db.write(move |conn| Box::pin(add(conn, text))));
            assert!(write.as_mut().now_or_never().is_none());
            write
        })
        .collect();
    gate.open.send(()).expect("the writer waits");
    let _ = gate.done.await;
    for outcome in join_all(writes).await {
        assert!(matches!(outcome, Err(DbError::StorageFull)), "{outcome:?}");
    }
    assert_eq!(notes.texts().await, ["small"], "reading still works");
    let failure = vitrine_kernel::Failure::from(DbError::StorageFull);
    assert_eq!(failure.code(), vitrine_kernel::ErrorCode::StorageFull);

    most_pages(&notes, 1_000_000).await;
    notes.add(&large).await.expect("there is room again");
    assert_eq!(notes.texts().await.len(), 2);
    assert_eq!(notes.db.integrity_problems().await.expect("checked"), Vec::<String>::new());
}

/// SQLite ends the transaction by itself when the disk is full; what the work does after that must not slip in.
#[tokio::test]
async fn work_that_overlooks_a_full_disk_leaves_nothing_half_written() {
    let notes = notes().await;
    most_pages(&notes, 1).await;
    let outcome = notes
        .db
        .write(|conn| {
            Box::pin(async move {
                add(conn, "first".to_owned()).await?;
                let full = add(conn, "x".repeat(100_000)).await;
                assert!(matches!(full, Err(DbError::StorageFull)), "{full:?}");
                // A row of an import that carries on.
                let _ = add(conn, "second".to_owned()).await;
                Ok::<_, DbError>(())
            })
        })
        .await;
    assert!(matches!(outcome, Err(DbError::StorageFull)), "{outcome:?}");
    assert_eq!(notes.texts_in_the_file(), Vec::<String>::new());
    notes.add("third").await.expect("small things fit, and the writer writes again");
    assert_eq!(notes.texts().await, ["third"]);
}

#[tokio::test]
async fn another_process_that_keeps_the_lock_is_named() {
    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;
    let notes = notes().await;
    notes.db.write(|conn| Box::pin(execute(conn, "PRAGMA busy_timeout = 20".to_owned()))).await.expect("set");
    let file = notes.folder.path().join("notes.db");
    let mut other = SqliteConnection::establish(file.to_str().expect("UTF-8")).expect("opens");
    other.batch_execute("BEGIN IMMEDIATE").expect("locked");
    assert!(matches!(notes.add("a").await, Err(DbError::Locked)));
    assert_eq!(notes.texts().await, Vec::<String>::new(), "reading still works");
    other.batch_execute("ROLLBACK").expect("free again");
    notes.add("a").await.expect("written");
}
