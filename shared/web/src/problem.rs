//! Failures as RFC 9457 problems.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use vitrine_kernel::{ErrorCode, Failure, Fault};

/// The media type of problems.
pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A failure on its way to the client, with the headers that belong to it.
///
/// Handlers return `Result<HttpResponse, Problem>`. The edge adds the request's id as `instance`, and logs those that
/// are our own fault, once, with their causes.
#[derive(Debug, Clone)]
pub struct Problem {
    failure: Failure,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem with a sentence that says what to do.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Failure::new(code, detail).into()
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Adds the resource's current `ETag`: what a 412 owes to its reader.
    #[must_use]
    pub fn with_etag(self, etag: &str) -> Self {
        match HeaderValue::from_str(etag) {
            Ok(value) => self.with_header(header::ETAG, value),
            Err(_) => self,
        }
    }

    /// The failure.
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// The kind of failure.
    pub fn code(&self) -> ErrorCode {
        self.failure.code()
    }

    /// The members of the problem, for an answer that tells of several.
    pub fn members(&self) -> serde_json::Map<String, serde_json::Value> {
        match serde_json::to_value(self.document(None)) {
            Ok(serde_json::Value::Object(members)) => members,
            // The document is a struct of strings and numbers: it always serialises, and to an object.
            Ok(_) | Err(_) => serde_json::Map::new(),
        }
    }

    fn document<'a>(&'a self, instance: Option<&'a str>) -> Document<'a> {
        let code = self.failure.code();
        Document {
            r#type: format!("/problems/{}", code.slug()),
            title: code.title(),
            status: status_of(code).as_u16(),
            detail: self.failure.detail(),
            instance,
            errors: self.failure.faults(),
        }
    }

    /// The answer; `instance` is the request's id.
    pub(crate) fn render(&self, instance: Option<&str>) -> HttpResponse {
        let code = self.failure.code();
        let document = self.document(instance);
        let mut response = HttpResponse::build(status_of(code));
        response.insert_header((header::CONTENT_TYPE, PROBLEM_JSON));
        if code == ErrorCode::Unauthenticated {
            response.insert_header((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        if let Some(seconds) = self.failure.retry_after().or(default_retry_after(code)) {
            response.insert_header((header::RETRY_AFTER, HeaderValue::from(seconds)));
        }
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        // The document is strings and numbers only: it always serialises.
        response.body(serde_json::to_vec(&document).unwrap_or_default())
    }
}

/// What a problem looks like on the wire (RFC 9457, 3.1).
#[derive(Serialize)]
struct Document<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

/// The one table from failures to HTTP.
pub(crate) const fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::MalformedRequest | ErrorCode::InvalidQuery | ErrorCode::InvalidCursor => {
            StatusCode::BAD_REQUEST
        }
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        ErrorCode::Conflict
        | ErrorCode::CategoryCycle
        | ErrorCode::CategoryNotEmpty
        | ErrorCode::IdempotencyInFlight => StatusCode::CONFLICT,
        ErrorCode::IdempotencyMismatch | ErrorCode::Validation => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        ErrorCode::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        ErrorCode::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::NotYet => StatusCode::NOT_IMPLEMENTED,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Unavailable | ErrorCode::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Timeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorCode::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What to say about an answer that only has a status: those that actix makes by itself.
pub(crate) fn code_of(status: StatusCode) -> ErrorCode {
    match status {
        StatusCode::UNAUTHORIZED => ErrorCode::Unauthenticated,
        StatusCode::FORBIDDEN => ErrorCode::Forbidden,
        StatusCode::NOT_FOUND => ErrorCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
        StatusCode::NOT_ACCEPTABLE => ErrorCode::NotAcceptable,
        StatusCode::REQUEST_TIMEOUT => ErrorCode::RequestTimeout,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::PayloadTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::UnsupportedMediaType,
        StatusCode::SERVICE_UNAVAILABLE => ErrorCode::Unavailable,
        other if other.is_client_error() => ErrorCode::MalformedRequest,
        _ => ErrorCode::Internal,
    }
}

/// A short wait is better than none where the failure passes by itself.
const fn default_retry_after(code: ErrorCode) -> Option<u32> {
    match code {
        ErrorCode::IdempotencyInFlight
        | ErrorCode::RateLimited
        | ErrorCode::Unavailable
        | ErrorCode::Overloaded => Some(1),
        _ => None,
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self { failure, headers: Vec::new() }
    }
}

impl From<vitrine_db::DbError> for Problem {
    fn from(error: vitrine_db::DbError) -> Self {
        Failure::from(error).into()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.failure.fmt(f)
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.failure)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status_of(self.failure.code())
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.render(None)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use serde_json::{Value, json};

    use super::*;

    #[actix_web::test]
    async fn a_problem_carries_all_faults_and_the_request_id() {
        let failure = Failure::validation(vec![
            Fault::new("/name", "required", "is required"),
            Fault::new("/slug", "invalid_slug", "is no slug"),
        ]);
        let response = Problem::from(failure).render(Some("request-1"));
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(response.headers().get(header::CONTENT_TYPE), Some(&PROBLEM_JSON));
        let body: Value =
            serde_json::from_slice(&to_bytes(response.into_body()).await.expect("a body")).expect("JSON");
        assert_eq!(
            body,
            json!({
                "type": "/problems/validation", "title": "The content breaks rules", "status": 422,
                "detail": "2 faults were found; `errors` lists them all", "instance": "request-1",
                "errors": [
                    {"pointer": "/name", "code": "required", "detail": "is required"},
                    {"pointer": "/slug", "code": "invalid_slug", "detail": "is no slug"},
                ],
            })
        );
    }

    #[actix_web::test]
    async fn the_cause_of_our_own_fault_is_never_shown() {
        let failure = Failure::internal(std::io::Error::other("secret path /var/lib"));
        let response = Problem::from(failure).error_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = to_bytes(response.into_body()).await.expect("a body");
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }

    #[test]
    fn headers_that_a_status_owes_are_there() {
        let answer = |code| Problem::new(code, "x").error_response();
        assert_eq!(
            answer(ErrorCode::Unauthenticated).headers().get(header::WWW_AUTHENTICATE),
            Some(&HeaderValue::from_static("Bearer"))
        );
        assert_eq!(
            answer(ErrorCode::Overloaded).headers().get(header::RETRY_AFTER),
            Some(&HeaderValue::from(1))
        );
        let stale = Problem::new(ErrorCode::PreconditionFailed, "x").with_etag("\"3-00\"").error_response();
        assert_eq!(stale.headers().get(header::ETAG), Some(&HeaderValue::from_static("\"3-00\"")));
    }

    #[test]
    fn ours_are_5xx_and_theirs_are_not() {
        for code in ErrorCode::ALL {
            let server_error = status_of(code).is_server_error();
            assert_eq!(server_error, code.is_ours() || code == ErrorCode::NotYet, "{code:?}");
        }
    }
}
