//! `GET /products/by-sku/{sku}`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::Failure;
use vitrine_web::{Caller, PathParam, Problem, respond};

use super::CatalogState;
use super::state::{cacheable, refuse_query, visibility_of};
use crate::store::ProductKey;

/// The product that has a variant with this SKU.
#[utoipa::path(
    get,
    operation_id = "read_product_by_sku",
    path = "/api/v1/products/by-sku/{sku}",
    tag = "products",
    params(
        ("sku" = String, Path, description = "The SKU, exactly; percent-encoded where it has a `/`", example = "MUG-1"),
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
    let visibility = visibility_of(&caller);
    let key = ProductKey::Sku(path.as_str().to_owned());
    match state.service.find(key, visibility).await? {
        Some(details) => Ok(respond::cached(&request, &cacheable(&details, visibility))),
        None => Err(Failure::not_found("product with the SKU", shortened(path.as_str())).into()),
    }
}

/// What was sent is repeated in the message, but not at any length.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
