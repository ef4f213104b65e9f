//! The connections to Redis.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bb8_redis::RedisConnectionManager;
use bb8_redis::bb8::{ManageConnection, Pool};
use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, RedisError, Script};

/// Connections, each shared by many commands at once.
const CONNECTIONS: u32 = 2;

/// Why Redis did not answer. Whatever it was: the database answers instead.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("Redis did not answer in {0:?}")]
    Timeout(Duration),
    #[error("no connection to Redis: {0}")]
    NoConnection(String),
    #[error(transparent)]
    Refused(#[from] RedisError),
}

/// A connection that remembers that it failed. The pool's own connections don't say, so a dead one would be handed out for ever.
pub(super) struct Connection {
    inner: MultiplexedConnection,
    is_broken: Arc<AtomicBool>,
}

pub(super) struct Manager(RedisConnectionManager);

impl ManageConnection for Manager {
    type Connection = Connection;
    type Error = RedisError;

    async fn connect(&self) -> Result<Connection, RedisError> {
        Ok(Connection { inner: self.0.connect().await?, is_broken: Arc::default() })
    }

    async fn is_valid(&self, connection: &mut Connection) -> Result<(), RedisError> {
        self.0.is_valid(&mut connection.inner).await
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.is_broken.load(Ordering::Relaxed)
    }
}

#[derive(Clone)]
pub(super) struct Link {
    pool: Pool<Manager>,
    timeout: Duration,
}

impl Link {
    /// Connections are made when they are needed, so Redis may come later.
    pub(super) fn new(url: &str, timeout: Duration) -> Result<Self, RedisError> {
        let pool = Pool::builder()
            .max_size(CONNECTIONS)
            .min_idle(Some(0))
            .connection_timeout(timeout)
            // A checkout would cost a round trip.
            .test_on_check_out(false)
            .build_unchecked(Manager(RedisConnectionManager::new(url)?));
        Ok(Self { pool, timeout })
    }

    /// Runs a script, within the time that Redis has.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        keys: &[String],
        arguments: &[&[u8]],
    ) -> Result<T, LinkError> {
        let (mut connection, is_broken) = self.connection().await?;
        let mut invocation = script.prepare_invoke();
        for key in keys {
            invocation.key(key);
        }
        for argument in arguments {
            invocation.arg(*argument);
        }
        let outcome = tokio::time::timeout(self.timeout, invocation.invoke_async(&mut connection)).await;
        judge(outcome, &is_broken, self.timeout)
    }

    /// Sets a key for good.
    pub(super) async fn set(&self, key: &str, value: &str) -> Result<(), LinkError> {
        let (mut connection, is_broken) = self.connection().await?;
        let mut command = redis::cmd("SET");
        command.arg(key).arg(value);
        let outcome = tokio::time::timeout(self.timeout, command.exec_async(&mut connection)).await;
        judge(outcome, &is_broken, self.timeout)
    }

    /// A connection is given back at once: commands of many share it.
    async fn connection(&self) -> Result<(MultiplexedConnection, Arc<AtomicBool>), LinkError> {
        let taken = tokio::time::timeout(self.timeout, self.pool.get()).await;
        let connection = taken
            .map_err(|_| LinkError::Timeout(self.timeout))?
            .map_err(|error| LinkError::NoConnection(error.to_string()))?;
        Ok((connection.inner.clone(), Arc::clone(&connection.is_broken)))
    }
}

fn judge<T>(
    outcome: Result<Result<T, RedisError>, tokio::time::error::Elapsed>,
    is_broken: &AtomicBool,
    timeout: Duration,
) -> Result<T, LinkError> {
    match outcome {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            is_broken.store(true, Ordering::Relaxed);
            Err(error.into())
        }
        Err(_) => {
            is_broken.store(true, Ordering::Relaxed);
            Err(LinkError::Timeout(timeout))
        }
    }
}
