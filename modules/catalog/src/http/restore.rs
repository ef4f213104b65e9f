//! `POST /products/{id}/restore`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::ProductId;
use vitrine_web::{Caller, PathParam, Problem, respond};

use super::CatalogState;
use super::state::{refuse_query, visibility_of};
use super::view::render;

/// Takes a deletion back. A product that is not deleted stays as it is, so that sending this again does no harm.
#[utoipa::path(
    post,
    operation_id = "restore_product",
    path = "/api/v1/products/{id}/restore",
    tag = "products",
    params(("id" = uuid::Uuid, Path, description = "The product")),
    responses(
        (status = 200, description = "The product as it is now", body = super::schema::ProductDetails, headers(("ETag" = String, description = "Of its version"))),
        (status = 409, description = "Its slug, its external id or a SKU belongs to another product by now: all of them are listed"),
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
    let details = state.service.restore(id, &caller).await?;
    let rendered = render(&details, visibility_of(&caller));
    Ok(respond::ok_versioned(&request, &rendered.etag, rendered.body))
}
