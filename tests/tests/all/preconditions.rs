//! Entity tags: what they save, and what they protect.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Backend, Shop, Topology, apply, everywhere};

#[apply(everywhere)]
#[tokio::test]
async fn who_has_the_current_version_is_not_sent_it_again(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let product = shop.admin.new_product("Mug", json!({"sku": "MUG"})).await;
    let category = shop.admin.new_category("Kitchen", json!({})).await;
    for path in [
        format!("/products/{}", product["id"].as_str().unwrap()),
        "/products/by-sku/MUG".to_owned(),
        "/products/by-slug/mug".to_owned(),
        format!("/categories/{}", category["id"].as_str().unwrap()),
        "/categories/by-slug/kitchen".to_owned(),
        "/openapi.json".to_owned(),
    ] {
        let etag = shop.anonymous.get(&path).await.etag();
        for matching in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
            let answer =
                shop.anonymous.call(Method::GET, &path).header("if-none-match", &matching).send().await;
            assert_eq!(answer.status, 304, "{path} with {matching}: {answer}");
            assert_eq!(answer.etag(), etag);
            assert!(answer.body.is_empty());
        }
        let answer =
            shop.anonymous.call(Method::GET, &path).header("if-none-match", "\"other\"").send().await;
        assert_eq!(answer.status, 200, "{answer}");
        let head = shop.anonymous.call(Method::HEAD, &path).send().await;
        assert_eq!((head.status, head.etag(), head.body.len()), (200, etag, 0));
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn nobody_overwrites_what_they_have_not_seen(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    for (collection, field) in [("products", "name"), ("categories", "name")] {
        let created = shop.admin.post(&format!("/{collection}"), &json!({"name": "First"})).await;
        let path = format!("/{collection}/{}", created.expect(201)["id"].as_str().unwrap());
        assert_eq!(created.header("location"), format!("/api/v1{path}"), "{created}");
        let first = created.etag();
        let change = json!({field: "Second"});

        let without = shop.admin.call(Method::PATCH, &path).merge_patch(&change).send().await;
        without.problem(428);
        shop.admin.call(Method::DELETE, &path).send().await.problem(428);

        let changed = shop.admin.patch(&path, &first, &change).await;
        changed.expect(200);
        let second = changed.etag();
        assert_ne!(first, second);

        for stale in [first.as_str(), "\"nonsense\"", "W/\"2-weak\"", "\"\"", &format!("W/{second}")] {
            let answer = shop.admin.patch(&path, stale, &change).await;
            answer.problem(412);
            assert_eq!(answer.etag(), second, "a stale caller learns the current ETag");
            shop.admin.delete(&path, stale).await.problem(412);
        }
        let garbage = shop.admin.patch(&path, "no quotes", &change).await;
        assert!([400, 412].contains(&garbage.status), "{garbage}");

        let listed = shop.admin.patch(&path, &format!("{first}, {second}"), &json!({field: "Third"})).await;
        listed.expect(200);
        shop.admin.patch(&path, "*", &json!({field: "Fourth"})).await.expect(200);

        // The body also shows what changes without the resource (counts, breadcrumbs): If-Match compares versions.
        let nothing = shop.admin.get(&path).await;
        let same = shop.admin.patch(&path, &nothing.etag(), &json!({})).await;
        same.expect(200);

        let gone = shop.admin.delete(&path, "*").await;
        assert!([200, 204].contains(&gone.status), "{gone}");
        shop.admin.patch(&path, "*", &change).await.problem(404);
        shop.admin.delete(&path, "*").await.problem(404);
        shop.admin.patch(&format!("/{collection}/not-an-id"), "*", &change).await.problem(404);
    }
    shop.close();
}
