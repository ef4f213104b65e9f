//! Backup while running, and the question whether the file is sound.

use std::fs::File;
use std::path::{Path, PathBuf};

use diesel::QueryableByName;
use diesel::sql_types::Text;

use super::open::open_for_reading;
use crate::{Backend, Conn, DbError};

/// Copies to a neighbouring name first: a backup under its final name is complete and on the disk.
pub(super) fn backup(file: &Path, target: &Path) -> Result<(), DbError> {
    if target.exists() {
        return Err(DbError::BackupExists(target.to_owned()));
    }
    let mut partial = target.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let outcome = copy(file, &partial).and_then(|()| settle(&partial, target));
    if outcome.is_err() {
        // Best effort: the error that matters is the first.
        let _ = std::fs::remove_file(&partial);
    }
    outcome
}

fn copy(file: &Path, partial: &Path) -> Result<(), DbError> {
    // What a backup that died left behind.
    if partial.exists() {
        std::fs::remove_file(partial).map_err(|error| cannot_write(partial, &error))?;
    }
    let mut connection = open_for_reading(file).map_err(|error| DbError::ReadOnly(error.to_string()))?;
    // `VACUUM INTO` writes a snapshot of one moment, without free pages. It counts as a write of this connection only.
    diesel::connection::SimpleConnection::batch_execute(&mut connection, "PRAGMA query_only = OFF")?;
    let vacuum = diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(partial.to_string_lossy());
    diesel::RunQueryDsl::execute(vacuum, &mut connection)?;
    Ok(())
}

fn settle(partial: &Path, target: &Path) -> Result<(), DbError> {
    File::open(partial).and_then(|file| file.sync_all()).map_err(|error| cannot_write(partial, &error))?;
    std::fs::rename(partial, target).map_err(|error| cannot_write(target, &error))?;
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| cannot_write(folder, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> DbError {
    DbError::ReadOnly(format!("{}: {error}", path.display()))
}

#[derive(QueryableByName)]
struct Problem {
    #[diesel(sql_type = Text)]
    problem: String,
}

/// The findings of SQLite's own checks.
pub(crate) async fn integrity_problems(conn: &mut Conn) -> Result<Vec<String>, DbError> {
    use diesel_async::RunQueryDsl;
    let Backend::Sqlite(c) = conn.backend() else { return Ok(Vec::new()) };
    let mut problems = diesel::sql_query("SELECT integrity_check AS problem FROM pragma_integrity_check")
        .load::<Problem>(c)
        .await?;
    problems.retain(|row| row.problem != "ok");
    let foreign =
        diesel::sql_query("SELECT 'row ' || rowid || ' of ' || \"table\" || ' points to a missing row of ' || parent AS problem FROM pragma_foreign_key_check")
            .load::<Problem>(c)
            .await?;
    Ok(problems.into_iter().chain(foreign).map(|row| row.problem).collect())
}
