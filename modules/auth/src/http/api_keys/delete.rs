use actix_web::HttpResponse;
use actix_web::web::Data;
use vitrine_kernel::{ErrorCode, KeyId, Version};
use vitrine_web::{Caller, PathParam, Precondition, Problem, respond};

use crate::http::put::with_current;
use crate::service::AuthService;

/// Revokes an API key: it is refused from the next request on.
#[utoipa::path(
    delete, path = "/api/v1/auth/api-keys/{id}", tag = "auth", operation_id = "delete_api_key",
    params(
        ("id" = String, Path, format = Uuid, description = "The key's id."),
        ("If-Match" = String, Header, description = "The key's `ETag`, or `*`."),
    ),
    responses(
        (status = 204, description = "Revoked."),
        (status = 409, description = "It is the last valid key with `auth:admin`."),
    )
)]
pub(crate) async fn handle(
    caller: Caller,
    service: Data<AuthService>,
    path: PathParam,
    precondition: Precondition,
) -> Result<HttpResponse, Problem> {
    let id: KeyId = path.id("API key")?;
    match service.delete_api_key(&caller, id, precondition.0).await {
        Ok(()) => Ok(respond::no_content()),
        Err(failure) if failure.code() == ErrorCode::PreconditionFailed => {
            Err(with_current(failure, service.find_api_key(id).await, |_| Version::FIRST))
        }
        Err(failure) => Err(failure.into()),
    }
}
