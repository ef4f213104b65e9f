use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_web::{Caller, PathParam, Problem, QueryParams, respond};

use super::state::{CacheKey, audience};
use super::views::DetailView;
use super::{HttpState, answers};

/// A category, with its breadcrumbs and its count of products.
#[utoipa::path(
    get, path = "/api/v1/categories/{id}", tag = "categories", operation_id = "categories_read",
    params(
        ("id" = String, Path, format = Uuid, description = "The category's id."),
        ("If-None-Match" = Option<String>, Header, description = "An `ETag` you have: 304 if it is still the current one."),
    ),
    responses(
        (status = 200, description = "The category.", body = DetailView),
        (status = 304, description = "You have it already."),
    )
)]
pub(super) async fn handle(
    request: HttpRequest,
    state: Data<HttpState>,
    caller: Caller,
    id: PathParam,
    params: QueryParams,
) -> Result<HttpResponse, Problem> {
    params.reader().finish()?;
    let (id, audience) = (id.id("category")?, audience(&caller));
    let key = CacheKey::Detail(id, audience);
    let stamp = match state.kept(&key) {
        Ok(answer) => return Ok(respond::cached(&request, &answer)),
        Err(stamp) => stamp,
    };
    let detail = state.service.detail(id, audience).await?;
    let answer = answers::detail(&detail, audience)?;
    // An answer without its count is only good until the catalog is back.
    if detail.product_count.is_some() {
        state.keep(key, stamp, &answer);
    }
    Ok(respond::cached(&request, &answer))
}
