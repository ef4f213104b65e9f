use actix_web::http::{Method, StatusCode};
use serde_json::json;
use vitrine_category_api::CategoryStatus;
use vitrine_category_api::testing::SeedCategory;

use super::{EDITOR, Server, WRITER, app_of, get, request, send, send_json};
use crate::world::shirt;

#[actix_web::test]
async fn a_product_lives_from_post_to_restore() {
    let server = Server::new();
    let app = app_of(&server).await;
    let root = server.categories.add(SeedCategory::named("Clothes"));
    let category = server.categories.add(SeedCategory::named("Shirts").under(root));
    let mut body = shirt("A");
    body["category_ids"] = json!([category]);
    let created = send_json(&app, &Method::POST, "/products", &body).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.text);
    let product = created.json();
    let path = format!("/products/{}", product["id"].as_str().expect("an id"));
    assert_eq!(created.header("location"), Some(format!("/api/v1{path}").as_str()));
    assert_eq!(product["breadcrumbs"][0]["name"], "Clothes");
    assert_eq!(product["categories"][0]["name"], "Shirts");
    assert_eq!(product["price_range"]["min"], json!({"amount": "19.99", "currency": "EUR"}));
    assert!(product["variants"][0]["id"].is_string() && product["sku"].is_null());

    // The same bytes, whichever way.
    for address in [path.as_str(), "/products/by-sku/A-M", "/products/by-slug/shirt"] {
        let read = get(&app, address, EDITOR).await;
        assert_eq!((read.status, &read.text), (StatusCode::OK, &created.text), "{address}");
        assert_eq!(read.etag(), created.etag());
        let again = request(&Method::GET, address, EDITOR).insert_header(("If-None-Match", read.etag()));
        assert_eq!(send(&app, again).await.status, StatusCode::NOT_MODIFIED, "{address}");
    }
    let patch = request(&Method::PATCH, &path, EDITOR)
        .insert_header(("If-Match", created.etag()))
        .insert_header(("Content-Type", "application/merge-patch+json"))
        .set_payload(r#"{"slug": "tee", "name": "Tee"}"#);
    let patched = send(&app, patch).await;
    assert_eq!(patched.status, StatusCode::OK, "{}", patched.text);
    assert_eq!((&patched.json()["version"], &patched.json()["name"]), (&json!(2), &json!("Tee")));
    assert_eq!(get(&app, &path, EDITOR).await.text, patched.text);

    let moved = get(&app, "/products/by-slug/shirt?", EDITOR).await;
    assert_eq!(moved.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(moved.header("location"), Some("/api/v1/products/by-slug/tee"));

    let delete = request(&Method::DELETE, &path, EDITOR).insert_header(("If-Match", patched.etag()));
    assert_eq!(send(&app, delete).await.status, StatusCode::NO_CONTENT);
    for address in [path.as_str(), "/products/by-sku/A-M", "/products/by-slug/tee"] {
        assert_eq!(get(&app, address, EDITOR).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    let restored = send(&app, request(&Method::POST, &format!("{path}/restore"), EDITOR)).await;
    assert_eq!((restored.status, &restored.json()["version"]), (StatusCode::OK, &json!(4)));
    assert_eq!(get(&app, &path, EDITOR).await.text, restored.text);

    let history = get(&app, &format!("{path}/history?limit=2"), EDITOR).await;
    let page = history.json();
    assert_eq!(page["items"][0]["action"], "restored");
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let next = format!("</api/v1{path}/history?limit=2&cursor={cursor}>; rel=\"next\"");
    assert_eq!(history.header("link"), Some(next.as_str()));
    let rest = get(&app, &format!("{path}/history?limit=2&cursor={cursor}"), EDITOR).await.json();
    assert_eq!(rest["items"][0]["changes"]["name"], json!({"from": "Shirt", "to": "Tee"}));
    assert_eq!((rest["items"][1]["action"].as_str(), rest["next_cursor"].is_null()), (Some("created"), true));
}

#[actix_web::test]
async fn what_is_not_published_is_not_there_for_everybody() {
    let server = Server::new();
    let app = app_of(&server).await;
    let body = json!({"name": "Secret", "sku": "S"});
    let draft = send(&app, request(&Method::POST, "/products", WRITER).set_json(&body)).await;
    assert_eq!(draft.status, StatusCode::CREATED, "who writes is shown what was written");
    let path = format!("/products/{}", draft.json()["id"].as_str().expect("an id"));
    // Warm for those who see it: that must not show it to others.
    assert_eq!(get(&app, &path, EDITOR).await.status, StatusCode::OK);
    for address in [path.as_str(), "/products/by-sku/S", "/products/by-slug/secret"] {
        for bearer in ["", WRITER] {
            assert_eq!(get(&app, address, bearer).await.status, StatusCode::NOT_FOUND, "{address}");
        }
    }
    let publish = request(&Method::PATCH, &path, WRITER)
        .insert_header(("If-Match", "*"))
        .set_json(json!({"status": "active"}));
    assert_eq!(send(&app, publish).await.status, StatusCode::OK);
    assert_eq!(get(&app, &path, "").await.status, StatusCode::OK);
    assert_eq!(get(&app, &format!("{path}/history"), "").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(get(&app, &format!("{path}/history"), WRITER).await.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn categories_that_are_not_shown_are_shown_to_editors_only() {
    let server = Server::new();
    let app = app_of(&server).await;
    let hidden = SeedCategory { status: CategoryStatus::Draft, ..SeedCategory::named("Hidden") };
    let (hidden, shown) =
        (server.categories.add(hidden), server.categories.add(SeedCategory::named("Shown")));
    let body = json!({"name": "Mug", "status": "active", "category_ids": [hidden, shown]});
    let created = send_json(&app, &Method::POST, "/products", &body).await.json();
    let path = format!("/products/{}", created["id"].as_str().expect("an id"));
    assert_eq!(get(&app, &path, EDITOR).await.json()["breadcrumbs"][0]["name"], "Hidden");
    let public = get(&app, &path, "").await.json();
    assert_eq!(public["breadcrumbs"][0]["name"], "Shown");
    assert_eq!(public["categories"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn an_idempotency_key_makes_one_product() {
    let server = Server::new();
    let app = app_of(&server).await;
    let post = |name: &str| {
        request(&Method::POST, "/products", EDITOR)
            .insert_header(("Idempotency-Key", "k-1"))
            .set_json(json!({"name": name, "sku": "M"}))
    };
    let first = send(&app, post("Mug")).await;
    let second = send(&app, post("Mug")).await;
    assert_eq!((first.status, second.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(first.text, second.text);
    for name in ["location", "etag", "content-type"] {
        assert_eq!(first.header(name), second.header(name), "{name}");
        assert!(first.header(name).is_some(), "{name}");
    }
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(send(&app, post("Cup")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(server.module.service().products_after(0, 10).await.expect("products").len(), 1);
}

#[actix_web::test]
async fn a_sku_may_be_anything_visible() {
    let server = Server::new();
    let app = app_of(&server).await;
    for (sku, escaped) in [
        ("A/B", "A%2FB"),
        ("50%+", "50%25%2B"),
        ("размер", "%D1%80%D0%B0%D0%B7%D0%BC%D0%B5%D1%80"),
        ("?#&", "%3F%23%26"),
    ] {
        let created = send_json(&app, &Method::POST, "/products", &json!({"name": "X", "sku": sku})).await;
        assert_eq!(created.status, StatusCode::CREATED, "{sku}: {}", created.text);
        let found = get(&app, &format!("/products/by-sku/{escaped}"), EDITOR).await;
        assert_eq!((found.status, found.text), (StatusCode::OK, created.text), "{sku}");
    }
}
