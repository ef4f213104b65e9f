//! What can go wrong, as data: a code for programs, a sentence for people, and the faults of a body by pointer.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The result of a use case.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// The kinds of failure that clients can tell apart. `vitrine-web` maps each to one HTTP status, without a wildcard:
/// a new code does not compile until it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// The request can't be read: malformed JSON, invalid UTF-8, nested too deep.
    MalformedRequest,
    /// A query parameter is unknown or has a wrong value.
    InvalidQuery,
    /// A cursor is damaged, or was made for another query.
    InvalidCursor,
    /// No credential, or one that is not valid.
    Unauthenticated,
    /// The caller lacks a permission.
    Forbidden,
    /// No such resource, or none that this caller may see.
    NotFound,
    /// The resource exists but doesn't know this method.
    MethodNotAllowed,
    /// The resource can't be represented in a media type that the caller accepts.
    NotAcceptable,
    /// The change contradicts something that exists: a slug, a SKU, an external id used twice.
    Conflict,
    /// A category would become its own ancestor.
    CategoryCycle,
    /// A category that still has children or products can't be deleted under this policy.
    CategoryNotEmpty,
    /// A request with the same idempotency key is still being worked on.
    IdempotencyInFlight,
    /// The idempotency key was used before with another body.
    IdempotencyMismatch,
    /// `If-Match` names a version that is not the current one.
    PreconditionFailed,
    /// `If-Match` is missing where it is needed.
    PreconditionRequired,
    /// The body is larger than allowed.
    PayloadTooLarge,
    /// The request's body did not arrive within its deadline.
    RequestTimeout,
    /// The body's media type or encoding is not one we read.
    UnsupportedMediaType,
    /// The body was read, but its content breaks rules; `faults` lists all of them.
    Validation,
    /// Something this version of Vitrine doesn't do yet.
    NotYet,
    /// Too many requests from this caller.
    RateLimited,
    /// Something we depend on does not answer; trying again later may help.
    Unavailable,
    /// More work than we can take now.
    Overloaded,
    /// The work took longer than its deadline.
    Timeout,
    /// The database can't grow: the disk is full.
    StorageFull,
    /// Our own fault.
    Internal,
}

impl ErrorCode {
    /// Every code there is.
    pub const ALL: [Self; 26] = [
        Self::MalformedRequest,
        Self::InvalidQuery,
        Self::InvalidCursor,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::Conflict,
        Self::CategoryCycle,
        Self::CategoryNotEmpty,
        Self::IdempotencyInFlight,
        Self::IdempotencyMismatch,
        Self::PreconditionFailed,
        Self::PreconditionRequired,
        Self::PayloadTooLarge,
        Self::RequestTimeout,
        Self::UnsupportedMediaType,
        Self::Validation,
        Self::NotYet,
        Self::RateLimited,
        Self::Unavailable,
        Self::Overloaded,
        Self::Timeout,
        Self::StorageFull,
        Self::Internal,
    ];

    /// The code in `kebab-case`, as it stands in a problem's `type`.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::MalformedRequest => "malformed-request",
            Self::InvalidQuery => "invalid-query",
            Self::InvalidCursor => "invalid-cursor",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::NotAcceptable => "not-acceptable",
            Self::Conflict => "conflict",
            Self::CategoryCycle => "category-cycle",
            Self::CategoryNotEmpty => "category-not-empty",
            Self::IdempotencyInFlight => "idempotency-in-flight",
            Self::IdempotencyMismatch => "idempotency-mismatch",
            Self::PreconditionFailed => "precondition-failed",
            Self::PreconditionRequired => "precondition-required",
            Self::PayloadTooLarge => "payload-too-large",
            Self::RequestTimeout => "request-timeout",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::Validation => "validation",
            Self::NotYet => "not-yet",
            Self::RateLimited => "rate-limited",
            Self::Unavailable => "unavailable",
            Self::Overloaded => "overloaded",
            Self::Timeout => "timeout",
            Self::StorageFull => "storage-full",
            Self::Internal => "internal",
        }
    }

    /// A title for people, the same for every occurrence (RFC 9457, 3.1.3).
    pub const fn title(self) -> &'static str {
        match self {
            Self::MalformedRequest => "The request can't be read",
            Self::InvalidQuery => "A query parameter is not valid",
            Self::InvalidCursor => "The cursor is not valid for this query",
            Self::Unauthenticated => "A valid credential is needed",
            Self::Forbidden => "The permission is missing",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "The method is not allowed here",
            Self::NotAcceptable => "No acceptable representation",
            Self::Conflict => "The change contradicts something that exists",
            Self::CategoryCycle => "A category can't be its own ancestor",
            Self::CategoryNotEmpty => "The category is not empty",
            Self::IdempotencyInFlight => "A request with this idempotency key is still in flight",
            Self::IdempotencyMismatch => "The idempotency key was used with another request",
            Self::PreconditionFailed => "The resource has changed",
            Self::PreconditionRequired => "If-Match is required",
            Self::PayloadTooLarge => "The body is too large",
            Self::RequestTimeout => "The body did not arrive in time",
            Self::UnsupportedMediaType => "The media type is not supported",
            Self::Validation => "The content breaks rules",
            Self::NotYet => "Not available in this version",
            Self::RateLimited => "Too many requests",
            Self::Unavailable => "A part of the service does not answer",
            Self::Overloaded => "The service has too much to do",
            Self::Timeout => "The request took too long",
            Self::StorageFull => "The storage is full",
            Self::Internal => "Something went wrong on our side",
        }
    }

    /// Whether the failure is the service's own and not the caller's: such a failure is logged, and its cause is
    /// never shown.
    pub const fn is_ours(self) -> bool {
        matches!(
            self,
            Self::Unavailable | Self::Overloaded | Self::Timeout | Self::StorageFull | Self::Internal
        )
    }
}

/// One fault in a body or a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where: an RFC 6901 JSON pointer into the body (`/variants/0/price/amount`), or the name of a query parameter.
    pub pointer: String,
    /// What, for programs: `required`, `unknown_field`, `too_long`, `duplicate_sku`, …
    pub code: String,
    /// What, for people, with what to do about it.
    pub detail: String,
}

impl Fault {
    /// A fault at a pointer.
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }
}

/// A use case that did not succeed.
#[derive(Debug, Clone)]
pub struct Failure(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: ErrorCode,
    detail: String,
    faults: Vec<Fault>,
    retry_after_seconds: Option<u32>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Failure {
    /// A failure with a sentence that says what to do.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            detail: detail.into(),
            faults: Vec::new(),
            retry_after_seconds: None,
            source: None,
        }))
    }

    /// Faults found in a body: 422.
    pub fn validation(faults: Vec<Fault>) -> Self {
        let detail = match faults.as_slice() {
            [one] => format!("{}: {}", one.pointer, one.detail),
            many => format!("{} faults were found; `errors` lists them all", many.len()),
        };
        Self::new(ErrorCode::Validation, detail).with_faults(faults)
    }

    /// Faults found in the query string: 400.
    pub fn query(faults: Vec<Fault>) -> Self {
        let detail = match faults.as_slice() {
            [one] => format!("{}: {}", one.pointer, one.detail),
            many => format!("{} query parameters are not valid; `errors` lists them all", many.len()),
        };
        Self::new(ErrorCode::InvalidQuery, detail).with_faults(faults)
    }

    /// Contradictions with what exists (a SKU in use, ...): 409.
    pub fn conflict(faults: Vec<Fault>) -> Self {
        let detail = match faults.as_slice() {
            [one] => format!("{}: {}", one.pointer, one.detail),
            many => format!("{} conflicts were found; `errors` lists them all", many.len()),
        };
        Self::new(ErrorCode::Conflict, detail).with_faults(faults)
    }

    /// No such thing: `Failure::not_found("product", id)`.
    pub fn not_found(what: &str, key: impl fmt::Display) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no {what} `{key}`, or none that you may see."))
    }

    /// Our own fault; the cause is logged and never shown.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(ErrorCode::Internal, "An unexpected error was logged under this request's id.")
            .caused_by(source)
    }

    /// Adds the faults.
    #[must_use]
    pub fn with_faults(mut self, faults: Vec<Fault>) -> Self {
        self.0.faults = faults;
        self
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Says when trying again makes sense.
    #[must_use]
    pub fn retry_after_seconds(mut self, seconds: u32) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    /// The kind of failure.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The sentence for people.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The faults, all of them.
    pub fn faults(&self) -> &[Fault] {
        &self.0.faults
    }

    /// Seconds after which trying again makes sense.
    pub fn retry_after(&self) -> Option<u32> {
        self.0.retry_after_seconds
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)?;
        if self.0.faults.len() > 1 {
            for fault in &self.0.faults {
                write!(f, "\n  {}: {}", fault.pointer, fault.detail)?;
            }
        }
        Ok(())
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
