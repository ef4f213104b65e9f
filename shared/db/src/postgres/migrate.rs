//! Brings the schema of a PostgreSQL up to date, however many try at once.
//!
//! One transaction does it all: a crash leaves the old schema. An advisory lock that ends with the transaction lets one in at a
//! time; the others ask again and again instead of waiting for it, since a waiting transaction would hold up those that build
//! indexes. A table that is in use is waited for only briefly: everybody else waits behind us.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::result::Error as DieselError;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use tokio::runtime::Runtime;

use super::connect::Connector;
use super::unreachable;
use crate::migrate::{SHARED, migration_failed};
use crate::{DatabaseSettings, DbError, LockKey, ModuleMigrations, OpenError};

/// How long others may migrate, or keep tables in use, before we give up.
const PATIENCE: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_millis(100);
/// Where the shared tables are.
const SHARED_SCHEMA: &str = "vitrine";

type Wrapped = AsyncConnectionWrapper<AsyncPgConnection>;

#[derive(diesel::QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    module: String,
    #[diesel(sql_type = Text)]
    version: String,
}

#[derive(diesel::QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

/// A module's migrations, in order.
pub(super) type Known = (&'static str, Vec<Box<dyn Migration<Pg>>>);

pub(super) fn known(modules: &[ModuleMigrations]) -> Result<Vec<Known>, OpenError> {
    let mut all = Vec::new();
    for ModuleMigrations { module, postgres, .. } in std::iter::once(&SHARED).chain(modules) {
        let mut migrations: Vec<Box<dyn Migration<Pg>>> =
            postgres.migrations().map_err(|error| migration_failed(module, "(embedded)", error.as_ref()))?;
        migrations.sort_by_key(|migration| migration.name().version().to_string());
        all.push((*module, migrations));
    }
    Ok(all)
}

/// Applies what is missing. It blocks: diesel's migrations are synchronous.
pub(super) fn migrate(
    runtime: &Runtime,
    settings: &DatabaseSettings,
    modules: &[ModuleMigrations],
) -> Result<(), OpenError> {
    // A migration may take longer than any request.
    let settings = DatabaseSettings { statement_timeout_ms: 0, ..settings.clone() };
    let connector = Connector::new(&settings)?;
    let known = known(modules)?;
    let connection = runtime.block_on(connector.open()).map_err(|error| unreachable(&settings, &error))?;
    let _context = runtime.enter();
    let mut connection = Wrapped::from(connection.inner);
    migrate_patiently(
        &mut connection,
        &connector.begin(super::WRITE),
        settings.lock_timeout_ms,
        &known,
        &settings.shown_url(),
    )
}

fn migrate_patiently(
    connection: &mut Wrapped,
    begin: &str,
    lock_timeout_ms: u64,
    known: &[Known],
    url: &str,
) -> Result<(), OpenError> {
    let start = Instant::now();
    loop {
        connection
            .batch_execute(&format!("{begin}; SET LOCAL lock_timeout = {lock_timeout_ms}"))
            .map_err(setup)?;
        let busy = match try_once(connection, known) {
            Ok(true) => return connection.batch_execute("COMMIT").map_err(setup),
            Ok(false) => "another process migrates it".to_owned(),
            Err(Attempt::InUse(reason)) => reason,
            Err(Attempt::Failed(error)) => {
                // The error that matters is the first.
                let _ = connection.batch_execute("ROLLBACK");
                return Err(error);
            }
        };
        connection.batch_execute("ROLLBACK").map_err(setup)?;
        if start.elapsed() > PATIENCE {
            return Err(OpenError::MigrationBlocked { url: url.to_owned(), reason: busy });
        }
        std::thread::sleep(PAUSE);
    }
}

/// Why an attempt came to nothing.
enum Attempt {
    /// A table is in use; later it may not be.
    InUse(String),
    Failed(OpenError),
}

impl From<DieselError> for Attempt {
    fn from(error: DieselError) -> Self {
        match DbError::from(error) {
            DbError::Locked => Self::InUse("a table is in use".to_owned()),
            DbError::Conflicted(reason) => Self::InUse(reason),
            other => Self::Failed(OpenError::Setup(other)),
        }
    }
}

/// `false` when somebody else is at it.
fn try_once(connection: &mut Wrapped, known: &[Known]) -> Result<bool, Attempt> {
    let lock = diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS answer")
        .bind::<BigInt, _>(LockKey::Migrations.number())
        .get_result::<Answer>(connection)?;
    if !lock.answer {
        return Ok(false);
    }
    connection.batch_execute(
        "CREATE SCHEMA IF NOT EXISTS vitrine; \
         CREATE TABLE IF NOT EXISTS vitrine.migrations ( \
             module TEXT NOT NULL, version TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now(), \
             PRIMARY KEY (module, version))",
    )?;
    let mut applied: HashMap<String, Vec<String>> = HashMap::new();
    for row in
        diesel::sql_query("SELECT module, version FROM vitrine.migrations").load::<Applied>(connection)?
    {
        applied.entry(row.module).or_default().push(row.version);
    }
    for (module, migrations) in known {
        let schema = schema_of(module);
        connection.batch_execute(&format!(
            "CREATE SCHEMA IF NOT EXISTS {schema}; SET LOCAL search_path = {schema}, {SHARED_SCHEMA}, public"
        ))?;
        let done = applied.remove(*module).unwrap_or_default();
        for migration in migrations {
            let version = migration.name().version().to_string();
            if done.contains(&version) {
                continue;
            }
            migration.run(connection).map_err(|error| failure(module, &version, error.as_ref()))?;
            diesel::sql_query("INSERT INTO vitrine.migrations (module, version) VALUES ($1, $2)")
                .bind::<Text, _>(*module)
                .bind::<Text, _>(&version)
                .execute(connection)?;
            tracing::info!(module = *module, version, "applied migration {version} of {module}");
        }
    }
    Ok(true)
}

fn failure(module: &str, version: &str, error: &dyn std::error::Error) -> Attempt {
    let text = error.to_string();
    // diesel passes the text, not the code.
    if text.contains("lock timeout") || text.contains("deadlock detected") {
        return Attempt::InUse(format!("migration {version} of {module} waits for a table that is in use"));
    }
    Attempt::Failed(migration_failed(module, version, error))
}

fn schema_of(module: &str) -> &str {
    if module == SHARED.module { SHARED_SCHEMA } else { module }
}

fn setup(error: DieselError) -> OpenError {
    OpenError::Setup(DbError::from(error))
}
