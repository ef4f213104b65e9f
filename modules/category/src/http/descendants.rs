use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_web::{Caller, PathParam, Problem, QueryParams};

use super::HttpState;
use super::documents::{ListParams, PageDocument};
use super::list_query::{Asked, ListQuery, Question};
use super::state::audience;
use crate::domain::listing::Scope;

/// Everything below a category, parents before their children and siblings in their order.
#[utoipa::path(
    get, path = "/api/v1/categories/{id}/descendants", tag = "categories", operation_id = "categories_descendants",
    params(("id" = String, Path, format = Uuid, description = "The category's id."), ListParams),
    responses((status = 200, description = "A page; `Link` leads to the next one.", body = PageDocument))
)]
pub(super) async fn handle(
    request: HttpRequest,
    state: Data<HttpState>,
    caller: Caller,
    id: PathParam,
    params: QueryParams,
) -> Result<HttpResponse, Problem> {
    let question = match Question::ask(&request, &state, &params, audience(&caller)) {
        Asked::Open(question) => question,
        Asked::Answered(answer) => return Ok(answer),
    };
    let scope = Scope::Below(id.id("category")?);
    let mut reader = params.reader();
    let query = ListQuery::read(&mut reader);
    reader.finish()?;
    question.page(scope, query).await
}
