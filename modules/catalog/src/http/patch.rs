//! `PATCH /products/{id}`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::ProductId;
use vitrine_web::{Caller, PatchBody, PathParam, Precondition, Problem, respond};

use super::CatalogState;
use super::state::{refuse_query, visibility_of};
use super::view::render;

/// Changes a product by a JSON merge patch (RFC 7396): `null` removes, objects merge, arrays are replaced.
///
/// Variants keep their ids: a variant in the patch is the one whose `id` it gives, else the one that has its SKU, else the
/// one that has its options; any other is new. The only variant of a product without options may be patched by `sku`,
/// `price`, … at the top. A patch that changes nothing makes no new version.
#[utoipa::path(
    patch,
    operation_id = "patch_product",
    path = "/api/v1/products/{id}",
    tag = "products",
    params(
        ("id" = uuid::Uuid, Path, description = "The product"),
        ("If-Match" = String, Header, description = "The `ETag` of the version that was read, or `*`"),
    ),
    request_body(
        content = super::schema::ProductPatch,
        content_type = "application/merge-patch+json",
        example = json!({"price": {"amount": "8.50"}, "tags": ["kitchen", "sale"], "brand": null}),
    ),
    responses(
        (status = 200, description = "The product as it is now", body = super::schema::ProductDetails, headers(("ETag" = String, description = "Of the new version"))),
        (status = 409, description = "The slug, the external id or a SKU belongs to another product"),
        (status = 412, description = "The product has changed since", headers(("ETag" = String, description = "Of the current version"))),
        (status = 428, description = "`If-Match` is missing"),
    ),
)]
pub(super) async fn handle(
    request: HttpRequest,
    path: PathParam,
    caller: Caller,
    Precondition(expected): Precondition,
    body: PatchBody,
    state: Data<CatalogState>,
) -> Result<HttpResponse, Problem> {
    refuse_query(&request)?;
    let id: ProductId = path.id("product")?;
    let visibility = visibility_of(&caller);
    match state.service.patch(id, expected, body.value, &caller).await {
        Ok(details) => {
            let rendered = render(&details, visibility);
            Ok(respond::ok_versioned(&request, &rendered.etag, rendered.body))
        }
        Err(failure) => Err(state.explain(failure, id, visibility).await),
    }
}
