//! `GET /products/{id}`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::{Failure, ProductId};
use vitrine_web::{Caller, PathParam, Problem, respond};

use super::CatalogState;
use super::state::{refuse_query, visibility_of};

/// One product, with the trail of its primary category and links to all its categories.
///
/// Anonymous callers see active products only.
#[utoipa::path(
    get,
    operation_id = "read_product",
    path = "/api/v1/products/{id}",
    tag = "products",
    params(
        ("id" = uuid::Uuid, Path, description = "The product"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the caller has"),
    ),
    responses(
        (status = 200, description = "The product", body = super::schema::ProductDetails, headers(("ETag" = String, description = "For `If-None-Match` and `If-Match`"))),
        (status = 304, description = "The caller has it already"),
    ),
)]
pub(super) async fn handle(
    request: HttpRequest,
    path: PathParam,
    caller: Caller,
    state: Data<CatalogState>,
) -> Result<HttpResponse, Problem> {
    refuse_query(&request)?;
    let id: ProductId = path.id("product")?;
    match state.load(id, visibility_of(&caller)).await? {
        Some(answer) => Ok(respond::cached(&request, &answer)),
        None => Err(Failure::not_found("product", id).into()),
    }
}
