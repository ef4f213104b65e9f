//! `GET /products/by-slug/{slug}`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::{Failure, Slug};
use vitrine_web::{BASE_PATH, Caller, PathParam, Problem, respond};

use super::CatalogState;
use super::read_by_sku::shortened;
use super::state::{cacheable, refuse_query, visibility_of};
use crate::service::FoundBySlug;

/// The product that has this slug. A slug that it had before leads there, by 308.
#[utoipa::path(
    get,
    operation_id = "read_product_by_slug",
    path = "/api/v1/products/by-slug/{slug}",
    tag = "products",
    params(
        ("slug" = String, Path, description = "The slug", example = "blue-mug"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the caller has"),
    ),
    responses(
        (status = 200, description = "The product", body = super::schema::ProductDetails, headers(("ETag" = String, description = "For `If-None-Match` and `If-Match`"))),
        (status = 304, description = "The caller has it already"),
        (status = 308, description = "The product has another slug now", headers(("Location" = String, description = "Where it is"))),
    ),
)]
pub(super) async fn handle(
    request: HttpRequest,
    path: PathParam,
    caller: Caller,
    state: Data<CatalogState>,
) -> Result<HttpResponse, Problem> {
    refuse_query(&request)?;
    let visibility = visibility_of(&caller);
    let found = match Slug::parse(path.as_str()) {
        Some(slug) => state.service.find_by_slug(slug, visibility).await?,
        None => None,
    };
    match found {
        Some(FoundBySlug::Current(details)) => {
            Ok(respond::cached(&request, &cacheable(&details, visibility)))
        }
        Some(FoundBySlug::Moved(slug)) => {
            Ok(respond::moved_permanently(&request, &format!("{BASE_PATH}/products/by-slug/{slug}")))
        }
        None => Err(Failure::not_found("product with the slug", shortened(path.as_str())).into()),
    }
}
