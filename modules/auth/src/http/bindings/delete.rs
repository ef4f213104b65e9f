use actix_web::HttpResponse;
use actix_web::web::Data;
use vitrine_kernel::ErrorCode;
use vitrine_web::{Caller, PathParam, Precondition, Problem, respond};

use crate::domain::BindingId;
use crate::http::put::with_current;
use crate::service::AuthService;

/// Deletes a binding.
#[utoipa::path(
    delete, path = "/api/v1/auth/bindings/{id}", tag = "auth", operation_id = "delete_binding",
    params(
        ("id" = String, Path, format = Uuid, description = "The binding's id."),
        ("If-Match" = String, Header, description = "The binding's `ETag`, or `*`."),
    ),
    responses((status = 204, description = "Deleted."), (status = 409, description = "No admin would be left."))
)]
pub(crate) async fn handle(
    caller: Caller,
    service: Data<AuthService>,
    path: PathParam,
    precondition: Precondition,
) -> Result<HttpResponse, Problem> {
    let id: BindingId = path.id("binding")?;
    match service.delete_binding(&caller, id, precondition.0).await {
        Ok(()) => Ok(respond::no_content()),
        Err(failure) if failure.code() == ErrorCode::PreconditionFailed => {
            Err(with_current(failure, service.find_binding(id).await, |binding| binding.version))
        }
        Err(failure) => Err(failure.into()),
    }
}
