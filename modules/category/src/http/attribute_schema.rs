use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_cache::CachedResponse;
use vitrine_kernel::CategoryId;
use vitrine_web::{BASE_PATH, Caller, PathParam, Problem, QueryParams, etag_of, respond};

use super::HttpState;
use super::state::{CacheKey, audience};
use crate::domain::Audience;

/// The attributes in force in a category, its own and inherited ones, as JSON Schema (draft 2020-12).
///
/// What JSON Schema has no word for stands under `x-unit` and `x-facet`. A key defined twice is in force as the nearest category
/// defines it.
#[utoipa::path(
    get, path = "/api/v1/categories/{id}/attribute-schema", tag = "categories", operation_id = "categories_attribute_schema",
    params(("id" = String, Path, format = Uuid, description = "The category's id.")),
    responses(
        (status = 200, description = "The schema.", body = Object, example = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"screen_size": {"title": "Screen size", "type": "number", "x-unit": "in", "x-facet": true}},
            "required": [],
        })),
        (status = 304, description = "You have it already."),
    )
)]
pub(super) async fn handle(
    request: HttpRequest,
    state: Data<HttpState>,
    caller: Caller,
    id: PathParam,
    params: QueryParams,
) -> Result<HttpResponse, Problem> {
    params.reader().finish()?;
    let (id, audience) = (id.id::<CategoryId>("category")?, audience(&caller));
    let key = CacheKey::AttributeSchema(id, audience);
    let stamp = match state.kept(&key) {
        Ok(answer) => return Ok(respond::cached(&request, &answer)),
        Err(stamp) => stamp,
    };
    let address = format!("{BASE_PATH}/categories/{id}/attribute-schema");
    let (category, schema) = state.service.attribute_schema(id, audience, &address).await?;
    let body = respond::to_json(&schema)?;
    let etag = etag_of(category.version, &body);
    let answer = CachedResponse::new(body, etag, audience == Audience::Public);
    state.keep(key, stamp, &answer);
    Ok(respond::cached(&request, &answer))
}
