//! Answers to requests that bring an `Idempotency-Key`, kept with the change they acknowledge.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use vitrine_kernel::{ErrorCode, Failure, Timestamp};

use crate::schema::idempotency_keys;
use crate::{Conn, Db, DbError, Engine, OptionalRow as _, on_conn};

/// How long an answer is kept.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// A request that must take effect once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotentRequest {
    /// Who asks for what: the same key of another caller, or on another route, is another key.
    pub scope: String,
    /// The caller's key.
    pub key: String,
    /// A hash of the body.
    pub request_hash: [u8; 32],
}

/// An answer as it was first given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that belong to the answer (`Location`, `ETag`, `Content-Type`).
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is known of a request before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// Nothing: it is new.
    New,
    /// It ran; this was the answer.
    Answered(StoredAnswer),
    /// The key was used with another body.
    OtherBody,
}

/// Looks a request up; answers older than 24 hours at `now` don't count.
pub async fn find_answer(db: &Db, request: &IdempotentRequest, now: Timestamp) -> Result<Known, DbError> {
    let request = request.clone();
    db.read(move |conn| Box::pin(async move { find(conn, &request, now).await })).await
}

async fn find(conn: &mut Conn, request: &IdempotentRequest, now: Timestamp) -> Result<Known, DbError> {
    let row = on_conn!(conn, |c| idempotency_keys::table
        .filter(idempotency_keys::scope.eq(&request.scope))
        .filter(idempotency_keys::key.eq(&request.key))
        .filter(idempotency_keys::created_at.gt(now.plus_seconds(-KEPT_SECONDS).as_millis()))
        .select((
            idempotency_keys::request_hash,
            idempotency_keys::status,
            idempotency_keys::headers,
            idempotency_keys::body,
        ))
        .first::<(Vec<u8>, i32, String, Vec<u8>)>(c))
    .optional()?;
    let Some((hash, status, headers, body)) = row else { return Ok(Known::New) };
    if hash != request.request_hash {
        return Ok(Known::OtherBody);
    }
    let status =
        u16::try_from(status).map_err(|_| DbError::Damaged(format!("idempotency status {status}")))?;
    let headers = serde_json::from_str(&headers)
        .map_err(|error| DbError::Damaged(format!("idempotency headers: {error}")))?;
    Ok(Known::Answered(StoredAnswer { status, headers, body }))
}

/// Writes the answer with the change. A store calls it last in its transaction.
#[derive(Clone)]
pub struct Recorder<T> {
    request: IdempotentRequest,
    render: Arc<dyn Fn(&T) -> StoredAnswer + Send + Sync>,
}

impl<T> Recorder<T> {
    /// A recorder for a request; `render` makes the answer from what the change has made.
    pub fn new(request: IdempotentRequest, render: Arc<dyn Fn(&T) -> StoredAnswer + Send + Sync>) -> Self {
        Self { request, render }
    }

    /// Writes the answer in this transaction.
    ///
    /// Errors: [`ErrorCode::IdempotencyInFlight`] when another request with this key has been answered meanwhile; the
    /// transaction must then be given up, and its answer looked up.
    pub async fn record(&self, conn: &mut Conn, outcome: &T, now: Timestamp) -> Result<(), Failure> {
        self.remove_old(conn, now).await?;
        let answer = (self.render)(outcome);
        let headers = serde_json::to_string(&answer.headers).map_err(Failure::internal)?;
        let written = on_conn!(conn, |c| diesel::insert_into(idempotency_keys::table)
            .values((
                idempotency_keys::scope.eq(&self.request.scope),
                idempotency_keys::key.eq(&self.request.key),
                idempotency_keys::request_hash.eq(self.request.request_hash.as_slice()),
                idempotency_keys::status.eq(i32::from(answer.status)),
                idempotency_keys::headers.eq(headers),
                idempotency_keys::body.eq(&answer.body),
                idempotency_keys::created_at.eq(now.as_millis()),
            ))
            .on_conflict_do_nothing()
            .execute(c))?;
        if written == 0 {
            return Err(Failure::new(
                ErrorCode::IdempotencyInFlight,
                "A request with this idempotency key was answered at the same moment. Send it again to get that answer.",
            )
            .retry_after_seconds(1));
        }
        Ok(())
    }

    /// Removes what is older than it is kept.
    async fn remove_old(&self, conn: &mut Conn, now: Timestamp) -> Result<(), DbError> {
        let too_old = now.plus_seconds(-KEPT_SECONDS).as_millis();
        let old = idempotency_keys::table.filter(idempotency_keys::created_at.le(too_old));
        if conn.engine() == Engine::Sqlite {
            on_conn!(conn, |c| diesel::delete(old).execute(c))?;
            return Ok(());
        }
        // Many do this at once: each takes some that nobody else is at. Only the own key must be gone for certain.
        let some = diesel::sql_query(
            "DELETE FROM idempotency_keys USING ( \
                 SELECT scope, key FROM idempotency_keys WHERE created_at <= $1 LIMIT 100 FOR UPDATE SKIP LOCKED) AS old \
             WHERE idempotency_keys.scope = old.scope AND idempotency_keys.key = old.key",
        );
        on_conn!(conn, |c| some.bind::<BigInt, _>(too_old).execute(c))?;
        let own = old
            .filter(idempotency_keys::scope.eq(&self.request.scope))
            .filter(idempotency_keys::key.eq(&self.request.key));
        on_conn!(conn, |c| diesel::delete(own).execute(c))?;
        Ok(())
    }
}
