//! `GET /products/{id}/history`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::ProductId;
use vitrine_web::{PathParam, Problem, QueryParams, respond};

use super::CatalogState;

/// Who changed a product what and when, newest first; of deleted products too.
///
/// `changes` has the fields that differ from the version before, each with `from` and `to`; it is empty unless the content
/// changed (`action` is `updated`).
#[utoipa::path(
    get,
    operation_id = "product_history",
    path = "/api/v1/products/{id}/history",
    tag = "products",
    params(
        ("id" = uuid::Uuid, Path, description = "The product"),
        ("limit" = Option<u16>, Query, description = "1 to 100; 20 if absent"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page of its versions", body = super::schema::HistoryPage, headers(("Link" = Option<String>, description = "The next page"))),
    ),
)]
pub(super) async fn handle(
    request: HttpRequest,
    path: PathParam,
    params: QueryParams,
    state: Data<CatalogState>,
) -> Result<HttpResponse, Problem> {
    let id: ProductId = path.id("product")?;
    let mut query = params.reader();
    let (limit, cursor) = (query.limit(), query.cursor());
    query.finish()?;
    let page = state.service.history(id, cursor, limit).await?;
    respond::page(&request, &page)
}
