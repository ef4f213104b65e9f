//! `POST /products`

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use vitrine_db::StoredAnswer;
use vitrine_web::{BASE_PATH, Caller, Idempotency, JsonBody, Problem};

use super::CatalogState;
use super::state::{refuse_query, visibility_of};
use super::view::render;
use crate::service::{ProductDetails, Visibility};

/// Creates a product.
///
/// A product without `options` has one variant; its `sku`, `price`, `compare_at_price`, `prices` and `barcode` may stand at
/// the top instead of in `variants`. With `options`, every variant gives a value for each of them. All variants of one
/// product share one main currency; `prices` gives others.
///
/// Attributes are checked against what the product's categories define: types always, required ones when the product is
/// `active`. Keys that no category defines are free.
#[utoipa::path(
    post,
    operation_id = "create_product",
    path = "/api/v1/products",
    tag = "products",
    params(("Idempotency-Key" = Option<String>, Header, description = "A request sent again within 24 h under the same key is answered as it was the first time")),
    request_body(content = super::schema::ProductBody, examples(
        ("simple" = (summary = "One variant", value = json!({
            "name": "Mug", "status": "active", "brand": "Acme", "sku": "MUG-1", "price": {"amount": "9.90", "currency": "EUR"},
            "tags": ["kitchen"], "attributes": {"color": "blue", "weight": 320}
        }))),
        ("variants" = (summary = "Several variants", value = json!({
            "name": "Shirt", "options": ["Size"], "variants": [
                {"sku": "SHIRT-S", "options": {"Size": "S"}, "price": {"amount": "19.99", "currency": "EUR"}},
                {"sku": "SHIRT-M", "options": {"Size": "M"}, "price": {"amount": "19.99", "currency": "EUR"}}
            ]
        }))),
    )),
    responses(
        (status = 201, description = "The new product", body = super::schema::ProductDetails, headers(
            ("Location" = String, description = "Where it is"), ("ETag" = String, description = "For `If-Match`"))),
        (status = 409, description = "The slug, the external id or a SKU belongs to another product: all of them are listed"),
    ),
)]
pub(super) async fn handle(
    request: HttpRequest,
    caller: Caller,
    idempotency: Idempotency,
    body: JsonBody,
    state: Data<CatalogState>,
) -> Result<HttpResponse, Problem> {
    refuse_query(&request)?;
    let visibility = visibility_of(&caller);
    let content = body.value.clone();
    idempotency
        .run(
            &state.db,
            &body,
            Arc::new(move |details: &ProductDetails| created(details, visibility)),
            |recorder| async { state.service.create(content, &caller, recorder).await },
        )
        .await
}

fn created(details: &ProductDetails, visibility: Visibility) -> StoredAnswer {
    let rendered = render(details, visibility);
    let location = format!("{BASE_PATH}/products/{}", details.product.id);
    StoredAnswer {
        status: 201,
        headers: vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
            ("Location".to_owned(), location),
            ("ETag".to_owned(), rendered.etag),
        ],
        body: rendered.body,
    }
}
