//! Whether the schema is one that this version can work with.

use diesel::sql_types::{Bool, Text};
use diesel_async::RunQueryDsl as _;

use super::migrate::known;
use crate::{Conn, DatabaseSettings, ModuleMigrations, OpenError, on_conn};

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

/// Refuses a schema that lacks a migration. One with more than this version knows is fine: new schemas serve old versions, so that
/// processes can be replaced one after the other.
pub(super) async fn check(
    conn: &mut Conn,
    settings: &DatabaseSettings,
    modules: &[ModuleMigrations],
) -> Result<(), OpenError> {
    let url = || settings.shown_url();
    let table = diesel::sql_query("SELECT to_regclass('vitrine.migrations') IS NOT NULL AS answer");
    let exists = on_conn!(conn, |c| table.get_result::<Answer>(c))?.answer;
    if !exists {
        return Err(OpenError::NoSchema { url: url() });
    }
    let rows = diesel::sql_query("SELECT module, version FROM vitrine.migrations");
    let applied = on_conn!(conn, |c| rows.load::<Applied>(c))?;
    for (module, migrations) in known(modules)? {
        for migration in migrations {
            let version = migration.name().version().to_string();
            if !applied.iter().any(|row| row.module == module && row.version == version) {
                return Err(OpenError::OldSchema { url: url(), module: module.to_owned(), version });
            }
        }
    }
    Ok(())
}
