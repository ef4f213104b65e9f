//! Puts the modules together: placement, databases, ports. The only module `cfg(feature)`s of the workspace stand in the
//! three files named after the modules.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use vitrine_auth_api::AuthPort;
use vitrine_auth_client::AuthClient;
use vitrine_cache::{SharedCache, SharedCacheSettings};
use vitrine_catalog_api::CatalogPort;
use vitrine_catalog_client::CatalogClient;
use vitrine_category_api::CategoryPort;
use vitrine_category_client::CategoryClient;
use vitrine_kernel::{Clock, SystemClock};
use vitrine_web::HttpModule;

use crate::changes::{ChangesModule, Source};
use crate::settings::{Placement, RedisSettings, Settings};
use crate::shutdown::Lifecycle;

pub mod auth;
pub mod catalog;
pub mod category;
mod databases;
mod local;
mod ports;

pub use databases::NamedDb;
use databases::Tenant;
use local::{LocalAuth, LocalCatalog, LocalCategory};
use ports::{LateCatalog, NoAuth, NoCatalog, NoCategories};

/// The modules of this process, wired.
pub struct Wired {
    /// Everything that has routes.
    pub http_modules: Vec<Arc<dyn HttpModule>>,
    /// Who tells who is calling.
    pub auth_port: Arc<dyn AuthPort>,
    /// The open databases.
    pub databases: Vec<NamedDb>,
    /// The auth module, if it is here.
    pub auth: Option<Box<dyn LocalAuth>>,
    /// The category module, if it is here.
    pub category: Option<Box<dyn LocalCategory>>,
    /// The catalog module, if it is here.
    pub catalog: Option<Box<dyn LocalCatalog>>,
    /// Kept alive for the category module, which refers to it weakly.
    _catalog_port: Arc<dyn CatalogPort>,
}

impl Wired {
    /// The modules that are here.
    pub fn module_names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.databases.iter().flat_map(|database| database.modules.clone()).collect();
        names.sort_unstable();
        names
    }

    /// The category module.
    ///
    /// Errors: it is not here.
    pub fn category(&self) -> anyhow::Result<&dyn LocalCategory> {
        self.category.as_deref().context("modules.category is `off`: there are no categories here")
    }

    /// The catalog module.
    ///
    /// Errors: it is not here.
    pub fn catalog(&self) -> anyhow::Result<&dyn LocalCatalog> {
        self.catalog.as_deref().context("modules.catalog is `off`: there are no products here")
    }

    /// Closes the databases, after what they were given to do.
    pub async fn close(&self) {
        if let Some(auth) = &self.auth {
            auth.flush().await;
        }
        for database in &self.databases {
            database.db.close().await;
        }
    }
}

/// Opens the databases and makes the modules.
///
/// Errors: a placement, a setting or a database that can't be; each says what to do.
pub async fn wire(settings: &Settings, lifecycle: &Lifecycle) -> anyhow::Result<Wired> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let databases = databases::open(tenants(settings)?)?;
    let late_catalog = Arc::new(LateCatalog::default());

    let auth = auth::make(&databases, &clock, settings).await?;
    let category = category::make(&databases, late_catalog.clone(), &clock, settings);
    let category_port: Arc<dyn CategoryPort> = match &category {
        Some(module) => module.port(),
        None => Arc::new(NoCategories),
    };
    let catalog = catalog::make(&databases, category_port, &clock, settings, shared_cache(&settings.redis)?);
    let catalog_port: Arc<dyn CatalogPort> = match &catalog {
        Some(module) => module.port(),
        None => Arc::new(NoCatalog),
    };
    late_catalog.bind(&catalog_port);

    let auth_port: Arc<dyn AuthPort> = match &auth {
        Some(module) => module.port(),
        None => Arc::new(NoAuth),
    };
    let mut http_modules: Vec<Arc<dyn HttpModule>> = Vec::new();
    http_modules.extend(category.as_ref().map(|module| module.http()));
    http_modules.extend(catalog.as_ref().map(|module| module.http()));
    http_modules.extend(auth.as_ref().map(|module| module.http()));
    http_modules.extend(changes(&databases, lifecycle));
    Ok(Wired { http_modules, auth_port, databases, auth, category, catalog, _catalog_port: catalog_port })
}

/// Brings the schemas of the modules that are here up to date; which databases, and of which modules.
///
/// Errors: see [`vitrine_db::OpenError`]; each says what to do.
pub fn migrate(settings: &Settings) -> anyhow::Result<Vec<(String, Vec<&'static str>)>> {
    databases::migrate(tenants(settings)?)
}

/// The cache shared with other processes, where `redis.url` is set.
///
/// Errors: an address that is none. Redis itself may be away.
fn shared_cache(settings: &RedisSettings) -> anyhow::Result<Option<SharedCache>> {
    let Some(url) = &settings.url else { return Ok(None) };
    let cache = SharedCache::open(SharedCacheSettings {
        url: url.clone(),
        namespace: settings.namespace.clone(),
        timeout: Duration::from_millis(settings.timeout_ms.max(1)),
        keep: Duration::from_secs(settings.keep_seconds.max(1)),
    });
    cache.map(Some).context("redis.url (VITRINE__REDIS__URL) can't be used")
}

/// The modules that run here, with what they need of a database.
fn tenants(settings: &Settings) -> anyhow::Result<Vec<Tenant>> {
    let wanted = &settings.modules;
    let mut tenants = Vec::new();
    if is_local("auth", wanted.auth, auth::IS_COMPILED_IN, AuthClient::NOT_YET)? {
        tenants.extend(auth::tenant(settings));
    }
    if is_local("category", wanted.category, category::IS_COMPILED_IN, CategoryClient::NOT_YET)? {
        tenants.extend(category::tenant(settings));
    }
    if is_local("catalog", wanted.catalog, catalog::IS_COMPILED_IN, CatalogClient::NOT_YET)? {
        tenants.extend(catalog::tenant(settings));
    }
    Ok(tenants)
}

/// Wires for a command that serves nobody.
pub async fn wire_offline(settings: &Settings) -> anyhow::Result<Wired> {
    wire(settings, &Lifecycle::new(0)).await
}

/// The feed of the modules that are here; auth's events are no part of it.
fn changes(databases: &[NamedDb], lifecycle: &Lifecycle) -> Option<Arc<dyn HttpModule>> {
    let source = |module: &'static str, kind_prefix| {
        let db = databases::of(databases, module)?;
        Some(Source { name: module, kind_prefix, db })
    };
    let sources: Vec<_> =
        [source("category", "category."), source("catalog", "product.")].into_iter().flatten().collect();
    if sources.is_empty() {
        return None;
    }
    Some(Arc::new(ChangesModule::new(sources, lifecycle.clone())))
}

/// Whether a module runs in this process.
///
/// Errors: it is asked for and not compiled in, or asked to be where this version can't reach it.
fn is_local(
    module: &str,
    wanted: Option<Placement>,
    is_compiled_in: bool,
    remote_not_yet: vitrine_peer::NotYet,
) -> anyhow::Result<bool> {
    let default = if is_compiled_in { Placement::Local } else { Placement::Remote };
    match wanted.unwrap_or(default) {
        Placement::Off => Ok(false),
        Placement::Local if is_compiled_in => Ok(true),
        Placement::Local => bail!(
            "modules.{module} is `local`, but this build has no module `{module}`. Build with the cargo feature `{module}`, \
             or set modules.{module} (VITRINE__MODULES__{}) to `off`",
            module.to_uppercase()
        ),
        Placement::Remote if wanted.is_some() => bail!("{remote_not_yet}"),
        Placement::Remote => {
            bail!("this build has no module `{module}`, so it would be remote; but {remote_not_yet}")
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use vitrine_peer::NotYet;

    use super::*;

    const NOT_YET: NotYet = NotYet { module: "catalog" };

    #[rstest]
    #[case(None, true, true)]
    #[case(Some(Placement::Local), true, true)]
    #[case(Some(Placement::Off), true, false)]
    #[case(Some(Placement::Off), false, false)]
    fn a_module_is_here_when_it_is_compiled_in_and_not_off(
        #[case] wanted: Option<Placement>,
        #[case] is_compiled_in: bool,
        #[case] is_here: bool,
    ) {
        assert_eq!(is_local("catalog", wanted, is_compiled_in, NOT_YET).expect("placed"), is_here);
    }

    #[rstest]
    #[case(Some(Placement::Local), false, "cargo feature `catalog`")]
    #[case(Some(Placement::Remote), true, "not in this version")]
    #[case(Some(Placement::Remote), false, "not in this version")]
    #[case(None, false, "this build has no module `catalog`")]
    fn what_can_not_be_is_refused_with_what_to_do(
        #[case] wanted: Option<Placement>,
        #[case] is_compiled_in: bool,
        #[case] says: &str,
    ) {
        let refusal = is_local("catalog", wanted, is_compiled_in, NOT_YET).expect_err("refused").to_string();
        assert!(refusal.contains(says) && refusal.contains("VITRINE__MODULES__CATALOG"), "{refusal}");
    }
}
