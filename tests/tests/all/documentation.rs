//! The OpenAPI document and the page that shows it.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Backend, Shop, Topology, apply, everywhere};

#[apply(everywhere)]
#[tokio::test]
async fn every_described_route_is_there_and_fully_described(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let document = shop.anonymous.get("/openapi.json").await.expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let concrete = path.replace("{id}", "0190a5e4-7c3f-7d3e-8b1a-0123456789ab").replace(['{', '}'], "");
        let allow = shop.anonymous.call(Method::OPTIONS, &concrete).send().await;
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            let upper = method.to_uppercase();
            assert!(
                allow.header("allow").split(", ").any(|known| known == upper),
                "{name} is not there: {allow}"
            );
            assert!(
                operation["summary"].is_string() || operation["description"].is_string(),
                "{name} says nothing"
            );
            assert!(operation["tags"].as_array().is_some_and(|tags| !tags.is_empty()), "{name} has no tag");
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no id"));
            assert!(ids.insert(id.to_owned()), "{id} twice");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            for part in path.split('{').skip(1) {
                let wanted = part.split('}').next().unwrap();
                assert!(
                    parameters.iter().any(|p| p["name"] == wanted && p["in"] == "path"),
                    "{name}: {wanted} is not described"
                );
            }
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
            if ["post", "put", "patch"].contains(&method.as_str())
                && !path.ends_with("/restore")
                && !path.contains("/auth/log")
            {
                assert!(operation.get("requestBody").is_some(), "{name} has no body");
            }
        }
    }
    assert_references_resolve(&document, &document);
    for path in [
        "/categories",
        "/categories/{id}",
        "/categories/by-slug/{slug}",
        "/categories/tree",
        "/categories/{id}/children",
        "/categories/{id}/ancestors",
        "/categories/{id}/descendants",
        "/categories/{id}/move",
        "/categories/{id}/attribute-schema",
        "/categories/import",
        "/categories/export",
        "/products",
        "/products/suggest",
        "/products/{id}",
        "/products/by-sku/{sku}",
        "/products/by-slug/{slug}",
        "/products/{id}/restore",
        "/products/{id}/history",
        "/products/batch",
        "/products/import",
        "/products/export",
        "/changes",
        "/auth/me",
        "/auth/roles",
        "/auth/roles/{name}",
        "/auth/bindings",
        "/auth/bindings/{id}",
        "/auth/api-keys",
        "/auth/api-keys/{id}",
    ] {
        assert!(document["paths"].get(format!("/api/v1{path}")).is_some(), "{path} is not described");
    }
    // The command prints what the server serves.
    let printed: Value = serde_json::from_str(&shop.site.run_well(["openapi"])).expect("JSON");
    assert_eq!(printed, document);
    shop.close();
}

fn assert_references_resolve(value: &Value, document: &Value) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                let pointer = reference.strip_prefix('#').expect("a reference into the document");
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            members.values().for_each(|member| assert_references_resolve(member, document));
        }
        Value::Array(items) => items.iter().for_each(|item| assert_references_resolve(item, document)),
        _ => {}
    }
}

#[apply(everywhere)]
#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let page = shop.anonymous.get("//docs").await;
    assert_eq!(page.status, 200);
    let html = page.text();
    let mut assets = 0;
    for (at, _) in html.match_indices("src=\"").chain(html.match_indices("href=\"")) {
        let url = html[at..].split('"').nth(1).unwrap();
        assert!(url.starts_with('/') && !url.starts_with("//"), "{url} is elsewhere");
        let asset = shop.anonymous.get(&format!("/{url}")).await;
        assert_eq!(asset.status, 200, "{url}");
        assert!(!asset.body.is_empty());
        assets += 1;
    }
    assert!(assets >= 3, "{html}");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{policy}");
    shop.close();
}
