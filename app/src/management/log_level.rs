//! `GET` and `PUT /loglevel`: which events are logged, until the next start.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use vitrine_kernel::{ErrorCode, Failure};
use vitrine_web::Problem;

use super::Management;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    level: String,
    target: Option<String>,
}

pub(super) async fn read(management: Data<Management>) -> HttpResponse {
    HttpResponse::Ok().json(management.telemetry.levels())
}

/// `{"level": "debug", "target": "vitrine_db"}`; without a target the level of whatever has none of its own.
pub(super) async fn write(
    request: HttpRequest,
    body: Bytes,
    management: Data<Management>,
) -> Result<HttpResponse, Problem> {
    let wrong = |why: String| {
        let detail = format!(
            "{why}. Send {{\"level\": \"debug\", \"target\": \"vitrine_db\"}}; `target` may be left out."
        );
        Problem::from(Failure::new(ErrorCode::MalformedRequest, detail))
    };
    let change: Change = serde_json::from_slice(&body).map_err(|error| wrong(error.to_string()))?;
    management
        .telemetry
        .set_level(&change.level, change.target.as_deref())
        .map_err(|error| wrong(error.to_string()))?;
    let from = request.peer_addr().map(|peer| peer.to_string()).unwrap_or_default();
    tracing::warn!(level = change.level, target = change.target, "the log level was changed by {from}");
    Ok(HttpResponse::Ok().json(management.telemetry.levels()))
}
