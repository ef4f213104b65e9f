//! `GET /products/suggest`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::Limit;
use vitrine_web::{Caller, Problem, QueryParams, respond};

use super::CatalogState;
use super::list::ready;
use super::state::visibility_of;

const DEFAULT_LIMIT: u16 = 10;

/// Completions, as you type.
///
/// Brands, categories and longer queries that begin so, then products, the best first. Where nothing begins so, typing errors are
/// corrected and `did_you_mean` says how.
#[utoipa::path(
    get,
    operation_id = "suggest_products",
    path = "/api/v1/products/suggest",
    tag = "products",
    params(
        ("q" = String, Query, description = "What has been typed so far", example = "ipho"),
        ("limit" = Option<u16>, Query, description = "1 to 100; 10"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the caller has"),
    ),
    responses(
        (status = 200, description = "Suggestions", body = super::list_schema::ProductSuggestions, headers(("ETag" = String, description = "For `If-None-Match`"))),
        (status = 304, description = "The caller has it already"),
    ),
)]
pub(super) async fn handle(
    request: HttpRequest,
    params: QueryParams,
    caller: Caller,
    state: Data<CatalogState>,
) -> Result<HttpResponse, Problem> {
    let visibility = visibility_of(&caller);
    let mut reader = params.reader();
    let text = reader.one("q");
    if text.is_none() {
        reader.fault("q", "required", "is required: what has been typed so far; it may be empty");
    }
    let limit = reader.parsed("limit", "must be a whole number from 1 to 100", |text| {
        text.parse().ok().and_then(Limit::new)
    });
    reader.finish()?;
    let key = format!("suggest {visibility:?} {}", params.canonical(&[]));
    // Before the database is read: see `vitrine_cache`.
    let stamp = state.epochs.lists();
    if let Some(answer) = state.lists.get(key.as_str(), stamp) {
        return Ok(respond::cached(&request, &answer));
    }
    let limit = limit.or_else(|| Limit::new(DEFAULT_LIMIT)).unwrap_or_default();
    let found = state.search.suggest(text.unwrap_or_default(), limit, visibility).await?;
    let answer = ready(respond::to_json(&found)?, visibility);
    state.lists.put(key, stamp, answer.clone());
    Ok(respond::cached(&request, &answer))
}
