//! `DELETE /products/{id}`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::ProductId;
use vitrine_web::{Caller, PathParam, Precondition, Problem, respond};

use super::CatalogState;
use super::state::{refuse_query, visibility_of};

/// Deletes a product softly: it is no longer found, its slug, external id and SKUs are free for others, and it can be restored.
#[utoipa::path(
    delete,
    operation_id = "delete_product",
    path = "/api/v1/products/{id}",
    tag = "products",
    params(
        ("id" = uuid::Uuid, Path, description = "The product"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read, or `*`"),
    ),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 412, description = "The product has changed since", headers(("ETag" = String, description = "Of the current version"))),
        (status = 428, description = "`If-Match` is missing"),
    ),
)]
pub(super) async fn handle(
    request: HttpRequest,
    path: PathParam,
    caller: Caller,
    Precondition(expected): Precondition,
    state: Data<CatalogState>,
) -> Result<HttpResponse, Problem> {
    refuse_query(&request)?;
    let id: ProductId = path.id("product")?;
    match state.service.delete(id, expected, &caller).await {
        Ok(()) => Ok(respond::no_content()),
        Err(failure) => Err(state.explain(failure, id, visibility_of(&caller)).await),
    }
}
