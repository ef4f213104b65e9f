//! `POST /products/import`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::Principal;
use vitrine_web::{Caller, Problem, Upload, rows};

use super::CatalogState;
use crate::service::{ImportOptions, ProductRows};

/// Creates and changes products from a stream of rows, without a limit of length.
///
/// A row has the members of a product's body. Its categories may be given as `category_external_ids` or `category_slugs` instead of
/// `category_ids`. It meets the product that has its `external_id`, or else one of its SKUs, or else (if it has neither) its `slug`,
/// and is applied to it like a merge patch: what the row doesn't have stays, `null` removes. Where there is no such product, it is
/// created. So the same file can be sent again, also after an import that broke off: rows that were written are `unchanged`.
///
/// CSV (UTF-8, commas, quotes as in RFC 4180) has a header row with the same names. `category_external_ids`, `category_slugs`,
/// `category_ids`, `tags` and `options` are lists divided by `|` (`\|` is a bar inside an item); `price` and `compare_at_price`
/// are amounts in the row's `currency`; `variants`, `prices`, `media`, `metadata` and `attributes` are JSON; `attr.<key>` is one
/// attribute, typed by the schema of the product's categories. An empty cell says nothing: what it would name stays.
///
/// A bad row is skipped alone. The answer is NDJSON with a line for each, `{"line": 7, "external_id": "…", "errors": […]}`, and as
/// its last line `{"summary": {"rows", "created", "updated", "unchanged", "rejected", "validate_only", "seconds"}}`. Lines are
/// counted from 1, a CSV header included. A row may have 1 MiB.
#[utoipa::path(
    post,
    path = "/api/v1/products/import",
    tag = "products",
    operation_id = "import_products",
    params(
        ("format" = Option<String>, Query, description = "`ndjson` or `csv`, where the `Content-Type` doesn't say it"),
        ("validate_only" = Option<bool>, Query, description = "Says what an import would do, and writes nothing"),
    ),
    request_body(
        description = "One product a row",
        content((String = "application/x-ndjson"), (String = "text/csv")),
    ),
    responses(
        (status = 200, description = "What became of the rows", body = String, content_type = "application/x-ndjson"),
        (status = 400, description = "The file as a whole can't be read: an unknown CSV column, a body that broke off"),
        (status = 415, description = "Neither NDJSON nor CSV"),
    ),
)]
pub(super) async fn handle(
    request: HttpRequest,
    caller: Caller,
    upload: Upload,
    state: Data<CatalogState>,
) -> Result<HttpResponse, Problem> {
    let options = ImportOptions { validate_only: rows::validate_only(&request)? };
    let (service, actor) = (state.service.clone(), Principal::clone(&caller));
    rows::import(async move {
        let products = ProductRows::of_upload(upload.reader, upload.format);
        service.import(products, options, &actor, &|_| ()).await
    })
    .await
}
