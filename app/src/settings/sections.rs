//! The sections that belong to the process, not to a module.

use serde::{Deserialize, Serialize};
use vitrine_settings::Secret;

/// Section `server`: where and how this process listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerSettings {
    /// `HOST:PORT` of the API; port 0 picks a free one.
    pub listen: String,
    /// `HOST:PORT` for operators; never let the world reach it.
    pub management_listen: String,
    /// Where clients reach this service, if a proxy stands before it: `https://catalog.example`.
    pub public_url: Option<PublicUrl>,
    /// Threads that serve the API; 0: one per core.
    pub workers: usize,
    /// After `SIGTERM`: seconds to serve on while load balancers notice.
    pub drain_seconds: u64,
    /// Seconds that an idle connection is kept. Longer than what proxies use, or they send requests into a closing connection.
    pub keep_alive_seconds: u64,
    /// Open connections, over all workers; more wait in the backlog.
    pub max_connections: usize,
    /// Connections that may wait to be accepted.
    pub backlog: u32,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            management_listen: "127.0.0.1:9090".to_owned(),
            public_url: None,
            workers: 0,
            drain_seconds: 10,
            keep_alive_seconds: 75,
            max_connections: 10_000,
            backlog: 1024,
        }
    }
}

/// An `http` or `https` address, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicUrl(String);

impl PublicUrl {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        url.0
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_address = reqwest::Url::parse(&text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none()
        });
        if is_address {
            return Ok(Self(text.trim_end_matches('/').to_owned()));
        }
        Err(format!("must be an address like https://catalog.example, not `{text}`"))
    }
}

/// Section `redis`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedisSettings {
    /// `redis://…`; a password in it is never shown.
    pub url: Option<String>,
    /// Begins all keys, so that several installations can share a Redis.
    pub namespace: String,
    /// How long Redis may take to answer before the database is asked instead.
    pub timeout_ms: u64,
    /// How long a product that nobody changes is kept.
    pub keep_seconds: u64,
}

impl Default for RedisSettings {
    fn default() -> Self {
        Self { url: None, namespace: "vitrine".to_owned(), timeout_ms: 100, keep_seconds: 300 }
    }
}

/// Where a module runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Placement {
    /// In this process.
    Local,
    /// In another process, found by SRV.
    Remote,
    /// Nowhere.
    Off,
}

impl TryFrom<String> for Placement {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        match name.as_str() {
            "local" => Ok(Self::Local),
            "remote" => Ok(Self::Remote),
            "off" => Ok(Self::Off),
            other => Err(format!("must be `local`, `remote` or `off`, not `{other}`")),
        }
    }
}

/// Section `modules`; what is not said is `local` where compiled in, else `remote`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModulesSettings {
    /// Where the category module runs.
    pub category: Option<Placement>,
    /// Where the catalog module runs.
    pub catalog: Option<Placement>,
    /// Where the auth module runs.
    pub auth: Option<Placement>,
}

/// Section `peers`: how other processes are found. Nothing is read from it yet, because nothing is `remote` yet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PeersSettings {
    /// SRV name of the category module.
    pub category: Option<String>,
    /// SRV name of the catalog module.
    pub catalog: Option<String>,
    /// SRV name of the auth module.
    pub auth: Option<String>,
    /// `HOST:PORT` of a DNS server; the system's if absent.
    pub dns_server: Option<String>,
    /// What this process shows to its peers.
    pub credential: Secret,
}
