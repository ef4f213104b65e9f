use serde_json::json;
use vitrine_catalog_api::testing::SeedStatus;

use super::server::{Server, names};

#[actix_web::test]
async fn a_new_category_is_told_with_its_address_and_can_be_read_there() {
    let server = Server::start();
    let body = json!({
        "name": "Téléviseurs", "description": "All", "status": "draft", "image_url": "/tv.png", "external_id": "x-1",
        "metadata": {"a": 1}, "attributes": [{"key": "size", "type": "number", "unit": "in"}],
    });
    let made = server.post("/categories", body).await;
    let category = made.expect(201);
    let id = category["id"].as_str().expect("an id");
    assert_eq!(made.header("location"), format!("/api/v1/categories/{id}"));
    assert_eq!(
        category,
        json!({
            "id": id, "external_id": "x-1", "slug": "televiseurs", "name": "Téléviseurs", "description": "All",
            "parent_id": null, "depth": 0, "status": "draft", "image_url": "/tv.png",
            "attributes": [{"key": "size", "label": "Size", "type": "number", "unit": "in", "required": false, "facet": false}],
            "metadata": {"a": 1}, "version": 1, "created_at": "2026-01-02T03:04:05.678Z",
            "updated_at": "2026-01-02T03:04:05.678Z", "ancestors": [], "product_count": 0,
        })
    );
    let read = server.get("admin", &format!("/categories/{id}")).await;
    assert_eq!((read.expect(200), read.header("etag")), (category, made.header("etag")));
}

#[actix_web::test]
async fn all_faults_of_a_body_come_at_once() {
    let server = Server::start();
    let faults = server
        .post("/categories", json!({"name": "", "slug": "A", "parent_id": 1, "version": 3, "titel": "x"}))
        .await
        .problem(422, "validation");
    let pointers: Vec<_> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/name", "/slug", "/parent_id", "/version", "/titel"]);
    server.add("Taken", None).await;
    let faults =
        server.post("/categories", json!({"name": "X", "slug": "taken"})).await.problem(409, "conflict");
    assert_eq!(faults, [("/slug".to_owned(), "duplicate_slug".to_owned())]);
    let unknown = "0199f0a2-5b1c-7c3e-9d5e-0f6f1d2c3b4a";
    let faults = server
        .post("/categories", json!({"name": "X", "parent_id": unknown}))
        .await
        .problem(422, "validation");
    assert_eq!(faults, [("/parent_id".to_owned(), "unknown_category".to_owned())]);
}

#[actix_web::test]
async fn writing_needs_its_permission() {
    let server = Server::start();
    let id = server.add("A", None).await;
    let path = format!("/categories/{id}");
    let body = Some(json!({"name": "B"}));
    let any = [("if-match", "*")];
    for (who, status) in [("", 401), ("viewer", 403), ("nobody", 401)] {
        assert_eq!(server.send(who, "POST", "/categories", &[], body.clone()).await.status, status);
        assert_eq!(server.send(who, "PATCH", &path, &any, body.clone()).await.status, status);
        assert_eq!(server.send(who, "DELETE", &path, &any, None).await.status, status);
        let to = Some(json!({"parent_id": null}));
        assert_eq!(server.send(who, "POST", &format!("{path}/move"), &[], to).await.status, status);
    }
    server.send("writer", "DELETE", &path, &any, None).await.problem(403, "forbidden");
    server.send("writer", "PATCH", &path, &any, body).await.expect(200);
}

#[actix_web::test]
async fn a_key_makes_a_post_take_effect_once() {
    let server = Server::start();
    let keyed = |key, body| server.send("admin", "POST", "/categories", key, Some(body));
    let key = [("idempotency-key", "k1")];
    let first = keyed(&key, json!({"name": "Once"})).await;
    let again = keyed(&key, json!({"name": "Once"})).await;
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!((again.header("idempotency-replayed"), again.header("etag")), ("true", first.header("etag")));
    assert_eq!(again.header("location"), first.header("location"));
    keyed(&key, json!({"name": "Other"})).await.problem(422, "idempotency-mismatch");
    assert_eq!(names(&server.get("", "/categories").await.expect(200)), ["Once"]);

    let (a, b) = (server.add("A", None).await, server.add("B", None).await);
    let path = format!("/categories/{a}/move");
    let key = [("idempotency-key", "k2")];
    let moved = server.send("admin", "POST", &path, &key, Some(json!({"parent_id": b}))).await.expect(200);
    server.send("admin", "POST", &path, &[], Some(json!({"parent_id": null}))).await.expect(200);
    let replayed = server.send("admin", "POST", &path, &key, Some(json!({"parent_id": b}))).await;
    assert_eq!(replayed.expect(200), moved);
    assert_eq!(server.get("", &format!("/categories/{a}")).await.expect(200)["parent_id"], json!(null));
}

#[actix_web::test]
async fn nobody_overwrites_what_they_have_not_seen() {
    let server = Server::start();
    let id = server.add("A", None).await;
    let path = format!("/categories/{id}");
    let first = server.get("admin", &path).await.header("etag").to_owned();
    server.send("admin", "PATCH", &path, &[], Some(json!({}))).await.problem(428, "precondition-required");
    server.send("admin", "DELETE", &path, &[], None).await.problem(428, "precondition-required");
    let changed = server.patch(&id, &first, json!({"name": "B"})).await;
    assert_eq!(changed.expect(200)["version"], 2);
    let second = changed.header("etag").to_owned();
    assert_eq!(server.get("admin", &path).await.header("etag"), second);
    let stale = server.patch(&id, &first, json!({"name": "C"})).await;
    stale.problem(412, "precondition-failed");
    assert_eq!(stale.header("etag"), second);
    let stale = server.delete(&path, &first).await;
    stale.problem(412, "precondition-failed");
    assert_eq!(stale.header("etag"), second);
    let move_stale = [("if-match", first.as_str())];
    let stale = server
        .send("admin", "POST", &format!("{path}/move"), &move_stale, Some(json!({"parent_id": null})))
        .await;
    stale.problem(412, "precondition-failed");
    assert_eq!(stale.header("etag"), second);
    // A product more changes the page, but not the category: who has seen the category may change it.
    server.catalog.add(&[id.parse().expect("an id")], SeedStatus::Active);
    assert_eq!(server.patch(&id, &second, json!({"name": "D"})).await.expect(200)["product_count"], 1);
    server.patch("not-an-id", "*", json!({})).await.problem(404, "not-found");
}

#[actix_web::test]
async fn a_move_can_be_tried_first() {
    let server = Server::start();
    let (a, b) = (server.add("A", None).await, server.add("B", None).await);
    let child = server.add("Child", Some(&a)).await;
    server.add("Leaf", Some(&child)).await;
    let path = format!("/categories/{child}/move");
    let plan = server.post(&format!("{path}?validate_only=true"), json!({"parent_id": b})).await.expect(200);
    assert_eq!(
        plan,
        json!({"moved": child, "from": {"parent_id": a, "position": 0}, "to": {"parent_id": b, "position": 0}, "descendants": 1})
    );
    let below_a = format!("/categories/{a}/descendants");
    assert_eq!(names(&server.get("", &below_a).await.expect(200)), ["Child", "Leaf"]);
    server
        .post(&format!("/categories/{a}/move?validate_only=true"), json!({"parent_id": child}))
        .await
        .problem(409, "category-cycle");
    let moved = server.post(&path, json!({"parent_id": b})).await.expect(200);
    assert_eq!(moved["ancestors"][0]["name"], "B");
    assert!(names(&server.get("", &below_a).await.expect(200)).is_empty());
    server
        .post(&format!("/categories/{b}/move"), json!({"parent_id": child}))
        .await
        .problem(409, "category-cycle");
    server.post(&path, json!({})).await.problem(422, "validation");
    let faults = server
        .post(&path, json!({"parent_id": null, "after": b, "before": child}))
        .await
        .problem(422, "validation");
    assert_eq!(faults, [("/before".to_owned(), "not_a_sibling".to_owned())]);
}

#[actix_web::test]
async fn a_deletion_follows_its_policy() {
    let server = Server::start();
    let top = server.add("Top", None).await;
    let middle = server.add("Middle", Some(&top)).await;
    let leaf = server.add("Leaf", Some(&middle)).await;
    let path = format!("/categories/{middle}");
    server.delete(&path, "*").await.problem(409, "category-not-empty");
    server.delete(&format!("{path}?policy=somehow"), "*").await.problem(400, "invalid-query");
    server.delete(&format!("{path}?policy=reparent"), "*").await.expect(204);
    server.get("admin", &path).await.problem(404, "not-found");
    assert_eq!(server.get("", &format!("/categories/{leaf}")).await.expect(200)["parent_id"], json!(top));
    server.catalog.add(&[leaf.parse().expect("an id")], SeedStatus::Draft);
    server.delete(&format!("/categories/{leaf}"), "*").await.problem(409, "category-not-empty");
    server.delete(&format!("/categories/{top}?policy=cascade"), "*").await.expect(204);
    assert!(names(&server.get("admin", "/categories").await.expect(200)).is_empty());
}
