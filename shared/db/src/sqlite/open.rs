//! Opening the file, with errors that say what to do.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

use crate::{DbError, OpenError};

/// `synchronous=FULL`: in WAL mode NORMAL may lose acknowledged commits with the power. `busy_timeout` is for other
/// processes; ours never wait for each other. The journal's size limit gives back what a long import took.
const WRITER: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                      PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;";
const READER: &str = "PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA query_only = ON; \
                      PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY;";

pub(super) fn path_of(url: &str) -> Result<PathBuf, OpenError> {
    match url.strip_prefix("sqlite://") {
        Some(path) if !path.is_empty() && !path.contains(['?', '\0']) => Ok(PathBuf::from(path)),
        // The address may hold a password.
        _ => Err(OpenError::UnknownUrl(
            url.split_once("://").map_or("(no scheme)", |(scheme, _)| scheme).to_owned() + "://…",
        )),
    }
}

/// For how long another process that starts on the same file may keep it locked.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn open_for_writing(file: &Path) -> Result<SqliteConnection, OpenError> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|source| OpenError::Folder { folder: folder.to_owned(), source })?;
    }
    let start = Instant::now();
    loop {
        match try_open_for_writing(file) {
            // The busy timeout does not cover the switch to WAL: two processes that both make it would deadlock.
            Err(OpenError::Setup(DbError::Locked)) if start.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(20));
            }
            outcome => return outcome,
        }
    }
}

fn try_open_for_writing(file: &Path) -> Result<SqliteConnection, OpenError> {
    let mut connection = open(file, WRITER)?;
    // SQLite opens a file it may not write as read-only, without a word; taking the write lock tells.
    connection
        .batch_execute("BEGIN IMMEDIATE; ROLLBACK;")
        .map_err(|error| explain(file, &error.to_string()))?;
    Ok(connection)
}

pub(super) fn open_for_reading(file: &Path) -> Result<SqliteConnection, OpenError> {
    open(file, READER)
}

fn open(file: &Path, pragmas: &str) -> Result<SqliteConnection, OpenError> {
    let name = file.to_str().ok_or_else(|| OpenError::File {
        file: file.to_owned(),
        reason: "its name is not UTF-8".to_owned(),
    })?;
    let mut connection =
        SqliteConnection::establish(name).map_err(|error| explain(file, &error.to_string()))?;
    connection.batch_execute(pragmas).map_err(|error| explain(file, &error.to_string()))?;
    Ok(connection)
}

fn explain(file: &Path, reason: &str) -> OpenError {
    let (file, reason) = (file.to_owned(), reason.to_owned());
    if reason.contains("not a database") {
        OpenError::NotADatabase(file)
    } else if reason.contains("readonly") {
        OpenError::ReadOnly { file, reason }
    } else if reason.contains("disk is full") {
        OpenError::Setup(DbError::StorageFull)
    } else if reason.contains("locked") {
        OpenError::Setup(DbError::Locked)
    } else {
        OpenError::File { file, reason }
    }
}
