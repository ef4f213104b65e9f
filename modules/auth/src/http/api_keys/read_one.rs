use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_kernel::{Failure, KeyId, Version};
use vitrine_web::{PathParam, Problem, etag_of, respond};

use crate::domain::ApiKey;
use crate::service::AuthService;

/// One API key, with its `ETag`; never the key itself.
#[utoipa::path(
    get, path = "/api/v1/auth/api-keys/{id}", tag = "auth", operation_id = "read_api_key",
    params(("id" = String, Path, format = Uuid, description = "The key's id.")),
    responses((status = 200, description = "The API key.", body = ApiKey))
)]
pub(crate) async fn handle(
    request: HttpRequest,
    service: Data<AuthService>,
    path: PathParam,
) -> Result<HttpResponse, Problem> {
    let id: KeyId = path.id("API key")?;
    let key = service.find_api_key(id).await?.ok_or_else(|| Failure::not_found("API key", id))?;
    let body = respond::to_json(&key)?;
    Ok(respond::ok_versioned(&request, &etag_of(Version::FIRST, &body), body))
}
