//! What can be set about HTTP.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Settings of the HTTP edge.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSettings {
    /// Whether callers without a credential may read. Not a key of this section: it is `auth.anonymous_read`.
    #[serde(skip)]
    pub anonymous_read: bool,
    /// Where clients reach the API, for the OpenAPI document; the address they asked if absent. Not a key of this section: it is
    /// `server.public_url`.
    #[serde(skip)]
    pub public_url: Option<String>,
    /// Origins whose pages may call the API from a browser (`https://shop.example`, or `*`); none by default.
    pub cors_origins: Vec<String>,
    /// The largest JSON body, in bytes.
    pub body_limit_bytes: usize,
    /// How long a JSON body may take to arrive, in seconds.
    pub body_timeout_seconds: u64,
    /// How long an upload may pause, in seconds.
    pub upload_idle_seconds: u64,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            anonymous_read: true,
            public_url: None,
            cors_origins: Vec::new(),
            body_limit_bytes: 1024 * 1024,
            body_timeout_seconds: 10,
            upload_idle_seconds: 30,
        }
    }
}

impl HttpSettings {
    /// How long a JSON body may take to arrive.
    pub fn body_timeout(&self) -> Duration {
        Duration::from_secs(self.body_timeout_seconds)
    }

    /// How long an upload may pause.
    pub fn upload_idle(&self) -> Duration {
        Duration::from_secs(self.upload_idle_seconds)
    }

    /// The settings of the app that a request came to; the defaults where a test has set none.
    pub(crate) fn of(request: &actix_web::HttpRequest) -> std::sync::Arc<Self> {
        request.app_data::<std::sync::Arc<Self>>().cloned().unwrap_or_default()
    }
}
