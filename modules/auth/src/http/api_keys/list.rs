use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_web::{Problem, QueryParams, respond};

use crate::domain::ApiKey;
use crate::http::lists::page_request;
use crate::service::AuthService;

/// A page of API keys.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the answer in the OpenAPI document")]
struct ApiKeyPage {
    items: Vec<ApiKey>,
    next_cursor: Option<String>,
    total: Option<u64>,
}

/// All API keys, oldest first; never the keys themselves.
#[utoipa::path(
    get, path = "/api/v1/auth/api-keys", tag = "auth", operation_id = "list_api_keys",
    params(
        ("limit" = Option<u16>, Query, description = "1 to 100; 20 if absent."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
        ("count" = Option<String>, Query, description = "`none` (default), `estimated` or `exact`: whether to add `total`."),
    ),
    responses((status = 200, description = "A page of API keys.", body = inline(ApiKeyPage)))
)]
pub(crate) async fn handle(
    request: HttpRequest,
    service: Data<AuthService>,
    params: QueryParams,
) -> Result<HttpResponse, Problem> {
    let page = service.list_api_keys(page_request(&params)?).await?;
    respond::page(&request, &page)
}
