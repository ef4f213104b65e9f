//! `GET /products/export`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_web::{Problem, rows};

use super::CatalogState;

/// All products that are not deleted, drafts too, as a stream of rows that an import takes.
///
/// Importing them again changes nothing; importing them elsewhere makes the same products, if the categories are there: they are
/// named by their external ids (or, where one of a product's categories has none, by their slugs). Ids, versions and times are not
/// part of it. Because it shows everything, it needs the permission to import.
///
/// In CSV a product without options has its price, SKU and so on in columns; others have their variants as JSON in `variants`.
#[utoipa::path(
    get,
    path = "/api/v1/products/export",
    tag = "products",
    operation_id = "export_products",
    params(("format" = Option<String>, Query, description = "`ndjson` (default) or `csv`; `Accept: text/csv` says it too")),
    responses((status = 200, description = "One product a row", content(
        (String = "application/x-ndjson"), (String = "text/csv")
    ))),
)]
pub(super) async fn handle(request: HttpRequest, state: Data<CatalogState>) -> Result<HttpResponse, Problem> {
    let format = rows::export_format(&request)?;
    Ok(rows::export("products", format, state.service.export(format)))
}
