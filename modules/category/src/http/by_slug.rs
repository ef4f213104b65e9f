use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::{Failure, Slug};
use vitrine_web::{BASE_PATH, Caller, PathParam, Problem, QueryParams, respond};

use super::state::{CacheKey, audience};
use super::views::DetailView;
use super::{HttpState, answers};
use crate::service::Located;

/// A category by its slug. A former slug answers 308 to the current one.
#[utoipa::path(
    get, path = "/api/v1/categories/by-slug/{slug}", tag = "categories", operation_id = "categories_read_by_slug",
    params(
        ("slug" = String, Path, description = "A slug, current or former.", example = "home-theater"),
        ("If-None-Match" = Option<String>, Header, description = "An `ETag` you have: 304 if it is still the current one."),
    ),
    responses(
        (status = 200, description = "The category.", body = DetailView),
        (status = 304, description = "You have it already."),
        (status = 308, description = "The category has another slug now; see `Location`."),
    )
)]
pub(super) async fn handle(
    request: HttpRequest,
    state: Data<HttpState>,
    caller: Caller,
    slug: PathParam,
    params: QueryParams,
) -> Result<HttpResponse, Problem> {
    params.reader().finish()?;
    let audience = audience(&caller);
    let shown: String = slug.as_str().chars().take(120).collect();
    let slug = Slug::parse(slug.as_str()).ok_or_else(|| Failure::not_found("category", shown))?;
    let key = CacheKey::BySlug(slug.clone(), audience);
    let stamp = match state.kept(&key) {
        Ok(answer) => return Ok(respond::cached(&request, &answer)),
        Err(stamp) => stamp,
    };
    let detail = match state.service.by_slug(slug, audience).await? {
        Located::Here(detail) => detail,
        Located::Moved(now) => {
            return Ok(respond::moved_permanently(
                &request,
                &format!("{BASE_PATH}/categories/by-slug/{now}"),
            ));
        }
    };
    let answer = answers::detail(&detail, audience)?;
    if detail.product_count.is_some() {
        state.keep(key, stamp, &answer);
    }
    Ok(respond::cached(&request, &answer))
}
