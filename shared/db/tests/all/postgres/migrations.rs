//! Migrating a PostgreSQL, however many try.

use std::time::Duration;

use vitrine_db::{DatabaseSettings, Db, ModuleMigrations, OpenError};
use vitrine_testing::patient;
use vitrine_testing::postgres::PostgresDatabase;

const CATEGORY: ModuleMigrations = ModuleMigrations {
    module: "category",
    sqlite: diesel_migrations::embed_migrations!("../../migrations/sqlite/category"),
    postgres: diesel_migrations::embed_migrations!("../../migrations/postgres/category"),
};
const AUTH: ModuleMigrations = ModuleMigrations {
    module: "auth",
    sqlite: diesel_migrations::embed_migrations!("../../migrations/sqlite/auth"),
    postgres: diesel_migrations::embed_migrations!("../../migrations/postgres/auth"),
};

fn settings_for(database: &PostgresDatabase) -> DatabaseSettings {
    DatabaseSettings { url: database.url().to_owned(), ..patient() }
}

/// How many databases; more with `VITRINE_TEST_LONG=1`.
fn rounds() -> usize {
    if super::long() { 20 } else { 4 }
}

#[test]
fn ten_migrators_of_an_empty_postgres_all_succeed() {
    for round in 0..rounds() {
        let database = PostgresDatabase::empty();
        let settings = settings_for(&database);
        std::thread::scope(|scope| {
            let migrators: Vec<_> =
                (0..10).map(|_| scope.spawn(|| Db::migrate(&settings, &[CATEGORY, AUTH]))).collect();
            for migrator in migrators {
                let outcome = migrator.join().expect("joined");
                assert!(outcome.is_ok(), "round {round}: {outcome:?}");
            }
        });
        let applied = database.query("SELECT module || ' ' || version FROM vitrine.migrations ORDER BY 1");
        assert_eq!(applied, ["auth 20261122000001", "category 20261122000001", "shared 20261122000001"]);
        Db::open(&settings, &[CATEGORY, AUTH]).map(drop).expect("opens");
    }
}

#[test]
fn a_postgres_without_schema_is_refused_with_the_command_to_run() {
    let database = PostgresDatabase::empty();
    let error = Db::open(&settings_for(&database), &[]).map(drop).expect_err("no schema");
    assert!(matches!(error, OpenError::NoSchema { .. }), "{error:?}");
    assert!(error.to_string().contains("`vitrine migrate`"), "{error}");
}

#[test]
fn an_older_schema_of_postgres_is_refused_with_the_command_to_run() {
    let database = PostgresDatabase::empty();
    let settings = settings_for(&database);
    Db::migrate(&settings, &[AUTH]).expect("migrated");
    let error = Db::open(&settings, &[AUTH, CATEGORY]).map(drop).expect_err("category is missing");
    assert!(matches!(&error, OpenError::OldSchema { module, .. } if module == "category"), "{error:?}");
    assert!(error.to_string().contains("`vitrine migrate`"), "{error}");
    Db::migrate(&settings, &[AUTH, CATEGORY]).expect("migrated");
    Db::open(&settings, &[AUTH, CATEGORY]).map(drop).expect("opens");
}

#[test]
fn a_newer_schema_of_postgres_serves_an_older_version() {
    let database = PostgresDatabase::migrated(&[]);
    database.execute("INSERT INTO vitrine.migrations (module, version) VALUES ('shared', '20990101000001')");
    Db::open(&settings_for(&database), &[]).map(drop).expect("opens");
    Db::migrate(&settings_for(&database), &[]).expect("nothing to do");
}

#[test]
fn a_migration_of_postgres_that_fails_leaves_nothing_behind() {
    let database = PostgresDatabase::empty();
    // In the way of one of its tables.
    database.execute("CREATE SCHEMA category; CREATE TABLE category.category_import_held (x INT)");
    let error = Db::migrate(&settings_for(&database), &[CATEGORY]).expect_err("in the way");
    assert!(matches!(&error, OpenError::Migration { module, .. } if module == "category"), "{error:?}");
    assert_eq!(database.query("SELECT nspname::text FROM pg_namespace WHERE nspname = 'vitrine'"), [""; 0]);
    assert_eq!(database.query("SELECT to_regclass('category.category_nodes')::text IS NULL || ''"), ["true"]);
}

#[test]
fn a_migration_of_postgres_waits_for_a_table_in_use_by_trying_again() {
    let database = PostgresDatabase::empty();
    let settings = DatabaseSettings { lock_timeout_ms: 100, ..settings_for(&database) };
    Db::migrate(&settings, &[]).expect("migrated");
    // Holds what the migrator writes to, for longer than it waits at once.
    std::thread::scope(|scope| {
        let holder = scope.spawn(|| {
            database.execute(
                "BEGIN; LOCK TABLE vitrine.migrations IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1); COMMIT",
            );
        });
        std::thread::sleep(Duration::from_millis(200));
        Db::migrate(&settings, &[AUTH]).expect("migrated in the end");
        holder.join().expect("joined");
    });
    Db::open(&settings, &[AUTH]).map(drop).expect("opens");
}

#[test]
fn a_postgres_that_does_not_answer_is_named_without_its_password() {
    let settings = DatabaseSettings {
        url: "postgres://someone:secret@127.0.0.1:1/nothing".to_owned(),
        ..DatabaseSettings::default()
    };
    let error = Db::open(&settings, &[]).map(drop).expect_err("nobody is there");
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("127.0.0.1:1") && !text.contains("secret"), "{text}");
}
