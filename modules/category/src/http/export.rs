use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_web::{Problem, rows};

use crate::bulk::CategoryBulk;

/// All categories, hidden ones too, as a stream of rows that an import takes: parents before their children, siblings in order.
///
/// Importing them again changes nothing; importing them elsewhere makes the same tree. Ids, versions and times are not part of it.
/// Because it shows everything, it needs the permission to write.
#[utoipa::path(
    get, path = "/api/v1/categories/export", tag = "categories", operation_id = "categories_export",
    params(("format" = Option<String>, Query, description = "`ndjson` (default) or `csv`; `Accept: text/csv` says it too.")),
    responses((status = 200, description = "One category a row.", content(
        (String = "application/x-ndjson"), (String = "text/csv")
    )))
)]
pub(super) async fn handle(request: HttpRequest, bulk: Data<CategoryBulk>) -> Result<HttpResponse, Problem> {
    let format = rows::export_format(&request)?;
    Ok(rows::export("categories", format, bulk.export(format)))
}
