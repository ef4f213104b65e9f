use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Backend, Shop, Topology, apply, everywhere, items, pointers};

#[apply(everywhere)]
#[tokio::test]
async fn a_product_lives_from_draft_to_history(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let category = shop.admin.new_category("Shirts", json!({})).await;
    let created = shop
        .admin
        .post(
            "/products",
            &json!({
                "name": "Linen shirt", "external_id": "ext-1", "brand": "Lux", "tags": ["summer"], "category_ids": [category["id"]],
                "options": ["size", "color"],
                "variants": [
                    {"sku": "LS-S-W", "options": {"size": "S", "color": "white"}, "price": {"amount": "39.90", "currency": "EUR"}},
                    {"sku": "LS-M-W", "options": {"size": "M", "color": "white"}, "price": {"amount": "44.90", "currency": "EUR"},
                     "compare_at_price": {"amount": "49.90", "currency": "EUR"}, "prices": [{"amount": "52.00", "currency": "USD"}]},
                ],
                "media": [{"url": "https://example.com/shirt.jpg", "alt": "A shirt", "kind": "image"}],
                "metadata": {"supplier": {"code": 7}},
            }),
        )
        .await;
    let product = created.expect(201);
    let path = format!("/products/{}", product["id"].as_str().unwrap());
    assert_eq!(product["status"], "draft");
    assert_eq!(product["published_at"], Value::Null);
    assert_eq!(product["slug"], "linen-shirt");
    assert_eq!(product["price_range"]["min"]["amount"], "39.90");
    assert_eq!(product["price_range"]["max"]["amount"], "44.90");
    assert_eq!(product["variants"].as_array().map(Vec::len), Some(2));
    assert_eq!(shop.admin.get("/products/by-sku/LS-M-W").await.expect(200)["id"], product["id"]);

    let published = shop.admin.patch(&path, &created.etag(), &json!({"status": "active"})).await.expect(200);
    assert!(published["published_at"].is_string());
    let same_options = json!({"variants": [
        {"sku": "A", "options": {"size": "S", "color": "white"}, "price": {"amount": "1.00", "currency": "EUR"}},
        {"sku": "A", "options": {"size": "S", "color": "white"}, "price": {"amount": "1.00", "currency": "EUR"}},
    ]});
    let twice = shop.admin.patch(&path, "*", &same_options).await;
    assert!([409, 422].contains(&twice.status), "{twice}");
    assert!(pointers(&twice.json()).iter().any(|pointer| pointer.starts_with("/variants/1")), "{twice}");

    // Merge patch: null removes, objects merge, arrays are replaced (RFC 7396).
    let patched = shop
        .admin
        .patch(
            &path,
            "*",
            &json!({"brand": null, "metadata": {"supplier": {"name": "L"}}, "tags": ["sale", "new"]}),
        )
        .await
        .expect(200);
    assert!(patched["brand"].is_null());
    assert_eq!(patched["metadata"], json!({"supplier": {"code": 7, "name": "L"}}));
    assert_eq!(patched["tags"], json!(["sale", "new"]));
    let variant_ids = |product: &Value| {
        product["variants"].as_array().unwrap().iter().map(|v| v["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(variant_ids(&patched), variant_ids(&product), "variants keep their ids");

    let gone = shop.admin.delete(&path, "*").await;
    assert!([200, 204].contains(&gone.status), "{gone}");
    for read in
        [path.clone(), "/products/by-sku/LS-S-W".to_owned(), "/products/by-slug/linen-shirt".to_owned()]
    {
        shop.admin.get(&read).await.problem(404);
    }
    // Its names are free; restoring it then would take them twice.
    let heir = shop
        .admin
        .new_product("Heir", json!({"sku": "LS-S-W", "slug": "linen-shirt", "external_id": "ext-1"}))
        .await;
    let refused = shop.admin.call(Method::POST, &format!("{path}/restore")).send().await.problem(409);
    assert!(pointers(&refused).len() >= 3, "{refused}");
    let heir_path = format!("/products/{}", heir["id"].as_str().unwrap());
    shop.admin
        .patch(&heir_path, "*", &json!({"sku": "OTHER", "slug": "other", "external_id": "ext-2"}))
        .await
        .expect(200);
    shop.admin.call(Method::POST, &format!("{path}/restore")).send().await.expect(200);
    assert_eq!(shop.admin.get("/products/by-sku/LS-S-W").await.expect(200)["id"], product["id"]);

    let history = shop.admin.get(&format!("{path}/history?limit=100")).await.expect(200);
    let mut told: Vec<(i64, &str)> = items(&history)
        .iter()
        .map(|entry| (entry["version"].as_i64().unwrap(), entry["action"].as_str().unwrap()))
        .collect();
    told.sort_unstable();
    assert_eq!(told, [(1, "created"), (2, "updated"), (3, "updated"), (4, "deleted"), (5, "restored")]);
    assert!(history.to_string().contains("key:"), "who did it: {history}");
    assert!(
        items(&history).iter().any(|entry| entry.to_string().contains("summer")),
        "what changed: {history}"
    );
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn a_batch_answers_for_each_row(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let existing = shop.admin.new_product("Existing", json!({"sku": "TAKEN"})).await;
    let body = json!({"operations": [
        {"op": "create", "product": {"name": "One", "sku": "ONE"}},
        {"op": "create", "product": {"name": "", "sku": "TWO"}},
        {"op": "create", "product": {"name": "Three", "sku": "TAKEN"}},
        {"op": "update", "id": existing["id"], "patch": {"name": "Renamed"}},
        {"op": "delete", "id": "0190a5e4-7c3f-7d3e-8b1a-0123456789ab"},
    ]});
    let statuses = |answer: &Value| -> Vec<u64> {
        items(answer).iter().map(|item| item["status"].as_u64().expect("a status")).collect()
    };
    let aborted = shop.admin.post("/products/batch?on_error=abort", &body).await.expect(422);
    assert_eq!(statuses(&aborted), [424, 422, 409, 424, 404], "{aborted}");
    assert_eq!(aborted["errors"][0]["pointer"], "/operations/1/product/name");
    let total = async || shop.admin.get("/products?count=exact").await.expect(200)["total"].clone();
    assert_eq!(total().await, 1, "abort keeps nothing: {aborted}");
    let skipped = shop.admin.post("/products/batch?on_error=skip", &body).await.expect(200);
    assert_eq!(statuses(&skipped), [201, 422, 409, 200, 404], "{skipped}");
    assert_eq!(total().await, 2);
    let many: Vec<Value> =
        (0..1001).map(|n| json!({"op": "create", "product": {"name": format!("N {n}")}})).collect();
    shop.admin.post("/products/batch", &json!({"operations": many})).await.problem(422);
    assert_eq!(total().await, 2);
    shop.close();
}
