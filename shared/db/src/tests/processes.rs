//! Two engines on one file stand for two processes: a server, and the command line.

use std::sync::{Arc, Mutex};

use vitrine_kernel::ChangeEvent;

use super::*;

fn listen(db: &Db) -> Arc<Mutex<Vec<ChangeEvent>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let listener = Arc::clone(&heard);
    db.on_commit(Arc::new(move |events| listener.lock().expect("sound").extend(events.to_vec())));
    heard
}

#[tokio::test]
async fn a_process_hears_of_anothers_commits_within_a_second_and_of_its_own_once() {
    let notes = notes().await;
    let server = &notes.db;
    let command = Db::open(&notes.settings, &[]).expect("opens");
    let heard = listen(server);
    // Both write, mixed, so that the feed has runs of each.
    for _ in 0..30 {
        command.write(|conn| Box::pin(conn.emit(event()))).await.expect("written");
        server.write(|conn| Box::pin(conn.emit(event()))).await.expect("written");
        server.write(|conn| Box::pin(conn.emit(event()))).await.expect("written");
    }
    let last = Instant::now();
    eventually("all 90 events are heard", || heard.lock().expect("sound").len() >= 90).await;
    assert!(last.elapsed() < Duration::from_secs(1), "took {:?}", last.elapsed());
    // Two more rounds of the watcher: whatever would be told twice is told by then.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut sequences: Vec<i64> = heard.lock().expect("sound").iter().map(|event| event.sequence).collect();
    sequences.sort_unstable();
    let feed: Vec<i64> =
        server.changes_after(0, 1000).await.expect("readable").iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, feed);
    assert_eq!(*server.newest_change().borrow(), 90);
}

#[tokio::test]
async fn many_commits_of_another_process_are_heard_completely() {
    let notes = notes().await;
    let heard = listen(&notes.db);
    let command = Db::open(&notes.settings, &[]).expect("opens");
    command
        .write(|conn| {
            Box::pin(async move {
                for _ in 0..2500 {
                    conn.emit(event()).await?;
                }
                Ok::<_, DbError>(())
            })
        })
        .await
        .expect("written");
    eventually("all 2500 events are heard", || heard.lock().expect("sound").len() == 2500).await;
    assert!(heard.lock().expect("sound").windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
}

#[tokio::test]
async fn two_processes_that_write_all_the_time_wait_for_each_other() {
    let notes = notes().await;
    let command = Db::open(&notes.settings, &[]).expect("opens");
    let mut tasks = Vec::new();
    for (who, db) in [("server", notes.db.clone()), ("command", command)] {
        for task in 0..4 {
            let db = db.clone();
            tasks.push(tokio::spawn(async move {
                for n in 0..25 {
                    let text = format!("{who} {task} {n}");
                    db.write(move |conn| Box::pin(add(conn, text))).await?;
                }
                Ok::<_, DbError>(())
            }));
        }
    }
    for task in tasks {
        task.await.expect("no panic").expect("nobody is told that the database is busy");
    }
    assert_eq!(notes.texts().await.len(), 200);
}
