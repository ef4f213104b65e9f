use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_web::{Problem, QueryParams, respond};

use crate::domain::BindingView;
use crate::http::lists::page_request;
use crate::service::AuthService;

/// A page of bindings.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the answer in the OpenAPI document")]
struct BindingPage<'a> {
    items: Vec<BindingView<'a>>,
    next_cursor: Option<String>,
    total: Option<u64>,
}

/// All bindings, by id.
#[utoipa::path(
    get, path = "/api/v1/auth/bindings", tag = "auth", operation_id = "list_bindings",
    params(
        ("limit" = Option<u16>, Query, description = "1 to 100; 20 if absent."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
        ("count" = Option<String>, Query, description = "`none` (default), `estimated` or `exact`: whether to add `total`."),
    ),
    responses((status = 200, description = "A page of bindings.", body = inline(BindingPage)))
)]
pub(crate) async fn handle(
    request: HttpRequest,
    service: Data<AuthService>,
    params: QueryParams,
) -> Result<HttpResponse, Problem> {
    let page = service.list_bindings(page_request(&params)?).await?;
    respond::page(&request, &page)
}
