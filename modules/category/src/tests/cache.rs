use serde_json::json;
use vitrine_catalog_api::CatalogPortError;
use vitrine_catalog_api::testing::SeedStatus;
use vitrine_db::DbError;
use vitrine_kernel::{Clock as _, NewEvent, Version};

use super::server::{Server, names};

#[actix_web::test]
async fn an_acknowledged_write_is_seen_by_every_read_that_begins_after_it() {
    let server = Server::start();
    let top = server.add("Top", None).await;
    let below = server.add("Below", Some(&top)).await;
    let paths = [
        format!("/categories/{below}"),
        "/categories/by-slug/below".to_owned(),
        "/categories".to_owned(),
        "/categories/tree".to_owned(),
        format!("/categories/{below}/ancestors"),
    ];
    for round in 0..5 {
        let name = format!("Top {round}");
        server.patch(&top, "*", json!({"name": name})).await.expect(200);
        for path in &paths {
            for _ in 0..2 {
                let answer = server.get("", path).await;
                assert!(String::from_utf8_lossy(&answer.bytes).contains(&name), "{path} after {name}");
            }
        }
    }
}

#[actix_web::test]
async fn a_read_again_does_not_ask_the_catalog_again() {
    let server = Server::start();
    let id = server.add("A", None).await;
    let path = format!("/categories/{id}");
    server.get("", &path).await.expect(200);
    let calls = server.catalog.calls();
    server.get("", &path).await.expect(200);
    assert_eq!(server.catalog.calls(), calls);
}

#[actix_web::test]
async fn a_count_follows_the_products() {
    let server = Server::start();
    let id = server.add("A", None).await;
    let path = format!("/categories/{id}");
    assert_eq!(server.get("", &path).await.expect(200)["product_count"], 0);
    server.catalog.add(&[id.parse().expect("an id")], SeedStatus::Active);
    // What the catalog writes with a product.
    let now = server.clock.now();
    server
        .db
        .write(move |conn| {
            let key = vitrine_kernel::ProductId::generate().0;
            let event = NewEvent { kind: "product.created", key, version: Version::FIRST, occurred_at: now };
            Box::pin(async move { conn.emit(event).await.map_err(|error: DbError| error) })
        })
        .await
        .expect("written");
    assert_eq!(server.get("", &path).await.expect(200)["product_count"], 1);
}

#[actix_web::test]
async fn a_page_without_its_count_is_not_kept() {
    let server = Server::start();
    let id = server.add("A", None).await;
    let path = format!("/categories/{id}");
    server.catalog.fail_with(Some(CatalogPortError::Timeout));
    assert_eq!(server.get("", &path).await.expect(200)["product_count"], json!(null));
    server.catalog.fail_with(None);
    assert_eq!(server.get("", &path).await.expect(200)["product_count"], 0);
}

#[actix_web::test]
async fn pages_from_the_cache_lead_on_too() {
    let server = Server::start();
    for name in ["A", "B", "C"] {
        server.add(name, None).await;
    }
    for _ in 0..2 {
        let page = server.get("", "/categories?limit=2").await;
        assert_eq!(names(&page.expect(200)), ["A", "B"]);
        assert!(page.header("link").contains("rel=\"next\""));
    }
    assert_eq!(server.module.service().check().await.expect("checked"), []);
}
