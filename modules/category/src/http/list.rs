use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_web::{Caller, Problem, QueryParams};

use super::HttpState;
use super::documents::{ListParams, PageDocument};
use super::list_query::{Asked, ListQuery, Question};
use super::state::audience;
use crate::domain::listing::Scope;

/// Browse and search categories.
#[utoipa::path(
    get, path = "/api/v1/categories", tag = "categories", operation_id = "categories_list",
    params(
        ("parent" = Option<String>, Query, description = "Children of this category (id or slug), or `root` for the top.", example = "root"),
        ListParams,
    ),
    responses((status = 200, description = "A page; `Link` leads to the next one.", body = PageDocument))
)]
pub(super) async fn handle(
    request: HttpRequest,
    state: Data<HttpState>,
    caller: Caller,
    params: QueryParams,
) -> Result<HttpResponse, Problem> {
    let audience = audience(&caller);
    let question = match Question::ask(&request, &state, &params, audience) {
        Asked::Open(question) => question,
        Asked::Answered(answer) => return Ok(answer),
    };
    let mut reader = params.reader();
    let parent = reader.one("parent");
    let query = ListQuery::read(&mut reader);
    let scope = match parent {
        None => Scope::Everything,
        Some("root") => Scope::Roots,
        Some(name) => {
            if let Some(parent) = state.service.find_named(name, audience).await? {
                Scope::ChildrenOf(parent.id)
            } else {
                let shown: String = name.chars().take(80).collect();
                let detail = format!("there is no category `{shown}`; give an id or a slug, or `root`");
                reader.fault("parent", "unknown_category", detail);
                Scope::Roots
            }
        }
    };
    reader.finish()?;
    question.page(scope, query).await
}
