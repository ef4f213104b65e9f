//! Which module lives in which database. Modules with the same address share one handle, and with it one writer, one cache of
//! pages and one feed.

use std::path::PathBuf;

use vitrine_db::{DatabaseSettings, Db, ModuleMigrations};

/// An open database.
#[derive(Clone)]
pub struct NamedDb {
    /// The handle.
    pub db: Db,
    /// The modules that live in it.
    pub modules: Vec<&'static str>,
    /// Its address, without secrets.
    pub url: String,
}

/// A module that needs a database.
pub struct Tenant {
    /// Where it wants to live.
    pub settings: DatabaseSettings,
    /// What it brings; the name of the module is in it.
    pub migrations: ModuleMigrations,
}

/// The databases, each once, with the migrations of all modules that live in it.
fn houses_of(tenants: Vec<Tenant>) -> Vec<(DatabaseSettings, Vec<ModuleMigrations>)> {
    let mut houses: Vec<(DatabaseSettings, Vec<ModuleMigrations>)> = Vec::new();
    for tenant in tenants {
        let place = place_of(&tenant.settings.url);
        match houses.iter_mut().find(|(settings, _)| place_of(&settings.url) == place) {
            Some((_, migrations)) => migrations.push(tenant.migrations),
            None => houses.push((tenant.settings, vec![tenant.migrations])),
        }
    }
    houses
}

/// Opens each database.
///
/// Errors: see [`vitrine_db::OpenError`]; each says what to do.
pub fn open(tenants: Vec<Tenant>) -> anyhow::Result<Vec<NamedDb>> {
    let mut databases = Vec::new();
    for (settings, migrations) in houses_of(tenants) {
        let db = Db::open(&settings, &migrations)?;
        let modules = migrations.iter().map(|migrations| migrations.module).collect();
        databases.push(NamedDb { db, modules, url: settings.shown_url() });
    }
    Ok(databases)
}

/// Brings the schema of each database up to date; what it was, and of which modules.
///
/// Errors: see [`vitrine_db::OpenError`]; each says what to do.
pub fn migrate(tenants: Vec<Tenant>) -> anyhow::Result<Vec<(String, Vec<&'static str>)>> {
    let mut done = Vec::new();
    for (settings, migrations) in houses_of(tenants) {
        Db::migrate(&settings, &migrations)?;
        done.push((settings.shown_url(), migrations.iter().map(|migrations| migrations.module).collect()));
    }
    Ok(done)
}

/// The database a module lives in, if the module is here.
pub fn of(databases: &[NamedDb], module: &str) -> Option<Db> {
    databases.iter().find(|database| database.modules.contains(&module)).map(|database| database.db.clone())
}

/// What tells places apart. The same server and database is one place, whatever the parameters.
///
/// `sqlite://data/x.db` and `sqlite://./data/x.db` are one place: two handles on it would be two writers that wait for each
/// other, and two feeds that are one.
fn place_of(url: &str) -> PathBuf {
    let Some(path) = url.strip_prefix("sqlite://") else {
        return PathBuf::from(url.split('?').next().unwrap_or(url).replacen(
            "postgresql://",
            "postgres://",
            1,
        ));
    };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    absolute.components().collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("sqlite://data/x.db", "sqlite://./data/x.db", true)]
    #[case("sqlite://data/x.db", "sqlite://data//x.db", true)]
    #[case("sqlite://data/x.db", "sqlite://data/y.db", false)]
    #[case("postgres://u@db/x", "postgresql://u@db/x?sslmode=require", true)]
    #[case("postgres://u@db/x", "postgres://u@db/y", false)]
    fn one_place_has_many_spellings(#[case] one: &str, #[case] other: &str, #[case] same: bool) {
        assert_eq!(place_of(one) == place_of(other), same);
    }
}
