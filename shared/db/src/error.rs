use std::path::PathBuf;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use vitrine_kernel::{ErrorCode, Failure};

/// Why work on the database did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A value that must be unique exists already.
    #[error("a unique value exists already: {columns}")]
    UniqueViolation {
        /// As the database names them: `catalog_skus.sku`.
        columns: String,
    },
    /// More work waits than may wait.
    #[error("too much work is waiting for the database")]
    Overloaded,
    /// Another process holds the database's write lock for too long.
    #[error("another process keeps the database locked")]
    Locked,
    /// The disk is full.
    #[error("the disk that holds the database is full")]
    StorageFull,
    /// The file, its folder or the disk can't be written.
    #[error("the database can't be written: {0}")]
    ReadOnly(String),
    /// The database was closed, or its thread has ended.
    #[error("the database is closed")]
    Closed,
    /// The file that a backup should go to exists.
    #[error("{} exists; a backup never overwrites. Choose another name or remove it first", .0.display())]
    BackupExists(PathBuf),
    /// The work panicked; it was undone.
    #[error("work on the database panicked: {0}")]
    Panicked(String),
    /// A stored value could not be read back.
    #[error("a stored value is damaged: {0}")]
    Damaged(String),
    /// The commit failed; all its writes were undone.
    #[error("the commit failed: {0}")]
    CommitFailed(String),
    /// Anything else the database says.
    #[error("the database refused: {0}")]
    Other(#[source] DieselError),
}

impl DbError {
    /// Whether a unique constraint on these columns (as in [`DbError::UniqueViolation`]) was broken.
    pub fn violates(&self, columns: &str) -> bool {
        matches!(self, Self::UniqueViolation { columns: broken } if broken == columns)
    }

    /// Whether SQLite may have ended the transaction by itself (<https://sqlite.org/lang_transaction.html>, 3).
    pub(crate) fn ends_transactions(&self) -> bool {
        match self {
            Self::StorageFull => true,
            Self::Other(error) => {
                let message = error.to_string();
                message.contains("disk I/O error") || message.contains("out of memory")
            }
            _ => false,
        }
    }

    /// The same error, for others whom it strikes too.
    pub(crate) fn for_another(&self) -> Self {
        match self {
            Self::StorageFull => Self::StorageFull,
            Self::Locked => Self::Locked,
            Self::Overloaded => Self::Overloaded,
            Self::Closed => Self::Closed,
            Self::ReadOnly(reason) => Self::ReadOnly(reason.clone()),
            Self::CommitFailed(reason) => Self::CommitFailed(reason.clone()),
            other => Self::CommitFailed(other.to_string()),
        }
    }
}

/// A row that may be missing is data, not an error.
pub trait OptionalRow<T> {
    /// `None` where the query found no row.
    fn optional(self) -> Result<Option<T>, DbError>;
}

impl<T> OptionalRow<T> for Result<T, DbError> {
    fn optional(self) -> Result<Option<T>, DbError> {
        match self {
            Ok(row) => Ok(Some(row)),
            Err(DbError::Other(DieselError::NotFound)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl From<DieselError> for DbError {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, info) = &error else { return Self::Other(error) };
        let message = info.message();
        if matches!(kind, DatabaseErrorKind::UniqueViolation) {
            let columns = message.rsplit(": ").next().unwrap_or(message).to_owned();
            return Self::UniqueViolation { columns };
        }
        // diesel passes SQLite's text, not its code.
        if message.contains("disk is full") {
            Self::StorageFull
        } else if message.contains("readonly database") {
            Self::ReadOnly(message.to_owned())
        } else if message.contains("locked") {
            Self::Locked
        } else {
            Self::Other(error)
        }
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        let (code, detail, retry) = match &error {
            DbError::Overloaded => {
                (ErrorCode::Overloaded, "Too much work is waiting. Try again in a moment.", Some(1))
            }
            DbError::Locked => (
                ErrorCode::Unavailable,
                "Another process keeps the database locked. Try again in a moment.",
                Some(2),
            ),
            DbError::Closed => {
                (ErrorCode::Unavailable, "The service is stopping. Try again in a moment.", Some(5))
            }
            DbError::StorageFull => (
                ErrorCode::StorageFull,
                "The disk is full; nothing was changed. Reading still works. The operator must free space.",
                None,
            ),
            DbError::ReadOnly(_) => (
                ErrorCode::Unavailable,
                "The database can't be written now; nothing was changed. Reading still works.",
                None,
            ),
            DbError::UniqueViolation { .. }
            | DbError::BackupExists(_)
            | DbError::Panicked(_)
            | DbError::Damaged(_)
            | DbError::CommitFailed(_)
            | DbError::Other(_) => return Self::internal(error),
        };
        let failure = Self::new(code, detail).caused_by(error);
        match retry {
            Some(seconds) => failure.retry_after_seconds(seconds),
            None => failure,
        }
    }
}

/// Why the database could not be opened. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is none that we know.
    #[error(
        "database.url `{0}` is not one this version knows. Use sqlite://PATH, such as sqlite://data/vitrine.db"
    )]
    UnknownUrl(String),
    /// The folder can't be made.
    #[error("could not create the folder {}: {source}. Create it, or point database.url elsewhere", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file can't be opened or created.
    #[error("could not open {}: {reason}. Check that the folder exists and that this user may write to it", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// The file can be read only.
    #[error("{} can't be written: {reason}. Give this user the right to write to the file and its folder", file.display())]
    ReadOnly {
        /// The file.
        file: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// The file is no SQLite database.
    #[error("{} is not an SQLite database. Point database.url elsewhere, or move the file away", .0.display())]
    NotADatabase(PathBuf),
    /// A newer Vitrine has written to the database.
    #[error(
        "the database has migration {version} of module {module}, which this version does not know: a newer Vitrine has used it. \
         Start that version or a later one, or restore a backup made before the upgrade"
    )]
    Newer {
        /// The module.
        module: String,
        /// The unknown migration.
        version: String,
    },
    /// A migration failed; nothing of it was kept.
    #[error("migration {version} of module {module} failed and was undone: {reason}")]
    Migration {
        /// The module.
        module: String,
        /// The migration.
        version: String,
        /// What the database said.
        reason: String,
    },
    /// Anything else.
    #[error("could not set the database up: {0}")]
    Setup(#[from] DbError),
}
