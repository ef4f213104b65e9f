use std::path::PathBuf;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};
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
    /// Another process (SQLite), or another transaction (PostgreSQL), keeps locked what is wanted, for too long.
    #[error("what is wanted stays locked by others")]
    Locked,
    /// Two transactions stood in each other's way, and this one was undone (a deadlock, a serialization failure). The same work may
    /// succeed when it is done again.
    #[error("transactions stood in each other's way: {0}")]
    Conflicted(String),
    /// A statement took longer than it may.
    #[error("a statement took too long: {0}")]
    TooSlow(String),
    /// The database server can't be reached, or the connection to it was lost.
    #[error("the database can't be reached: {0}")]
    Unavailable(String),
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
    /// This database is backed up with its own tools.
    #[error("PostgreSQL is backed up with its own tools: use pg_dump, or pg_basebackup with WAL archiving")]
    BackupElsewhere,
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

    /// The error of the database that a failure was made of, if it was.
    pub fn behind(failure: &Failure) -> Option<&Self> {
        let mut cause = std::error::Error::source(failure);
        while let Some(error) = cause {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found);
            }
            cause = error.source();
        }
        None
    }

    /// Whether the same work may succeed if it is done again at once: others were in its way.
    pub fn is_worth_another_try(&self) -> bool {
        matches!(self, Self::UniqueViolation { .. } | Self::Conflicted(_))
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
            Self::UniqueViolation { columns } => Self::UniqueViolation { columns: columns.clone() },
            Self::Conflicted(reason) => Self::Conflicted(reason.clone()),
            Self::TooSlow(reason) => Self::TooSlow(reason.clone()),
            Self::Unavailable(reason) => Self::Unavailable(reason.clone()),
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
        match kind {
            DatabaseErrorKind::UniqueViolation => return Self::UniqueViolation { columns: columns(&**info) },
            DatabaseErrorKind::SerializationFailure => return Self::Conflicted(message.to_owned()),
            DatabaseErrorKind::ReadOnlyTransaction => return Self::ReadOnly(message.to_owned()),
            DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection => {
                return Self::Unavailable(message.to_owned());
            }
            _ => {}
        }
        // diesel passes the text of both databases, not their codes.
        let says = |part: &str| message.contains(part);
        if says("disk is full") || says("No space left on device") {
            Self::StorageFull
        } else if says("readonly database") || says("read-only") || says("read-write mode during recovery") {
            Self::ReadOnly(message.to_owned())
        } else if says("deadlock detected") {
            Self::Conflicted(message.to_owned())
        } else if says("statement timeout") || says("due to user request") {
            Self::TooSlow(message.to_owned())
        } else if says("lock timeout") || says("locked") {
            Self::Locked
        } else if says("terminating connection") || says("shutting down") || says("starting up") {
            Self::Unavailable(message.to_owned())
        } else {
            Self::Other(error)
        }
    }
}

/// The columns of a broken unique constraint, as SQLite names them (`UNIQUE constraint failed: t.a, t.b`); PostgreSQL says
/// `Key (a, b)=(1, 2) already exists.` beside the name of the table.
fn columns(info: &dyn DatabaseErrorInformation) -> String {
    let message = info.message();
    let Some(table) = info.table_name() else {
        return message.rsplit(": ").next().unwrap_or(message).to_owned();
    };
    let names = info
        .details()
        .and_then(|details| details.split_once("Key (")?.1.split_once(")=("))
        .map_or_else(|| info.constraint_name().unwrap_or(message), |(names, _)| names);
    let columns: Vec<String> = names.split(", ").map(|name| format!("{table}.{name}")).collect();
    columns.join(", ")
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        let (code, detail, retry) = match &error {
            DbError::Overloaded => {
                (ErrorCode::Overloaded, "Too much work is waiting. Try again in a moment.", Some(1))
            }
            DbError::Locked => (
                ErrorCode::Unavailable,
                "Somebody else keeps the database locked. Try again in a moment.",
                Some(2),
            ),
            DbError::Conflicted(_) => (
                ErrorCode::Unavailable,
                "Others changed the same things at the same moment; nothing was changed. Try again in a moment.",
                Some(1),
            ),
            DbError::TooSlow(_) => (
                ErrorCode::Unavailable,
                "The database took too long; nothing was changed. Try again in a moment.",
                Some(2),
            ),
            DbError::Unavailable(_) => {
                (ErrorCode::Unavailable, "The database can't be reached now. Try again in a moment.", Some(1))
            }
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
            | DbError::BackupElsewhere
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
        "database.url `{0}` is not one this version knows. Use sqlite://PATH, such as sqlite://data/vitrine.db, \
         or postgres://USER:PASSWORD@HOST:PORT/NAME"
    )]
    UnknownUrl(String),
    /// An address of PostgreSQL that says something impossible.
    #[error("database.url `{url}` is wrong: {reason}. Use postgres://USER:PASSWORD@HOST:PORT/NAME")]
    WrongUrl {
        /// The address, without secrets.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// TLS as `database.url` asks for it is impossible.
    #[error("TLS to the database can't be set up: {reason}. Check sslmode and sslrootcert of database.url")]
    Tls {
        /// What is wrong.
        reason: String,
    },
    /// The server doesn't answer, or doesn't let us in.
    #[error(
        "could not connect to {url}: {reason}. Check database.url, and that the server runs and lets this user in"
    )]
    Unreachable {
        /// The address, without secrets.
        url: String,
        /// What the server or the system said.
        reason: String,
    },
    /// The database has no tables of ours.
    #[error("{url} has no schema yet. Run `vitrine migrate` with the same settings, then start again")]
    NoSchema {
        /// The address, without secrets.
        url: String,
    },
    /// The schema is older than this version needs.
    #[error(
        "the schema of {url} is older than this version: it lacks migration {version} of module {module}. \
         Run `vitrine migrate` with the same settings, then start again"
    )]
    OldSchema {
        /// The address, without secrets.
        url: String,
        /// The module.
        module: String,
        /// What is missing.
        version: String,
    },
    /// Others kept a migration from starting.
    #[error(
        "{url} could not be migrated: {reason}, for two minutes. See who holds it up (pg_stat_activity), and run it again"
    )]
    MigrationBlocked {
        /// The address, without secrets.
        url: String,
        /// What stood in the way.
        reason: String,
    },
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
