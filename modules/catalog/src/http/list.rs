//! `GET /products`

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::{Map, Value};
use vitrine_cache::CachedResponse;
use vitrine_kernel::Version;
use vitrine_web::{Caller, Problem, QueryParams, etag_of, respond};

use super::list_query::read_request;
use super::state::visibility_of;
use super::{CatalogState, ProductView};
use crate::search::highlight::Highlight;
use crate::search::request::Visibility;
use crate::search::service::ListAnswer;

/// Browse and search.
///
/// A repeated filter means "or", different filters "and". `q` is text, never a language: words, `"phrases"`, `-not`; case, accents and
/// inflections make no difference, and where nothing is found as it was typed, it is corrected (`did_you_mean`). The last word also
/// finds words that begin so. Without `q` the newest come first. Products without a price come last when sorting by price, in both
/// directions. Anonymous callers see active products; those with `product:read_unpublished` see all unless they filter by `status`.
///
/// `facets` counts over the whole result, each as if its own filter were not there: at most 100 values, the most frequent first. A
/// category's `count` has the products below it too. Prices are those of the cheapest variants, in `currency` or else in the currency
/// that most products have.
#[utoipa::path(
    get,
    operation_id = "list_products",
    path = "/api/v1/products",
    tag = "products",
    params(
        ("q" = Option<String>, Query, description = "What to look for", example = "red shoes -\"high heel\""),
        ("category" = Option<Vec<String>>, Query, description = "Id or slug; the descendants too. An unknown one is 400"),
        ("descendants" = Option<bool>, Query, description = "`false`: in the category itself only"),
        ("brand" = Option<Vec<String>>, Query, description = "Case and accents make no difference"),
        ("tag" = Option<Vec<String>>, Query, description = "Case and accents make no difference"),
        ("status" = Option<Vec<String>>, Query, description = "`draft`, `active`, `archived`; others than `active` need `product:read_unpublished`"),
        ("sku" = Option<Vec<String>>, Query, description = "The SKU of a variant, exactly"),
        ("price_min" = Option<String>, Query, description = "The least price of the cheapest variant: a decimal number", example = "19.99"),
        ("price_max" = Option<String>, Query, description = "The greatest price of the cheapest variant"),
        ("currency" = Option<String>, Query, description = "Only products with a price in it; price filters, sorts and facets are then about that. Without it each product's own currency counts"),
        ("updated_since" = Option<String>, Query, description = "RFC 3339"),
        ("attr.<key>" = Option<Vec<String>>, Query, description = "The value of an attribute or option. `attr.<key>.min` and `attr.<key>.max` bound numbers and dates"),
        ("sort" = Option<String>, Query, description = "`relevance` (the default with `q`), `price`, `name`, `created_at`, `updated_at`; `-` before it for descending. Default without `q`: `-created_at`"),
        ("facets" = Option<String>, Query, description = "`brand`, `category`, `price`, `tag`, `attr.<key>`, divided by commas; at most 20"),
        ("highlight" = Option<bool>, Query, description = "Mark what was found, HTML-safe"),
        ("count" = Option<String>, Query, description = "`none`, `estimated` (exact below 10,000), `exact`: adds `total`"),
        ("limit" = Option<u16>, Query, description = "1 to 100; 20"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before, with the same filters and sort"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the caller has"),
    ),
    responses(
        (status = 200, description = "A page", body = super::list_schema::ProductPage, headers(
            ("ETag" = String, description = "For `If-None-Match`"),
            ("Link" = String, description = "`rel=\"next\"`: the next page"),
        )),
        (status = 304, description = "The caller has it already"),
    ),
)]
pub(super) async fn handle(
    request: HttpRequest,
    params: QueryParams,
    caller: Caller,
    state: Data<CatalogState>,
) -> Result<HttpResponse, Problem> {
    let visibility = visibility_of(&caller);
    let asked = read_request(&params, visibility)?;
    let key = format!("list {visibility:?} {}", params.canonical(&[]));
    // Before the database is read: see `vitrine_cache`.
    let stamp = state.epochs.lists();
    if let Some(answer) = state.lists.get(key.as_str(), stamp) {
        return Ok(respond::cached(&request, &answer));
    }
    let found = state.search.list(&asked, visibility).await?;
    let body = respond::to_json(&ListBody::from(&found))?;
    let answer = ready(body, visibility).with_next_cursor(found.next_cursor.as_deref());
    state.lists.put(key, stamp, answer.clone());
    Ok(respond::cached(&request, &answer))
}

/// An answer to keep. What is no resource has no version.
pub(super) fn ready(body: Vec<u8>, visibility: Visibility) -> CachedResponse {
    let etag = etag_of(Version(0), &body);
    CachedResponse::new(body, etag, visibility == Visibility::Published)
}

#[derive(Serialize)]
struct ListBody<'a> {
    items: Vec<Item<'a>>,
    next_cursor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    did_you_mean: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facets: Option<Map<String, Value>>,
}

#[derive(Serialize)]
struct Item<'a> {
    #[serde(flatten)]
    product: ProductView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    highlight: Option<&'a Highlight>,
}

impl<'a> From<&'a ListAnswer> for ListBody<'a> {
    fn from(found: &'a ListAnswer) -> Self {
        let items = found.items.iter().map(|item| Item {
            product: ProductView::from(&item.product),
            highlight: item.highlight.as_ref(),
        });
        // Names and numbers under names: they always serialise.
        let facet = |answer| serde_json::to_value(answer).unwrap_or_default();
        let facets = found.facets.iter().map(|(name, answer)| (name.name(), facet(answer)));
        Self {
            items: items.collect(),
            next_cursor: found.next_cursor.as_deref(),
            total: found.total,
            did_you_mean: found.did_you_mean.as_deref(),
            facets: (!found.facets.is_empty()).then(|| facets.collect()),
        }
    }
}
