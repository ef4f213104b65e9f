use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_web::{Caller, PathParam, Problem, QueryParams};

use super::HttpState;
use super::documents::{PageDocument, PageParams};
use super::list_query::{Asked, ListQuery, Question};
use super::state::audience;
use crate::domain::listing::Scope;

/// The categories above a category, the root first.
#[utoipa::path(
    get, path = "/api/v1/categories/{id}/ancestors", tag = "categories", operation_id = "categories_ancestors",
    params(("id" = String, Path, format = Uuid, description = "The category's id."), PageParams),
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
    let scope = Scope::Above(id.id("category")?);
    let mut reader = params.reader();
    let query = ListQuery::read_page(&mut reader);
    reader.finish()?;
    question.page(scope, query).await
}
