use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::Failure;
use vitrine_web::{PathParam, Problem, etag_of, respond};

use super::role_in_path;
use crate::domain::Role;
use crate::service::AuthService;

/// One role, with its `ETag`.
#[utoipa::path(
    get, path = "/api/v1/auth/roles/{name}", tag = "auth", operation_id = "read_role",
    params(("name" = String, Path, description = "The role's name.")),
    responses((status = 200, description = "The role.", body = Role))
)]
pub(crate) async fn handle(
    request: HttpRequest,
    service: Data<AuthService>,
    path: PathParam,
) -> Result<HttpResponse, Problem> {
    let name = role_in_path(path.as_str())?;
    let role = service.find_role(name.clone()).await?.ok_or_else(|| Failure::not_found("role", name))?;
    let body = respond::to_json(&role)?;
    Ok(respond::ok_versioned(&request, &etag_of(role.version, &body), body))
}
