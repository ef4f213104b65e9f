use actix_web::http::header::IF_MATCH;
use actix_web::web::Data;
use actix_web::{FromRequest as _, HttpRequest, HttpResponse};
use vitrine_kernel::Expected;
use vitrine_web::{Caller, Idempotency, JsonBody, PathParam, Precondition, Problem, QueryParams, respond};

use super::documents::MoveBody;
use super::state::audience;
use super::views::{DetailView, MovePlanView};
use super::{HttpState, answers};
use crate::domain::placement::Destination;

/// Move a category with all below it: under another parent, or to another place among its siblings.
#[utoipa::path(
    post, path = "/api/v1/categories/{id}/move", tag = "categories", operation_id = "categories_move",
    params(
        ("id" = String, Path, format = Uuid, description = "The category's id."),
        ("validate_only" = Option<bool>, Query, description = "Only tell what the move would touch: the answer is a `CategoryMovePlan`."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version you have read; without it, whatever is there is moved."),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body within 24 hours give the first answer again."),
    ),
    request_body = MoveBody,
    responses(
        (status = 200, description = "The category as it is now; with `validate_only`, what would happen.",
            content((DetailView = "application/json"), (MovePlanView = "application/json"))),
        (status = 409, description = "The category would be its own ancestor."),
        (status = 412, description = "The category has changed; `ETag` is the current one."),
    )
)]
pub(super) async fn handle(
    request: HttpRequest,
    state: Data<HttpState>,
    caller: Caller,
    id: PathParam,
    params: QueryParams,
    idempotency: Idempotency,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    let mut reader = params.reader();
    let validate_only = reader.boolean("validate_only").unwrap_or_default();
    reader.finish()?;
    let (id, audience) = (id.id("category")?, audience(&caller));
    let to = Destination::parse(&body.value)?;
    if validate_only {
        let plan = state.service.plan_move(id, to).await?;
        return respond::json(&MovePlanView::from(plan));
    }
    let expected = if request.headers().contains_key(IF_MATCH) {
        Precondition::extract(&request).await?.0
    } else {
        Expected::Any
    };
    let service = &state.service;
    idempotency
        .run(&state.db, &body, answers::stored(200, false), |recorder| async {
            match service.relocate(id, expected, to, &caller, recorder).await {
                Ok(detail) => Ok(detail),
                Err(failure) => Err(answers::with_current_etag(&state, id, audience, failure).await),
            }
        })
        .await
}
