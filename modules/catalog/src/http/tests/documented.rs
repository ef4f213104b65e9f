//! The OpenAPI document says what is there.

use std::collections::BTreeSet;

use actix_web::http::Method;
use serde_json::{Value, json};
use vitrine_category_api::testing::SeedCategory;

use super::{EDITOR, Server, app_of, get, send_json};
use crate::domain::{BodyKind, NewProduct};
use crate::world::shirt;

fn schema(server: &Server, name: &str) -> Value {
    let document: Value = serde_json::from_slice(server.api.openapi_json()).expect("JSON");
    let schema = document["components"]["schemas"][name].clone();
    assert!(schema.is_object(), "there is no schema {name}");
    schema
}

fn properties(schema: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for part in std::iter::once(schema).chain(schema["allOf"].as_array().into_iter().flatten()) {
        names.extend(part["properties"].as_object().into_iter().flat_map(|members| members.keys().cloned()));
    }
    names
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().expect("an object").keys().cloned().collect()
}

#[actix_web::test]
async fn every_route_is_described() {
    let server = Server::new();
    assert_eq!(server.api.undocumented(), Vec::<String>::new());
    assert_eq!(server.api.unserved(), Vec::<String>::new());
    assert_eq!(server.api.declared_twice(), Vec::<String>::new());
}

#[actix_web::test]
async fn answers_have_the_members_that_are_described() {
    let server = Server::new();
    let app = app_of(&server).await;
    let category = server.categories.add(SeedCategory::named("Things"));
    let mut body = shirt("A");
    body["category_ids"] = json!([category]);
    body["media"] = json!([{"url": "/a.jpg"}]);
    let product = send_json(&app, &Method::POST, "/products", &body).await.json();
    assert_eq!(keys(&product), properties(&schema(&server, "ProductDetails")));
    assert_eq!(keys(&product["variants"][0]), properties(&schema(&server, "ProductVariant")));
    assert_eq!(keys(&product["media"][0]), properties(&schema(&server, "ProductMedia")));
    assert_eq!(keys(&product["price_range"]), properties(&schema(&server, "PriceRange")));
    assert_eq!(keys(&product["price_range"]["min"]), properties(&schema(&server, "Money")));
    assert_eq!(keys(&product["breadcrumbs"][0]), properties(&schema(&server, "ProductCategory")));
    let page = get(&app, "/products?q=shrit&count=exact&highlight=true&facets=category,price,tag", EDITOR)
        .await
        .json();
    assert_eq!(keys(&page), properties(&schema(&server, "ProductPage")));
    assert_eq!(keys(&page["items"][0]), properties(&schema(&server, "ProductListItem")));
    assert_eq!(keys(&page["items"][0]["highlight"]), properties(&schema(&server, "ProductHighlight")));
    assert_eq!(keys(&page["facets"]["category"][0]), properties(&schema(&server, "FacetCategory")));
    assert_eq!(keys(&page["facets"]["price"]), properties(&schema(&server, "FacetPrices")));
    let suggested = get(&app, "/products/suggest?q=sh", EDITOR).await.json();
    assert_eq!(keys(&suggested), properties(&schema(&server, "ProductSuggestions")));
    let path = format!("/products/{}/history", product["id"].as_str().expect("an id"));
    let history = get(&app, &path, EDITOR).await.json();
    assert_eq!(keys(&history), properties(&schema(&server, "HistoryPage")));
    assert_eq!(keys(&history["items"][0]), properties(&schema(&server, "HistoryEntry")));
}

/// A described member is known to the reader, and what is not described is unknown to it.
#[actix_web::test]
async fn bodies_are_read_as_they_are_described() {
    let server = Server::new();
    for name in ["ProductBody", "ProductPatch"] {
        let mut described = properties(&schema(&server, name));
        // A number is no value for any of them, so that each is named by its fault, as is what nobody knows.
        described.insert("unheard_of".to_owned());
        // `variants` excludes the shorthand; it is tried with a body of its own.
        let body: serde_json::Map<_, _> = described
            .iter()
            .filter(|name| *name != "variants")
            .map(|name| (name.clone(), json!(0)))
            .collect();
        let faults = NewProduct::read(Value::Object(body), BodyKind::Create).expect_err("faults");
        let unknown: Vec<_> = faults.iter().filter(|fault| fault.code == "unknown_field").collect();
        assert_eq!(unknown.len(), 1, "{name}: {unknown:?}");
        let named: BTreeSet<_> =
            faults.iter().map(|fault| fault.pointer.trim_start_matches('/').to_owned()).collect();
        described.remove("variants");
        assert_eq!(named, described, "{name}");
    }
    let mut body = json!({"name": "x", "variants": [{"unheard_of": 0}]});
    for member in properties(&schema(&server, "VariantBody")) {
        body["variants"][0][&member] = json!(0);
    }
    let faults = NewProduct::read(body, BodyKind::Update).expect_err("faults");
    let unknown: Vec<_> = faults.iter().filter(|fault| fault.code == "unknown_field").collect();
    assert_eq!(unknown.len(), 1, "{unknown:?}");
}
