use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::Failure;
use vitrine_web::{PathParam, Problem, etag_of, respond};

use crate::domain::{BindingId, BindingView};
use crate::service::AuthService;

/// One binding, with its `ETag`.
#[utoipa::path(
    get, path = "/api/v1/auth/bindings/{id}", tag = "auth", operation_id = "read_binding",
    params(("id" = String, Path, format = Uuid, description = "The binding's id.")),
    responses((status = 200, description = "The binding.", body = BindingView))
)]
pub(crate) async fn handle(
    request: HttpRequest,
    service: Data<AuthService>,
    path: PathParam,
) -> Result<HttpResponse, Problem> {
    let id: BindingId = path.id("binding")?;
    let binding = service.find_binding(id).await?.ok_or_else(|| Failure::not_found("binding", id))?;
    let body = respond::to_json(&binding)?;
    Ok(respond::ok_versioned(&request, &etag_of(binding.version, &body), body))
}
