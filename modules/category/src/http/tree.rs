use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_category_api::CategoryKey;
use vitrine_kernel::Failure;
use vitrine_web::{Caller, Problem, QueryParams};

use super::documents::TreeDocument;
use super::list_query::{Asked, Question};
use super::state::audience;
use super::{HttpState, answers};
use crate::domain::tree::MOST_LEVELS;
use crate::service::TreeQuery;

/// Categories nested in each other, siblings in their order.
#[utoipa::path(
    get, path = "/api/v1/categories/tree", tag = "categories", operation_id = "categories_tree",
    params(
        ("root" = Option<String>, Query, description = "The category (id or slug) to begin with; all roots if left out.", example = "home-theater"),
        ("depth" = Option<i32>, Query, minimum = 1, maximum = 64,
            description = "How many levels below `root`; without `root`, 1 shows the roots alone. All if left out."),
    ),
    responses(
        (status = 200, description = "The tree. `has_more` tells where `depth` cut it off.", body = TreeDocument),
        (status = 304, description = "You have it already."),
        (status = 404, description = "There is no such root."),
    )
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
    let root = reader.one("root");
    let expected = format!("must be a whole number from 1 to {MOST_LEVELS}");
    let depth = reader.parsed("depth", &expected, |text| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<i32>().ok()).flatten().filter(|depth| (1..=MOST_LEVELS).contains(depth))
    });
    reader.finish()?;
    let root = match root {
        None => None,
        Some(name) => match state.service.find_named(name, audience).await? {
            Some(category) => Some(CategoryKey::Id(category.id)),
            None => {
                return Err(Failure::not_found("category", name.chars().take(80).collect::<String>()).into());
            }
        },
    };
    let tree = state.service.tree(TreeQuery { root, depth: depth.unwrap_or(MOST_LEVELS) }, audience).await?;
    Ok(question.answer(&answers::tree(&tree, audience)?))
}
