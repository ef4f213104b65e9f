//! Connections, and the pool's way to make them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bb8::ManageConnection;
use diesel::connection::CacheSize;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _};
use tokio::sync::watch;
use tokio_postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Address, chain};
use super::tls;
use crate::{DatabaseSettings, OpenError};

/// Tables are named without their schema, which is the module's; `public` is where extensions live.
pub(super) const SEARCH_PATH: &str = "vitrine, auth, category, catalog, public";

/// A connection, and what the pool must know of it.
pub(super) struct PgConnection {
    pub(super) inner: AsyncPgConnection,
    /// Set when the socket has ended, and when an answer did not come in time: what comes later would belong to nobody.
    closed: Arc<AtomicBool>,
    /// Whether a transaction was begun and not ended. Such a connection never goes back to the pool.
    pub(super) in_transaction: bool,
}

impl PgConnection {
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(super) fn give_up(&self) {
        self.closed.store(true, Ordering::Release);
    }
}

/// Why there is no connection.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub(super) struct ConnectError {
    pub(super) reason: String,
    /// The server answered, and has no room.
    pub(super) too_many: bool,
}

/// Makes connections.
pub(super) struct Connector {
    address: Address,
    tls: MakeRustlsConnect,
    limit: Duration,
    /// What holds in a session, where a connection is a session; behind a pooler it is said in each transaction.
    session: Option<String>,
    transaction: Option<String>,
    /// What the last attempt brought; changes with each one that failed.
    failure: watch::Sender<Option<ConnectError>>,
}

impl Connector {
    pub(super) fn new(settings: &DatabaseSettings) -> Result<Self, OpenError> {
        let address = Address::parse(&settings.url)?;
        let tls = tls::connector(&address)?;
        let say = |set: &str| {
            format!(
                "{set} search_path = {SEARCH_PATH}; {set} statement_timeout = {}; {set} lock_timeout = {}; \
                 {set} idle_in_transaction_session_timeout = {}; {set} jit = off",
                settings.statement_timeout_ms, settings.lock_timeout_ms, settings.idle_transaction_timeout_ms
            )
        };
        let (session, transaction) =
            if settings.statement_cache { (Some(say("SET")), None) } else { (None, Some(say("SET LOCAL"))) };
        Ok(Self {
            address,
            tls,
            limit: Duration::from_millis(settings.connect_timeout_ms.max(1)),
            session,
            transaction,
            failure: watch::Sender::new(None),
        })
    }

    /// What begins a transaction.
    pub(super) fn begin(&self, how: &str) -> Arc<str> {
        match &self.transaction {
            Some(settings) => format!("BEGIN {how}; {settings}").into(),
            None => format!("BEGIN {how}").into(),
        }
    }

    /// The failures of attempts to connect, as they come.
    pub(super) fn failures(&self) -> watch::Receiver<Option<ConnectError>> {
        self.failure.subscribe()
    }

    pub(super) async fn open(&self) -> Result<PgConnection, ConnectError> {
        let outcome = tokio::time::timeout(self.limit, self.establish())
            .await
            .unwrap_or_else(|_| Err(unreachable(format!("no connection within {:?}", self.limit))));
        self.failure.send_replace(outcome.as_ref().err().cloned());
        outcome
    }

    async fn establish(&self) -> Result<PgConnection, ConnectError> {
        let (client, driver) = self.address.config.connect(self.tls.clone()).await.map_err(|error| {
            let too_many = error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS);
            ConnectError { reason: chain(&error), too_many }
        })?;
        let closed = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&closed);
        tokio::spawn(async move {
            if let Err(error) = driver.await {
                tracing::debug!(%error, "a connection to the database ended");
            }
            ended.store(true, Ordering::Release);
        });
        // diesel sets the time zone with prepared statements. A pooler may send the parts of a statement to different servers,
        // unless they are in one transaction; what is set in it is forgotten with it, and we need none of it.
        if self.session.is_none() {
            client.batch_execute("BEGIN").await.map_err(|error| unreachable(chain(&error)))?;
        }
        let mut inner =
            AsyncPgConnection::try_from(client).await.map_err(|error| unreachable(chain(&error)))?;
        if self.session.is_none() {
            inner.set_prepared_statement_cache_size(CacheSize::Disabled);
        }
        let settings = self.session.as_deref().unwrap_or("ROLLBACK");
        inner.batch_execute(settings).await.map_err(|error| unreachable(error.to_string()))?;
        Ok(PgConnection { inner, closed, in_transaction: false })
    }
}

fn unreachable(reason: String) -> ConnectError {
    ConnectError { reason, too_many: false }
}

impl ManageConnection for Connector {
    type Connection = PgConnection;
    type Error = ConnectError;

    async fn connect(&self) -> Result<PgConnection, ConnectError> {
        self.open().await
    }

    async fn is_valid(&self, connection: &mut PgConnection) -> Result<(), ConnectError> {
        // Asked only of what we know: a question to the server at each use would cost as much as the use.
        if connection.is_closed() { Err(unreachable("the connection ended".to_owned())) } else { Ok(()) }
    }

    fn has_broken(&self, connection: &mut PgConnection) -> bool {
        connection.in_transaction || connection.is_closed()
    }
}
