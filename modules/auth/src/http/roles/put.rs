use actix_web::HttpResponse;
use actix_web::web::Data;
use vitrine_kernel::{ErrorCode, Failure, Fault};
use vitrine_web::{BASE_PATH, Caller, JsonBody, PathParam, Problem, PutPrecondition};

use crate::domain::{Role, RoleName, read_role_permissions};
use crate::http::put::{answer, mode_of, with_current};
use crate::service::AuthService;

/// What a role permits.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
struct RoleBody {
    /// Names of permissions.
    #[schema(example = json!(["product:write", "product:delete"]))]
    permissions: Vec<String>,
}

/// Creates a role (`If-None-Match: *`), or replaces its permissions (`If-Match`). `admin` can't lose any. Nobody can add a
/// permission they don't have: 403.
#[utoipa::path(
    put, path = "/api/v1/auth/roles/{name}", tag = "auth", operation_id = "put_role",
    params(
        ("name" = String, Path, description = "A lower-case letter, then up to 62 lower-case letters, digits, `_` and `-`."),
        ("If-None-Match" = Option<String>, Header, description = "`*` to create."),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the version to replace, or `*`."),
    ),
    request_body = inline(RoleBody),
    responses(
        (status = 200, description = "Replaced.", body = Role),
        (status = 201, description = "Created.", body = Role),
    )
)]
pub(crate) async fn handle(
    caller: Caller,
    service: Data<AuthService>,
    path: PathParam,
    precondition: PutPrecondition,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    let mut faults = Vec::new();
    let name = RoleName::parse(path.as_str());
    if name.is_none() {
        let detail = "must be a lower-case letter, then up to 62 lower-case letters, digits, `_` and `-`: it is the last part of the path";
        faults.push(Fault::new("name", "invalid_name", detail));
    }
    let permissions = read_role_permissions(&body.value, &mut faults);
    let Some(name) = name.filter(|_| faults.is_empty()) else {
        return Err(Failure::validation(faults).into());
    };
    match service.put_role(&caller, name.clone(), permissions, mode_of(precondition)).await {
        Ok((role, written)) => {
            answer(&role, role.version, written, &format!("{BASE_PATH}/auth/roles/{}", role.name))
        }
        Err(failure) if failure.code() == ErrorCode::PreconditionFailed => {
            Err(with_current(failure, service.find_role(name).await, |role| role.version))
        }
        Err(failure) => Err(failure.into()),
    }
}
