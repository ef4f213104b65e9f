use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;
use vitrine_db::StoredAnswer;
use vitrine_kernel::Version;
use vitrine_web::{BASE_PATH, Caller, Idempotency, JsonBody, Problem, etag_of, respond};

use crate::domain::{ApiKey, IssuedKey, KeyDraft};
use crate::service::AuthService;

/// What a key shall be.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body in the OpenAPI document")]
struct ApiKeyBody {
    /// A name for people.
    #[schema(example = "shop front")]
    name: String,
    /// At least one role.
    #[schema(example = json!(["editor"]))]
    roles: Vec<String>,
    /// The most it may do, whatever its roles permit.
    #[schema(example = json!(["product:write"]))]
    scopes: Option<Vec<String>>,
    /// From when on it is refused; never, if absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<String>,
}

/// The new key.
#[derive(Serialize, ToSchema)]
struct IssuedKeyView<'a> {
    #[serde(flatten)]
    api_key: &'a ApiKey,
    /// The key itself, shown this once. `null` when the answer is a repeated one (`Idempotency-Replayed`): it is not kept
    /// anywhere, so it can't be shown again.
    #[schema(example = "vtr_0699BKjSIJjgGqs7dfZvvG_7mZ3xv0Yk1nPqR8sT2uVwXyZ4aBcDeFgHiJkLmNoPq5_1a2B3c")]
    key: Option<&'a str>,
}

/// Makes an API key. It is shown in this answer and never again; what is stored can't be turned back into it. Nobody can make
/// a key that may do more than they may: 403.
#[utoipa::path(
    post, path = "/api/v1/auth/api-keys", tag = "auth", operation_id = "create_api_key",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to repeat the request; a repeated answer has no `key`.")),
    request_body = inline(ApiKeyBody),
    responses((status = 201, description = "Made.", body = inline(IssuedKeyView)))
)]
pub(crate) async fn handle(
    caller: Caller,
    service: Data<AuthService>,
    idempotency: Idempotency,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    let work = |recorder| async {
        let draft = KeyDraft::read(&body.value, &service.known_roles().await?, service.now())?;
        service.create_api_key(&caller, draft, recorder).await
    };
    idempotency.run(service.db(), &body, Arc::new(render), work).await
}

fn render(issued: &IssuedKey) -> StoredAnswer {
    let api_key = &issued.api_key;
    let key = issued.key.as_ref().map(ExposeSecret::expose_secret);
    // Of what a read of it shows. Text, lists and times always serialise.
    let etag = etag_of(Version::FIRST, &respond::to_json(api_key).unwrap_or_default());
    StoredAnswer {
        status: 201,
        headers: vec![
            ("location".to_owned(), format!("{BASE_PATH}/auth/api-keys/{}", api_key.id)),
            ("etag".to_owned(), etag),
            ("content-type".to_owned(), "application/json".to_owned()),
            ("cache-control".to_owned(), "no-store".to_owned()),
        ],
        body: respond::to_json(&IssuedKeyView { api_key, key }).unwrap_or_default(),
    }
}
