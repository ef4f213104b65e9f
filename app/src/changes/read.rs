//! `GET /changes`

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::{Failure, Fault};
use vitrine_web::{Problem, QueryParams, respond};

use super::stream::follow;
use super::{Feed, NoSelection};

/// Where a reader wants to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    After(i64),
    Newest,
}

/// What changed, in the order of commits.
///
/// Ask with `after=0` first and then always with the `next_after` of the last answer. `items` may be empty although
/// `next_after` moved on; nothing is skipped. `after=newest` begins at the end.
///
/// With `Accept: text/event-stream` the answer goes on as the changes happen: `id` is the sequence, `event` the type,
/// `data` the item. A browser's `EventSource` comes back with `Last-Event-ID` by itself.
///
/// Where the modules have databases of their own, each has its own feed and `source` must be given.
#[utoipa::path(
    get,
    operation_id = "read_changes",
    path = "/api/v1/changes",
    tag = "changes",
    params(
        ("after" = Option<String>, Query, description = "The sequence to begin after, or `newest`; 0 if absent"),
        ("limit" = Option<u16>, Query, description = "1 to 100; 20 if absent"),
        ("source" = Option<String>, Query, description = "`category` or `catalog`: the changes of this module only"),
        ("Last-Event-ID" = Option<i64>, Header, description = "For streams: goes before `after`"),
    ),
    responses(
        (status = 200, description = "`{\"items\": [{\"sequence\", \"id\", \"type\", \"key\", \"version\", \"occurred_at\"}], \"next_after\"}`"),
        (status = 400, description = "A parameter is not valid, or `source` is needed"),
        (status = 401, description = "A credential is needed"),
    ),
)]
pub(super) async fn handle(
    request: HttpRequest,
    params: QueryParams,
    feed: Data<Feed>,
) -> Result<HttpResponse, Problem> {
    let mut query = params.reader();
    let expected = "must be a sequence (a whole number from 0 on) or `newest`";
    let after = query.parsed("after", expected, parse_start);
    let limit = query.limit();
    let source = query.one("source");
    let selection = match feed.select(source) {
        Ok(selection) => Some(selection),
        Err(reason) => {
            let (code, detail) = explain(&reason, &feed);
            query.fault("source", code, detail);
            None
        }
    };
    query.finish()?;
    let Some(selection) = selection else {
        return Err(Failure::query(vec![Fault::new("source", "required", "is required")]).into());
    };
    let last_seen = last_event_id(&request)?;
    let newest = || *selection.db.newest_change().borrow();
    let after = match last_seen.or(after).unwrap_or(Start::After(0)) {
        Start::After(sequence) => sequence,
        Start::Newest => newest(),
    };
    if !wants_stream(&request) {
        let page = selection.page(after, limit.as_usize()).await?;
        let mut response = respond::json(&page)?;
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return Ok(response);
    }
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // A compressor would keep events back until its window is full.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(follow(selection, after, feed.lifecycle.clone())))
}

/// The document of this one endpoint.
#[derive(utoipa::OpenApi)]
#[openapi(paths(handle), tags((name = "changes", description = "The ordered feed of what changed")))]
pub(super) struct Document;

fn parse_start(text: &str) -> Option<Start> {
    if text == "newest" {
        return Some(Start::Newest);
    }
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits_only).map(Start::After)
}

fn explain(reason: &NoSelection, feed: &Feed) -> (&'static str, String) {
    let names = feed.names().join("`, `");
    match reason {
        NoSelection::SourceNeeded => (
            "required",
            format!("is needed here, because the modules have databases of their own: one of `{names}`"),
        ),
        NoSelection::UnknownSource => ("invalid_value", format!("must be one of `{names}`")),
    }
}

fn last_event_id(request: &HttpRequest) -> Result<Option<Start>, Problem> {
    let Some(value) = request.headers().get("Last-Event-ID") else { return Ok(None) };
    let start = value.to_str().ok().and_then(parse_start);
    start.map(Some).ok_or_else(|| {
        let detail = "must be the `id` of an event of this feed, a whole number";
        Failure::query(vec![Fault::new("Last-Event-ID", "invalid_value", detail)]).into()
    })
}

fn wants_stream(request: &HttpRequest) -> bool {
    request
        .headers()
        .get_all(header::ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            range.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
        })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0", Some(Start::After(0)))]
    #[case("42", Some(Start::After(42)))]
    #[case("newest", Some(Start::Newest))]
    #[case("-1", None)]
    #[case("+1", None)]
    #[case("", None)]
    #[case("9223372036854775808", None)]
    fn starts_are_sequences_or_newest(#[case] text: &str, #[case] wanted: Option<Start>) {
        assert_eq!(parse_start(text), wanted);
    }

    #[rstest]
    #[case("text/event-stream", true)]
    #[case("application/json, Text/Event-Stream;q=0.5", true)]
    #[case("application/json", false)]
    #[case("*/*", false)]
    fn a_stream_must_be_asked_for(#[case] accept: &str, #[case] wanted: bool) {
        let request = TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();
        assert_eq!(wants_stream(&request), wanted);
    }
}
