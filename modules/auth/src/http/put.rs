//! What the module's two `PUT`s have in common.

use actix_web::HttpResponse;
use serde::Serialize;
use vitrine_kernel::{ErrorCode, Failure, Version};
use vitrine_web::{Problem, PutPrecondition, etag_of, respond};

use crate::domain::{PutMode, Written};

pub(super) fn mode_of(precondition: PutPrecondition) -> PutMode {
    match precondition {
        PutPrecondition::Create => PutMode::Create,
        PutPrecondition::Replace(expected) => PutMode::Replace(expected),
    }
}

/// 201 where something new was made, else 200; with the `ETag`.
pub(super) fn answer(
    value: &impl Serialize,
    version: Version,
    written: Written,
    location: &str,
) -> Result<HttpResponse, Problem> {
    let body = respond::to_json(value)?;
    let etag = etag_of(version, &body);
    Ok(match written {
        Written::Created => respond::created(location, &etag, body),
        Written::Replaced => HttpResponse::Ok()
            .insert_header(("etag", etag))
            .insert_header(("content-type", respond::JSON))
            .body(body),
    })
}

/// A 412 owes its reader the current `ETag`; `current` is what there is, read after the refusal.
pub(super) fn with_current<T: Serialize>(
    failure: Failure,
    current: Result<Option<T>, Failure>,
    version_of: impl Fn(&T) -> Version,
) -> Problem {
    debug_assert_eq!(failure.code(), ErrorCode::PreconditionFailed);
    let etag = current.ok().flatten().and_then(|current| {
        let body = respond::to_json(&current).ok()?;
        Some(etag_of(version_of(&current), &body))
    });
    let problem = Problem::from(failure);
    match etag {
        Some(etag) => problem.with_etag(&etag),
        None => problem,
    }
}
