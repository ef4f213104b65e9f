//! `POST /products/batch`

mod answer;
mod operation;
pub(super) mod schema;

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::{Failure, ObjectReader, Permission};
use vitrine_web::{Caller, Idempotency, JsonBody, Problem, QueryParams};

use super::CatalogState;
use crate::service::{BatchOptions, ProductWrite};
use crate::store::{OnError, WriteReport};
use operation::Operation;

/// The most operations of one batch.
const MOST_OPERATIONS: usize = 1000;

/// Writes up to 1,000 products in one transaction.
///
/// An operation is one of
/// `{"op": "create", "product": {…}}`,
/// `{"op": "update", "id": "…", "version": 3, "patch": {…}}`,
/// `{"op": "upsert", "product": {…}}` (as a row of an import),
/// `{"op": "delete", "id": "…", "version": 3}` and
/// `{"op": "restore", "id": "…"}`. Later ones see what earlier ones did. Where `version` is given, another one is 412 for
/// that operation. Deleting and restoring also need the permission `product:delete`.
///
/// With `on_error=abort` (the default) one bad operation undoes all: the answer is 422 and nothing was written. With
/// `on_error=skip` the good ones are written, and the answer is 200. Either way `items` has an answer for each operation, in order,
/// with the status that it would have had alone; one that was fine and undone because of others has 424.
#[utoipa::path(
    post,
    path = "/api/v1/products/batch",
    tag = "products",
    operation_id = "batch_products",
    params(
        ("on_error" = Option<String>, Query, description = "`abort` (default) or `skip`"),
        ("validate_only" = Option<bool>, Query, description = "Says what the batch would do, and writes nothing"),
        ("Idempotency-Key" = Option<String>, Header, description = "A batch sent again within 24 h under the same key is answered as it was the first time"),
    ),
    request_body(content = schema::BatchBody, example = json!({"operations": [
        {"op": "create", "product": {"name": "Mug", "sku": "MUG-1"}},
        {"op": "update", "id": "01890a5d-ac96-774b-bcce-b302099a8057", "version": 3, "patch": {"status": "active"}},
        {"op": "upsert", "product": {"external_id": "erp-7", "name": "Cup", "category_slugs": ["cups"]}},
        {"op": "delete", "id": "01890a5d-ac96-774b-bcce-b302099a8057"},
    ]})),
    responses(
        (status = 200, description = "The batch was written (with `on_error=skip`: its good operations)", body = schema::BatchAnswer),
        (status = 422, description = "Nothing was written: the body is wrong, or an operation failed and `on_error=abort`; `items` has an answer for each operation"),
    ),
)]
pub(super) async fn handle(
    request: HttpRequest,
    caller: Caller,
    idempotency: Idempotency,
    body: JsonBody,
    state: Data<CatalogState>,
) -> Result<HttpResponse, Problem> {
    let options = options(&request)?;
    let operations = read_operations(&body)?;
    let names: Vec<_> = operations.iter().map(Operation::name).collect();
    let may_delete = caller.may(Permission::ProductDelete);
    let writes: Vec<ProductWrite> =
        operations.into_iter().map(|operation| operation.into_write(may_delete)).collect();
    let render = move |report: &WriteReport| answer::render(report, &names, options);
    idempotency
        .run(&state.db, &body, Arc::new(render), |recorder| async {
            state.service.write_many(writes, options, &caller, recorder).await
        })
        .await
}

fn options(request: &HttpRequest) -> Result<BatchOptions, Failure> {
    let params = QueryParams::parse(request.query_string());
    let mut query = params.reader();
    let on_error = query.parsed("on_error", "`abort` or `skip`", |name| match name {
        "abort" => Some(OnError::Abort),
        "skip" => Some(OnError::Skip),
        _ => None,
    });
    let validate_only = query.boolean("validate_only").unwrap_or_default();
    query.finish()?;
    Ok(BatchOptions { on_error: on_error.unwrap_or(OnError::Abort), validate_only })
}

fn read_operations(body: &JsonBody) -> Result<Vec<Operation>, Failure> {
    let mut faults = Vec::new();
    let mut reader = ObjectReader::new(&body.value, "", &mut faults);
    if reader.value("operations").is_none() {
        reader.fault("operations", "required", "is required: the list of what to do");
    }
    let items = reader.array("operations", MOST_OPERATIONS).unwrap_or_default();
    let operations = items.into_iter().map(|(pointer, item)| Operation::read(&pointer, item)).collect();
    reader.finish(&[]);
    if !faults.is_empty() {
        return Err(Failure::validation(faults));
    }
    Ok(operations)
}
