use actix_web::HttpResponse;
use actix_web::web::Data;
use vitrine_kernel::ErrorCode;
use vitrine_web::{BASE_PATH, Caller, JsonBody, PathParam, Problem, PutPrecondition};

use crate::domain::{BindingDraft, BindingId, BindingView};
use crate::http::put::{answer, mode_of, with_current};
use crate::service::AuthService;

/// Exactly one of `subject` and `group`.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
struct BindingBody {
    /// The `subject` of a caller, as `/auth/me` tells it.
    #[schema(example = "key:0199f0a2-5b1c-7c3e-9d5e-0f6f1d2c3b4a")]
    subject: Option<String>,
    /// A group or role of an identity provider. It is kept, and does nothing until signing in through one is built.
    group: Option<String>,
    /// The role it gets.
    #[schema(example = "editor")]
    role: String,
}

/// Binds a subject or a group to a role: creates the binding (`If-None-Match: *`, the id is yours to choose, a UUID), or
/// replaces it (`If-Match`). Nobody can give a role that permits more than they may: 403.
#[utoipa::path(
    put, path = "/api/v1/auth/bindings/{id}", tag = "auth", operation_id = "put_binding",
    params(
        ("id" = String, Path, format = Uuid, description = "A UUID of your choice."),
        ("If-None-Match" = Option<String>, Header, description = "`*` to create."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to replace, or `*`."),
    ),
    request_body = inline(BindingBody),
    responses(
        (status = 200, description = "Replaced.", body = BindingView),
        (status = 201, description = "Created.", body = BindingView),
        (status = 409, description = "Another binding does the same, or no admin would be left."),
    )
)]
pub(crate) async fn handle(
    caller: Caller,
    service: Data<AuthService>,
    path: PathParam,
    precondition: PutPrecondition,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    let id: BindingId = path.id("binding")?;
    let draft = BindingDraft::read(&body.value, &service.known_roles().await?)?;
    match service.put_binding(&caller, id, draft, mode_of(precondition)).await {
        Ok((binding, written)) => {
            answer(&binding, binding.version, written, &format!("{BASE_PATH}/auth/bindings/{id}"))
        }
        Err(failure) if failure.code() == ErrorCode::PreconditionFailed => {
            Err(with_current(failure, service.find_binding(id).await, |binding| binding.version))
        }
        Err(failure) => Err(failure.into()),
    }
}
