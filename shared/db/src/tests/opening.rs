use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use rstest::rstest;

use super::*;
use crate::{ModuleMigrations, OpenError};

fn settings_for(file: &std::path::Path) -> DatabaseSettings {
    DatabaseSettings { url: format!("sqlite://{}", file.display()), ..DatabaseSettings::default() }
}

fn open_error(file: &std::path::Path) -> OpenError {
    match Db::open(&settings_for(file), &[]) {
        Ok(_) => panic!("{} opened", file.display()),
        Err(error) => error,
    }
}

#[rstest]
#[case("mysql://user:secret@host/db")]
#[case("sqlite://")]
#[case("data/vitrine.db")]
#[case("sqlite://data.db?mode=memory")]
fn an_unknown_address_is_refused_without_showing_a_password(#[case] url: &str) {
    let settings = DatabaseSettings { url: url.to_owned(), ..DatabaseSettings::default() };
    let Err(error) = Db::open(&settings, &[]) else { panic!("opened") };
    assert!(matches!(error, OpenError::UnknownUrl(_)), "{error:?}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn missing_folders_are_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a/b/vitrine.db");
    Db::open(&settings_for(&file), &[]).map(drop).expect("opens");
    assert!(file.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), "").expect("written");
    let error = open_error(&folder.path().join("file/below/vitrine.db"));
    assert!(matches!(error, OpenError::Folder { .. }), "{error:?}");
    assert!(error.to_string().contains("file/below"), "{error}");
}

#[test]
fn a_folder_in_place_of_the_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = open_error(folder.path());
    assert!(matches!(error, OpenError::File { .. }), "{error:?}");
    assert!(error.to_string().contains(folder.path().to_str().expect("UTF-8")), "{error}");
}

#[test]
fn a_folder_that_takes_no_file_is_named() {
    // Nobody, not even root, makes files in /proc.
    let error = open_error(std::path::Path::new("/proc/vitrine.db"));
    assert!(matches!(error, OpenError::File { .. } | OpenError::ReadOnly { .. }), "{error:?}");
    assert!(error.to_string().contains("/proc/vitrine.db"), "{error}");
}

#[test]
fn a_read_only_file_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vitrine.db");
    Db::open(&settings_for(&file), &[]).map(drop).expect("opens");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o444)).expect("changed");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).expect("changed");
    if std::fs::write(folder.path().join("probe"), "").is_ok() {
        eprintln!("skipped: this user (root?) may write whatever the permissions say");
        return;
    }
    let error = open_error(&file);
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("changed back");
    assert!(matches!(error, OpenError::ReadOnly { .. } | OpenError::File { .. }), "{error:?}");
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("letter.txt");
    let letter = "Dear reader, this is a letter and not a database. ".repeat(100);
    std::fs::write(&file, &letter).expect("written");
    let error = open_error(&file);
    assert!(matches!(error, OpenError::NotADatabase(_)), "{error:?}");
    assert_eq!(std::fs::read_to_string(&file).expect("readable"), letter);
}

#[test]
fn a_database_of_a_newer_version_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vitrine.db");
    Db::open(&settings_for(&file), &[]).map(drop).expect("opens");
    let mut connection = SqliteConnection::establish(file.to_str().expect("UTF-8")).expect("opens");
    connection
        .batch_execute("INSERT INTO migrations (module, version) VALUES ('shared', '20990101000001')")
        .expect("written");
    let error = open_error(&file);
    assert!(
        matches!(&error, OpenError::Newer { module, version } if module == "shared" && version == "20990101000001"),
        "{error:?}"
    );
    assert!(error.to_string().contains("newer"), "{error}");
}

#[test]
fn rows_of_modules_that_this_process_does_not_have_are_none_of_its_business() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vitrine.db");
    Db::open(&settings_for(&file), &[]).map(drop).expect("opens");
    let mut connection = SqliteConnection::establish(file.to_str().expect("UTF-8")).expect("opens");
    connection
        .batch_execute("INSERT INTO migrations (module, version) VALUES ('elsewhere', '20990101000001')")
        .expect("written");
    Db::open(&settings_for(&file), &[]).map(drop).expect("opens");
}

/// The schema of a real module, as a second one beside `shared`.
const CATEGORY: ModuleMigrations = ModuleMigrations {
    module: "category",
    sqlite: diesel_migrations::embed_migrations!("../../migrations/sqlite/category"),
    postgres: diesel_migrations::embed_migrations!("../../migrations/postgres/category"),
};

#[tokio::test]
async fn migrations_run_once_and_modules_may_come_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings_for(&folder.path().join("vitrine.db"));
    for modules in [vec![], vec![CATEGORY], vec![CATEGORY], vec![]] {
        let db = Db::open(&settings, &modules).expect("opens");
        db.close().await;
    }
    let db = Db::open(&settings, &[CATEGORY]).expect("opens");
    let applied = db
        .read(|conn| {
            Box::pin(number_on(
                conn,
                "SELECT count(*) AS number FROM migrations WHERE module IN ('shared', 'category')",
            ))
        })
        .await
        .expect("readable");
    assert_eq!(applied, 2);
}

#[test]
fn a_failing_migration_leaves_nothing_behind_and_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vitrine.db");
    let mut connection = SqliteConnection::establish(file.to_str().expect("UTF-8")).expect("opens");
    connection.batch_execute("CREATE TABLE category_nodes (something TEXT)").expect("written");
    let Err(error) = Db::open(&settings_for(&file), &[CATEGORY]) else { panic!("opened") };
    assert!(
        matches!(&error, OpenError::Migration { module, reason, .. } if module == "category" && reason.contains("category_nodes")),
        "{error:?}"
    );
    // Also the migrations before it are undone.
    assert!(connection.batch_execute("SELECT * FROM outbox").is_err());
}

#[test]
fn several_processes_may_start_on_an_empty_folder_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("vitrine.db");
    std::thread::scope(|scope| {
        let openers: Vec<_> =
            (0..6).map(|_| scope.spawn(|| Db::open(&settings_for(&file), &[CATEGORY]).map(drop))).collect();
        for opener in openers {
            opener.join().expect("no panic").expect("opens");
        }
    });
}
