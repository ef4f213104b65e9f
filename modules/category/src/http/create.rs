use actix_web::HttpResponse;
use actix_web::web::Data;
use vitrine_web::{Caller, Idempotency, JsonBody, Problem, QueryParams};

use super::documents::CategoryBody;
use super::views::DetailView;
use super::{HttpState, answers};
use crate::domain::NewCategory;

/// Create a category, the last among its siblings.
#[utoipa::path(
    post, path = "/api/v1/categories", tag = "categories", operation_id = "categories_create",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours give the first answer again.")),
    request_body = CategoryBody,
    responses(
        (status = 201, description = "Created; see `Location`.", body = DetailView),
        (status = 409, description = "The slug or the external id is in use, or the same request is still being worked on."),
        (status = 422, description = "The content breaks rules, the parent is not there, or the idempotency key came with another body."),
    )
)]
pub(super) async fn handle(
    state: Data<HttpState>,
    caller: Caller,
    params: QueryParams,
    idempotency: Idempotency,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    params.reader().finish()?;
    let new = NewCategory::parse(&body.value)?;
    let render = answers::stored(201, true);
    idempotency.run(&state.db, &body, render, |recorder| state.service.create(new, &caller, recorder)).await
}
