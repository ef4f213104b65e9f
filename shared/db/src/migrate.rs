//! Brings a schema up to date. Each module has its migrations and its own rows in the `migrations` table, so that a module
//! can live in a database of its own, and a process with fewer modules isn't troubled by those it doesn't have.

use std::collections::HashMap;

use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel_migrations::EmbeddedMigrations;

use crate::{DbError, OpenError};

/// The migrations of one module.
pub struct ModuleMigrations {
    /// The module's name.
    pub module: &'static str,
    /// Its migrations for SQLite.
    pub sqlite: EmbeddedMigrations,
    /// Its migrations for PostgreSQL, where its tables are in a schema of its name.
    pub postgres: EmbeddedMigrations,
}

pub(crate) const SHARED: ModuleMigrations = ModuleMigrations {
    module: "shared",
    sqlite: diesel_migrations::embed_migrations!("../../migrations/sqlite/shared"),
    postgres: diesel_migrations::embed_migrations!("../../migrations/postgres/shared"),
};

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    module: String,
    #[diesel(sql_type = Text)]
    version: String,
}

/// Applies what is missing, all in one transaction: a crash leaves the old schema, not half of the new one.
pub(crate) fn migrate(
    connection: &mut SqliteConnection,
    modules: &[ModuleMigrations],
) -> Result<(), OpenError> {
    let run =
        |c: &mut SqliteConnection, sql: &str| diesel::connection::SimpleConnection::batch_execute(c, sql);
    let setup = |error: diesel::result::Error| OpenError::Setup(DbError::from(error));
    run(connection, "BEGIN IMMEDIATE").map_err(setup)?;
    match migrate_inside(connection, modules) {
        Ok(()) => run(connection, "COMMIT").map_err(setup),
        Err(error) => {
            // After a full disk SQLite has rolled back already; the error that matters is the first.
            let _ = run(connection, "ROLLBACK");
            Err(error)
        }
    }
}

fn migrate_inside(connection: &mut SqliteConnection, modules: &[ModuleMigrations]) -> Result<(), OpenError> {
    let setup = |error: diesel::result::Error| OpenError::Setup(DbError::from(error));
    diesel::sql_query(
        "CREATE TABLE IF NOT EXISTS migrations (module TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (module, version)) WITHOUT ROWID",
    )
    .execute(connection)
    .map_err(setup)?;
    let mut applied: HashMap<String, Vec<String>> = HashMap::new();
    for row in diesel::sql_query("SELECT module, version FROM migrations")
        .load::<Applied>(connection)
        .map_err(setup)?
    {
        applied.entry(row.module).or_default().push(row.version);
    }
    for ModuleMigrations { module, sqlite, .. } in std::iter::once(&SHARED).chain(modules) {
        let mut known: Vec<Box<dyn Migration<Sqlite>>> =
            sqlite.migrations().map_err(|error| migration_failed(module, "(embedded)", error.as_ref()))?;
        known.sort_by_key(|migration| migration.name().version().to_string());
        let done = applied.remove(*module).unwrap_or_default();
        if let Some(version) =
            done.iter().find(|v| !known.iter().any(|m| m.name().version().to_string() == **v))
        {
            return Err(OpenError::Newer { module: (*module).to_owned(), version: version.clone() });
        }
        for migration in known {
            let version = migration.name().version().to_string();
            if done.contains(&version) {
                continue;
            }
            migration.run(connection).map_err(|error| migration_failed(module, &version, error.as_ref()))?;
            diesel::sql_query("INSERT INTO migrations (module, version) VALUES (?, ?)")
                .bind::<Text, _>(*module)
                .bind::<Text, _>(&version)
                .execute(connection)
                .map_err(setup)?;
            tracing::info!(module = *module, version, "applied migration {version} of {module}");
        }
    }
    Ok(())
}

pub(crate) fn migration_failed(module: &str, version: &str, error: &dyn std::error::Error) -> OpenError {
    OpenError::Migration { module: module.to_owned(), version: version.to_owned(), reason: error.to_string() }
}
