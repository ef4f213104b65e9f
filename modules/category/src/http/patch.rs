use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_web::{Caller, PatchBody, PathParam, Precondition, Problem, QueryParams, respond};

use super::documents::CategoryPatch;
use super::state::audience;
use super::views::DetailView;
use super::{HttpState, answers};

/// Change a category by a JSON merge patch. What changes nothing makes no version.
#[utoipa::path(
    patch, path = "/api/v1/categories/{id}", tag = "categories", operation_id = "categories_patch",
    params(
        ("id" = String, Path, format = Uuid, description = "The category's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the version you have read, or `*`."),
    ),
    request_body(content = CategoryPatch, content_type = "application/merge-patch+json"),
    responses(
        (status = 200, description = "The category as it is now.", body = DetailView),
        (status = 409, description = "The slug or the external id is in use, or the category would be its own ancestor."),
        (status = 412, description = "The category has changed; `ETag` is the current one."),
        (status = 428, description = "`If-Match` is missing."),
    )
)]
pub(super) async fn handle(
    request: HttpRequest,
    state: Data<HttpState>,
    caller: Caller,
    id: PathParam,
    params: QueryParams,
    expected: Precondition,
    body: PatchBody,
) -> Result<HttpResponse, Problem> {
    params.reader().finish()?;
    let (id, audience) = (id.id("category")?, audience(&caller));
    match state.service.patch(id, expected.0, body.value, &caller).await {
        Ok(detail) => {
            let answer = answers::detail(&detail, audience)?;
            Ok(respond::ok_versioned(&request, &answer.etag, answer.body))
        }
        Err(failure) => Err(answers::with_current_etag(&state, id, audience, failure).await),
    }
}
