use actix_web::HttpResponse;
use actix_web::web::Data;
use vitrine_kernel::ErrorCode;
use vitrine_web::{Caller, PathParam, Precondition, Problem, respond};

use super::role_in_path;
use crate::http::put::with_current;
use crate::service::AuthService;

/// Deletes a role that no key and no binding has. `admin` stays.
#[utoipa::path(
    delete, path = "/api/v1/auth/roles/{name}", tag = "auth", operation_id = "delete_role",
    params(
        ("name" = String, Path, description = "The role's name."),
        ("If-Match" = String, Header, description = "The role's `ETag`, or `*`."),
    ),
    responses((status = 204, description = "Deleted."), (status = 409, description = "Somebody has the role."))
)]
pub(crate) async fn handle(
    caller: Caller,
    service: Data<AuthService>,
    path: PathParam,
    precondition: Precondition,
) -> Result<HttpResponse, Problem> {
    let name = role_in_path(path.as_str())?;
    match service.delete_role(&caller, name.clone(), precondition.0).await {
        Ok(()) => Ok(respond::no_content()),
        Err(failure) if failure.code() == ErrorCode::PreconditionFailed => {
            Err(with_current(failure, service.find_role(name).await, |role| role.version))
        }
        Err(failure) => Err(failure.into()),
    }
}
