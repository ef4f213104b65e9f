use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_web::{Problem, Upload, rows};

use crate::bulk::{CategoryBulk, CategoryRows};

/// Creates and changes categories from a stream of rows, without a limit of length.
///
/// A row is `{"external_id", "parent_external_id", "name", "slug", "description", "status", "image_url", "attributes",
/// "metadata"}`; `name` must be there. It meets the category with its `external_id`, or with its `slug` if it has no
/// `external_id`; where there is none, it is created. Members that a row doesn't have stay as they are. `parent_external_id` (or
/// `parent_slug`, or `parent_id`) says where the category belongs, `null` at the top.
///
/// A row may come before its parent, as many rows as one likes: it is put aside until the parent has come. What is left at the
/// end has no parent (`unknown_parent`) or is its own ancestor (`cycle`). Of several rows with one `external_id`, the last one
/// counts. The same file can be sent again, also after an import that broke off: rows that were written are `unchanged`.
///
/// CSV (UTF-8, commas, quotes as in RFC 4180) has a header row with the same names; `attributes` and `metadata` are JSON. An empty
/// cell says nothing: what it would name stays.
///
/// A bad row is skipped alone. The answer is NDJSON with a line for each, `{"line": 7, "external_id": "…", "errors": […]}`, and as
/// its last line `{"summary": {"rows", "created", "updated", "unchanged", "rejected", "validate_only", "seconds"}}`. Lines are
/// counted from 1, a CSV header included. A row may have 1 MiB.
#[utoipa::path(
    post, path = "/api/v1/categories/import", tag = "categories", operation_id = "categories_import",
    params(
        ("format" = Option<String>, Query, description = "`ndjson` or `csv`, where the `Content-Type` doesn't say it."),
        ("validate_only" = Option<bool>, Query, description = "Says what an import would do, and writes nothing."),
    ),
    request_body(description = "One category a row", content((String = "application/x-ndjson"), (String = "text/csv"))),
    responses(
        (status = 200, description = "What became of the rows.", body = String, content_type = "application/x-ndjson"),
        (status = 400, description = "The file as a whole can't be read: an unknown CSV column, a body that broke off."),
        (status = 415, description = "Neither NDJSON nor CSV."),
    )
)]
pub(super) async fn handle(
    request: HttpRequest,
    upload: Upload,
    bulk: Data<CategoryBulk>,
) -> Result<HttpResponse, Problem> {
    let validate_only = rows::validate_only(&request)?;
    let bulk = CategoryBulk::clone(&bulk);
    rows::import(async move {
        let rows = CategoryRows::of_upload(upload.reader, upload.format);
        bulk.import(rows, validate_only, &|_| ()).await
    })
    .await
}
