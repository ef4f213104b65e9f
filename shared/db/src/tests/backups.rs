use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

#[tokio::test]
async fn a_backup_under_writes_is_sound_and_has_all_that_was_acknowledged() {
    let notes = notes().await;
    let stop = Arc::new(AtomicBool::new(false));
    let acknowledged = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (db, told, until) = (notes.db.clone(), Arc::clone(&acknowledged), Arc::clone(&stop));
    let writing = tokio::spawn(async move {
        let mut n = 0;
        while !until.load(Ordering::SeqCst) {
            n += 1;
            let text = format!("{n:06}");
            let written = text.clone();
            db.write(move |conn| Box::pin(add(conn, text))).await?;
            told.lock().expect("sound").push(written);
        }
        Ok::<_, DbError>(())
    });
    eventually("some writes are acknowledged", || acknowledged.lock().expect("sound").len() > 50).await;
    for round in 0..3 {
        let before = acknowledged.lock().expect("sound").clone();
        let file = notes.folder.path().join(format!("backup-{round}.db"));
        notes.db.backup(file.clone()).await.expect("backed up");
        let copied = texts_in(&file);
        assert!(
            before.iter().all(|text| copied.binary_search(text).is_ok()),
            "an acknowledged write is missing"
        );
        let settings =
            DatabaseSettings { url: format!("sqlite://{}", file.display()), ..notes.settings.clone() };
        let restored = Db::open(&settings, &[]).expect("a backup opens");
        assert_eq!(restored.integrity_problems().await.expect("checked"), Vec::<String>::new());
    }
    stop.store(true, Ordering::SeqCst);
    writing.await.expect("no panic").expect("a backup holds up no write");
}

#[tokio::test]
async fn a_backup_never_overwrites() {
    let notes = notes().await;
    let target = notes.folder.path().join("precious.txt");
    std::fs::write(&target, "precious").expect("written");
    assert!(matches!(notes.db.backup(target.clone()).await, Err(DbError::BackupExists(_))));
    assert_eq!(std::fs::read_to_string(&target).expect("readable"), "precious");
}

#[tokio::test]
async fn a_backup_that_cannot_be_written_says_where_and_leaves_nothing() {
    let notes = notes().await;
    let target = notes.folder.path().join("no/such/folder/backup.db");
    let error = notes.db.backup(target).await.expect_err("no folder");
    assert!(error.to_string().contains("no/such/folder"), "{error}");
    // What one that died left behind is no obstacle.
    let target = notes.folder.path().join("backup.db");
    std::fs::write(notes.folder.path().join("backup.db.partial"), "half").expect("written");
    notes.db.backup(target.clone()).await.expect("backed up");
    assert!(target.exists() && !notes.folder.path().join("backup.db.partial").exists());
}

#[tokio::test]
async fn soundness_is_asked_of_the_file() {
    use diesel::Connection as _;
    use diesel::connection::SimpleConnection as _;

    let notes = notes().await;
    assert_eq!(notes.db.integrity_problems().await.expect("checked"), Vec::<String>::new());
    notes
        .db
        .write(|conn| {
            Box::pin(async move {
                execute(conn, "CREATE TABLE child (note TEXT REFERENCES notes (text))".to_owned()).await
            })
        })
        .await
        .expect("written");
    let file = notes.folder.path().join("notes.db");
    let mut careless = SqliteConnection::establish(file.to_str().expect("UTF-8")).expect("opens");
    careless
        .batch_execute("PRAGMA foreign_keys = OFF; INSERT INTO child VALUES ('nobody')")
        .expect("written");
    let problems = notes.db.integrity_problems().await.expect("checked");
    assert!(problems.iter().any(|p| p.contains("child") && p.contains("notes")), "{problems:?}");
}
