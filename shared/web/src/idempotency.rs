//! `Idempotency-Key`: a `POST` that is sent again takes effect once, and is answered as it was the first time
//! (draft-ietf-httpapi-idempotency-key-header).

use std::collections::HashSet;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use vitrine_db::{Db, IdempotentRequest, Known, Recorder, StoredAnswer, find_answer};
use vitrine_kernel::{Clock, ErrorCode, SystemClock};

use crate::{JsonBody, Problem, RequestContext};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Set on answers that were given before.
pub(crate) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const MAX_KEY_LENGTH: usize = 255;

/// The keys that this process is working on.
#[derive(Debug, Default)]
pub(crate) struct InFlight(Mutex<HashSet<(String, String)>>);

impl InFlight {
    /// `None` while the same key is being worked on.
    fn enter(self: &Arc<Self>, scope: &str, key: &str) -> Option<InFlightGuard> {
        let entry = (scope.to_owned(), key.to_owned());
        let new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(entry.clone());
        new.then(|| InFlightGuard { keys: Arc::clone(self), entry })
    }
}

/// Ends the work on a key when it is dropped: also when the client hangs up.
struct InFlightGuard {
    keys: Arc<InFlight>,
    entry: (String, String),
}

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.entry);
    }
}

/// The request's idempotency key, if it has one, and how to answer with it.
pub struct Idempotency {
    key: Option<String>,
    scope: String,
    query: String,
    clock: Arc<dyn Clock>,
    in_flight: Arc<InFlight>,
}

/// Makes the answer from what the work has made: the same for the first time and to keep.
pub type Render<T> = Arc<dyn Fn(&T) -> StoredAnswer + Send + Sync>;

impl Idempotency {
    /// Runs `work` once for this key, caller, method and path, and answers with what `render` makes of it; a request seen within
    /// the last 24 hours is answered as it was then, with `Idempotency-Replayed: true`.
    ///
    /// `work` gets the [`Recorder`] that it must give its transaction, so that change and answer are committed together. Only
    /// success is kept: a request that failed may be tried again under its key.
    ///
    /// Errors: 409 while the first one is being worked on, 422 when the key came with another body, and those of `work`.
    pub async fn run<T, E, Work>(
        self,
        db: &Db,
        body: &JsonBody,
        render: Render<T>,
        work: impl FnOnce(Option<Recorder<T>>) -> Work,
    ) -> Result<HttpResponse, Problem>
    where
        E: Into<Problem>,
        Work: Future<Output = Result<T, E>>,
    {
        let Some(key) = self.key else {
            let outcome = work(None).await.map_err(Into::into)?;
            return answer(render(&outcome), false);
        };
        let Some(_guard) = self.in_flight.enter(&self.scope, &key) else {
            return Err(Problem::new(
                ErrorCode::IdempotencyInFlight,
                "The first request with this idempotency key is still being worked on. Send it again in a moment to get its answer.",
            ));
        };
        let request = IdempotentRequest { scope: self.scope, key, request_hash: hash(&self.query, body) };
        if let Some(response) = replay(db, &request, &*self.clock).await? {
            return Ok(response);
        }
        match work(Some(Recorder::new(request.clone(), Arc::clone(&render)))).await {
            Ok(outcome) => answer(render(&outcome), false),
            // A client may have hung up on the first request, whose transaction went on all the same: then this one failed
            // over what that one made, and its answer is the one to give.
            Err(error) => match replay(db, &request, &*self.clock).await? {
                Some(response) => Ok(response),
                None => Err(error.into()),
            },
        }
    }
}

/// The query string belongs to what is asked: `validate_only=true` is another request.
fn hash(query: &str, body: &JsonBody) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&body.hash);
    hasher.update(query.as_bytes());
    *hasher.finalize().as_bytes()
}

async fn replay(
    db: &Db,
    request: &IdempotentRequest,
    clock: &dyn Clock,
) -> Result<Option<HttpResponse>, Problem> {
    match find_answer(db, request, clock.now()).await? {
        Known::New => Ok(None),
        Known::Answered(stored) => {
            // The first request may not have been acknowledged yet; this answer is an acknowledgement too.
            db.settled().await?;
            answer(stored, true).map(Some)
        }
        Known::OtherBody => Err(Problem::new(
            ErrorCode::IdempotencyMismatch,
            "This idempotency key was used with another body or query. Use a new key for a new request.",
        )),
    }
}

fn answer(stored: StoredAnswer, replayed: bool) -> Result<HttpResponse, Problem> {
    let damaged =
        |what: &str| Problem::from(vitrine_kernel::Failure::internal(format!("stored answer: {what}")));
    let status = StatusCode::from_u16(stored.status).map_err(|_| damaged("status"))?;
    let mut response = HttpResponse::build(status);
    for (name, value) in &stored.headers {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| damaged("header name"))?;
        let value = HeaderValue::from_str(value).map_err(|_| damaged("header value"))?;
        response.insert_header((name, value));
    }
    if replayed {
        response.insert_header((IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true")));
    }
    Ok(response.body(stored.body))
}

impl FromRequest for Idempotency {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_key(request).map(|key| Self {
            key,
            scope: format!(
                "{} {} {}",
                RequestContext::of(request).principal().subject,
                request.method(),
                request.path()
            ),
            query: request.query_string().to_owned(),
            clock: request.app_data::<Arc<dyn Clock>>().cloned().unwrap_or_else(|| Arc::new(SystemClock)),
            in_flight: request.app_data::<Arc<InFlight>>().cloned().unwrap_or_default(),
        }))
    }
}

fn read_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut values = request.headers().get_all(IDEMPOTENCY_KEY);
    let Some(value) = values.next() else { return Ok(None) };
    let bytes = value.as_bytes();
    let readable = (1..=MAX_KEY_LENGTH).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    match value.to_str() {
        Ok(key) if readable && values.next().is_none() => Ok(Some(key.to_owned())),
        _ => Err(Problem::new(
            ErrorCode::MalformedRequest,
            format!("`Idempotency-Key` must be one value of 1 to {MAX_KEY_LENGTH} visible ASCII characters."),
        )),
    }
}
