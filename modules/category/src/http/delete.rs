use actix_web::HttpResponse;
use actix_web::web::Data;
use vitrine_web::{Caller, PathParam, Precondition, Problem, QueryParams, respond};

use super::state::audience;
use super::{HttpState, answers};
use crate::store::DeletePolicy;

/// Delete a category.
///
/// `refuse`: not while it has children or products. `reparent`: its children take its place, its products go to its parent (those of
/// a root into no category). `cascade`: all below it is deleted too; the products stay, without those categories.
#[utoipa::path(
    delete, path = "/api/v1/categories/{id}", tag = "categories", operation_id = "categories_delete",
    params(
        ("id" = String, Path, format = Uuid, description = "The category's id."),
        ("policy" = Option<String>, Query, pattern = "^(refuse|reparent|cascade)$",
            description = "What happens to what is in it: `refuse` (if left out), `reparent` or `cascade`."),
        ("If-Match" = String, Header, description = "The `ETag` of the version you have read, or `*`."),
    ),
    responses(
        (status = 204, description = "Deleted."),
        (status = 409, description = "It has children or products, and the policy is `refuse`."),
        (status = 412, description = "The category has changed; `ETag` is the current one."),
        (status = 428, description = "`If-Match` is missing."),
    )
)]
pub(super) async fn handle(
    state: Data<HttpState>,
    caller: Caller,
    id: PathParam,
    params: QueryParams,
    expected: Precondition,
) -> Result<HttpResponse, Problem> {
    let mut reader = params.reader();
    let policy = reader.parsed("policy", "must be `refuse`, `reparent` or `cascade`", |name| match name {
        "refuse" => Some(DeletePolicy::Refuse),
        "reparent" => Some(DeletePolicy::Reparent),
        "cascade" => Some(DeletePolicy::Cascade),
        _ => None,
    });
    reader.finish()?;
    let id = id.id("category")?;
    match state.service.delete(id, expected.0, policy.unwrap_or_default(), &caller).await {
        Ok(()) => Ok(respond::no_content()),
        Err(failure) => Err(answers::with_current_etag(&state, id, audience(&caller), failure).await),
    }
}
