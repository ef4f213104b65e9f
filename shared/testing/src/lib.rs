//! Fixtures for tests: databases and folders that vanish, a clock that stands still, waiting for a condition.
//!
//! Only `[dev-dependencies]` name this crate. What goes wrong here fails the test that asked, so it panics.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a fixture that can't be made fails the test that needs it"
)]

mod plans;
pub mod postgres;
mod redis;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use vitrine_db::{DatabaseSettings, Db, ModuleMigrations};
use vitrine_kernel::{ManualClock, Timestamp};

use postgres::PostgresDatabase;

pub use plans::Plan;
pub use redis::RedisServer;

/// 2026-01-02T03:04:05.678Z: where [`clock`] stands, a time whose parts all differ.
pub const TEST_START: Timestamp = Timestamp::from_millis(1_767_323_045_678);

/// A clock that stands at [`TEST_START`] until it is moved.
pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(TEST_START))
}

/// A folder that is removed with all its content on drop.
pub struct TempFolder(TempDir);

impl TempFolder {
    /// A new, empty folder.
    pub fn new() -> Self {
        Self(tempfile::Builder::new().prefix("vitrine-test-").tempdir().expect("a temporary folder"))
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file's path in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

impl Default for TempFolder {
    fn default() -> Self {
        Self::new()
    }
}

/// The databases that a suite runs over: `#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file in a folder of its own.
    Sqlite,
    /// A database of a server for tests, see [`postgres`].
    Postgres,
}

/// An open database of its own, removed on drop. It derefs to [`Db`].
pub struct TempDb {
    // Declared first, so dropped first: the files are closed before the folder goes, the connections before the database.
    db: Db,
    settings: DatabaseSettings,
    folder: TempFolder,
    postgres: Option<PostgresDatabase>,
}

impl TempDb {
    /// A new SQLite database with the schema of these modules.
    pub fn open(modules: &[ModuleMigrations]) -> Self {
        Self::on(Backend::Sqlite, modules)
    }

    /// The same with settings of the caller's, except the address.
    pub fn open_with(settings: &DatabaseSettings, modules: &[ModuleMigrations]) -> Self {
        Self::on_with(Backend::Sqlite, settings, modules)
    }

    /// A new database with the schema of these modules.
    pub fn on(backend: Backend, modules: &[ModuleMigrations]) -> Self {
        Self::on_with(backend, &patient(), modules)
    }

    /// The same with settings of the caller's, except the address.
    pub fn on_with(backend: Backend, settings: &DatabaseSettings, modules: &[ModuleMigrations]) -> Self {
        let folder = TempFolder::new();
        let (url, postgres) = match backend {
            Backend::Sqlite => (format!("sqlite://{}", folder.file("test.db").display()), None),
            Backend::Postgres => {
                let database = PostgresDatabase::migrated(modules);
                (database.url().to_owned(), Some(database))
            }
        };
        let settings = DatabaseSettings { url, ..settings.clone() };
        let db = Db::open(&settings, modules).expect("the temporary database opens");
        Self { db, settings, folder, postgres }
    }

    /// Which database it is.
    pub fn backend(&self) -> Backend {
        if self.postgres.is_some() { Backend::Postgres } else { Backend::Sqlite }
    }

    /// The database on the server, where it is one.
    pub fn postgres(&self) -> Option<&PostgresDatabase> {
        self.postgres.as_ref()
    }

    /// The handle, for those who keep one.
    pub fn handle(&self) -> Db {
        self.db.clone()
    }

    /// The settings it was opened with: open them again to be "another process".
    pub fn settings(&self) -> &DatabaseSettings {
        &self.settings
    }

    /// The folder that holds the database.
    pub fn folder(&self) -> &TempFolder {
        &self.folder
    }
}

impl std::ops::Deref for TempDb {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

/// Settings for a machine on which many tests run at once: nothing gives up only because all are slow.
pub fn patient() -> DatabaseSettings {
    DatabaseSettings {
        pool_size: 8,
        pool_wait_ms: 20_000,
        connect_timeout_ms: 20_000,
        statement_timeout_ms: 30_000,
        lock_timeout_ms: 20_000,
        idle_transaction_timeout_ms: 60_000,
        ..DatabaseSettings::default()
    }
}

/// Waits until the condition holds, looking every few milliseconds; after `limit` it fails the test, naming `what`.
pub async fn eventually(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < limit, "still waiting after {limit:?} until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Fails the test unless the future is ready within `limit`: a hang becomes a message.
pub async fn within<T>(limit: Duration, what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| panic!("{what} took longer than {limit:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_temporary_database_leaves_nothing_behind() {
        let db = TempDb::open(&[]);
        let folder = db.folder().path().to_owned();
        assert_eq!(db.changes_after(0, 1).await.expect("readable"), []);
        assert!(folder.join("test.db").exists());
        drop(db);
        assert!(!folder.exists());
    }

    #[test]
    fn the_clock_stands_where_it_says() {
        assert_eq!(TEST_START.to_rfc3339(), "2026-01-02T03:04:05.678Z");
    }
}
