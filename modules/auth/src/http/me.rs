use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Serialize;
use utoipa::ToSchema;
use vitrine_kernel::{Permissions, PrincipalKind, Timestamp};
use vitrine_web::{Caller, Problem, respond};

/// A caller, as the module sees them.
#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
struct MeView<'a> {
    /// Stable and unique; histories name it.
    #[schema(example = "key:0199f0a2-5b1c-7c3e-9d5e-0f6f1d2c3b4a")]
    subject: &'a str,
    /// A name for people.
    name: &'a str,
    /// How they came in: `anonymous`, `api_key`, `user` or `operator`.
    #[schema(value_type = String, example = "api_key")]
    kind: PrincipalKind,
    /// Their roles, sorted.
    roles: &'a [String],
    /// What they may do.
    #[schema(value_type = Vec<String>, example = json!(["product:write"]))]
    permissions: Permissions,
    /// When the credential ends; `null` for never.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Who am I? Anonymous callers get an answer too.
#[utoipa::path(
    get, path = "/api/v1/auth/me", tag = "auth", operation_id = "auth_me",
    responses((status = 200, description = "The caller.", body = inline(MeView)))
)]
pub(crate) async fn handle(caller: Caller) -> Result<HttpResponse, Problem> {
    let view = MeView {
        subject: &caller.subject,
        name: &caller.name,
        kind: caller.kind,
        roles: &caller.roles,
        permissions: caller.permissions,
        expires_at: caller.expires_at,
    };
    let mut response = respond::json(&view)?;
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(response)
}
