use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, Backend, Client, Shop, Topology, apply, everywhere, items, short_or_long};

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_editors_lose_no_edit(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let edits = short_or_long(10, 100);
    let mut paths = Vec::new();
    for n in 0..4 {
        let product =
            shop.admin.new_product(&format!("Product {n}"), json!({"metadata": {"count": 0}})).await;
        paths.push(format!("/products/{}", product["id"].as_str().unwrap()));
        let category =
            shop.admin.new_category(&format!("Category {n}"), json!({"metadata": {"count": 0}})).await;
        paths.push(format!("/categories/{}", category["id"].as_str().unwrap()));
    }
    let editors = (0..64).map(|n| {
        let (client, path) = (shop.admin.clone(), paths[n % paths.len()].clone());
        tokio::spawn(async move {
            for _ in 0..edits {
                add_one(&client, &path).await;
            }
        })
    });
    for editor in join_all(editors).await {
        editor.expect("no panic");
    }
    for path in paths {
        let now = shop.admin.get(&path).await.expect(200);
        assert_eq!(now["metadata"]["count"], 8 * edits, "{path}");
        assert_eq!(now["version"], 1 + 8 * edits, "{path}");
    }
    shop.close();
}

/// Reads, adds one, and writes if nobody was faster; until that works.
async fn add_one(client: &Client, path: &str) {
    loop {
        let read = client.get(path).await;
        let count = read.expect(200)["metadata"]["count"].as_i64().expect("a number");
        let written = client.patch(path, &read.etag(), &json!({"metadata": {"count": count + 1}})).await;
        match written.status {
            200 => return,
            412 => {
                let current = written.etag();
                assert_ne!(current, read.etag(), "stale, but nothing has changed");
            }
            _ => panic!("{written}"),
        }
    }
}

async fn create_once(client: Client, key: String, name: String) -> Answer {
    let body = json!({"name": name, "status": "active", "price": {"amount": "1.00", "currency": "EUR"}});
    loop {
        let answer = client.call(Method::POST, "/products").idempotency_key(&key).json(&body).send().await;
        match answer.status {
            201 => return answer,
            // The first one is still on its way; a client waits and asks again.
            409 => {
                assert_eq!(answer.problem(409)["type"], "/problems/idempotency-in-flight");
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            // A machine too busy to read the request in time. That is what keys are for: it is sent again.
            408 => {}
            _ => panic!("{answer}"),
        }
    }
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_is_sent_again_takes_effect_once(topology: Topology, backend: Backend) {
    let mut shop = Shop::open(topology, backend);
    let calls = (0..20).flat_map(|key| {
        let client = shop.admin.clone();
        (0..20).map(move |_| {
            tokio::spawn(create_once(client.clone(), format!("key-{key}"), format!("Name {key}")))
        })
    });
    let answers: Vec<Answer> =
        join_all(calls).await.into_iter().map(|answer| answer.expect("no panic")).collect();
    for answers in answers.chunks(20) {
        for answer in answers {
            assert_eq!(answer.body, answers[0].body);
            assert_eq!(answer.header("location"), answers[0].header("location"));
            assert_eq!(answer.header("etag"), answers[0].header("etag"));
        }
    }
    let count = |page: serde_json::Value| page["total"].as_u64().expect("a total");
    assert_eq!(count(shop.admin.get("/products?count=exact&limit=1").await.expect(200)), 20);

    // The answers are as durable as what they acknowledge.
    shop.server.kill();
    shop.reopen();
    let again = create_once(shop.admin.clone(), "key-7".to_owned(), "Name 7".to_owned()).await;
    assert_eq!(again.body, answers[7 * 20].body);
    assert_eq!(count(shop.admin.get("/products?count=exact&limit=1").await.expect(200)), 20);

    let other = json!({"name": "Another name", "status": "active"});
    let other = shop.admin.call(Method::POST, "/products").idempotency_key("key-7").json(&other).send().await;
    assert_eq!(other.problem(422)["type"], "/problems/idempotency-mismatch");
    let long = "k".repeat(256);
    let long = shop
        .admin
        .call(Method::POST, "/products")
        .idempotency_key(&long)
        .json(&json!({"name": "x"}))
        .send()
        .await;
    long.problem(400);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_want_the_same_name_one_gets_it(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    for (path, body, pointer) in [
        ("/products", json!({"name": "P", "slug": "wanted"}), "/slug"),
        ("/products", json!({"name": "P", "sku": "WANTED"}), "/sku"),
        ("/products", json!({"name": "P", "external_id": "wanted"}), "/external_id"),
        ("/categories", json!({"name": "C", "slug": "wanted"}), "/slug"),
        ("/categories", json!({"name": "C", "external_id": "wanted"}), "/external_id"),
    ] {
        let answers = join_all((0..16).map(|_| shop.admin.post(path, &body))).await;
        let created = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(created, 1, "{path} {body}");
        for refused in answers.iter().filter(|answer| answer.status != 201) {
            let pointers = crate::harness::pointers(&refused.problem(409));
            assert!(pointers.iter().any(|p| p.ends_with(pointer)), "{refused}");
        }
    }
    // Names alone never clash: the slug gives way.
    let same = json!({"name": "Same name"});
    let answers = join_all((0..16).map(|_| shop.admin.post("/categories", &same))).await;
    let mut slugs: Vec<String> =
        answers.iter().map(|answer| answer.expect(201)["slug"].to_string()).collect();
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 16);
    assert_eq!(items(&shop.admin.get("/categories?limit=100").await.expect(200)).len(), 18);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_read_sees_what_was_acknowledged_before_it(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let category = shop.admin.new_category("Shelf", json!({})).await;
    let created = shop.admin.new_product("Mug", json!({"category_ids": [category["id"]]})).await;
    let path = format!("/products/{}", created["id"].as_str().unwrap());
    // Readers keep every cache full of the past.
    let readers = (0..8).map(|_| {
        let (client, path) = (shop.anonymous.clone(), path.clone());
        tokio::spawn(async move {
            loop {
                client.get(&path).await.expect(200);
                client.get("/products?sort=name").await.expect(200);
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    for n in 0..short_or_long(60, 1000) {
        let name = format!("Mug {n}");
        shop.admin.patch(&path, "*", &json!({"name": name})).await.expect(200);
        assert_eq!(shop.anonymous.get(&path).await.expect(200)["name"], name);
        assert_eq!(shop.anonymous.get("/products?sort=name").await.expect(200)["items"][0]["name"], name);
        let shelf = format!("Shelf {n}");
        shop.admin
            .patch(&format!("/categories/{}", category["id"].as_str().unwrap()), "*", &json!({"name": shelf}))
            .await
            .expect(200);
        let detail = shop.anonymous.get(&path).await;
        assert!(detail.text().contains(&shelf), "breadcrumbs of the past: {detail}");
    }
    for reader in readers {
        reader.abort();
    }
    shop.close();
}

/// Ways to get a product into a category, each with a client that has not heard of the deletion.
async fn put_into(admin: &Client, way: usize, round: usize, category: &str) -> Answer {
    let name = format!("P {round} {way}");
    match way {
        0 => admin.post("/products", &json!({"name": name, "category_ids": [category]})).await,
        1 => {
            let product = admin.new_product(&name, json!({})).await;
            let path = format!("/products/{}", product["id"].as_str().unwrap());
            admin.patch(&path, "*", &json!({"category_ids": [category]})).await
        }
        2 => {
            let row = json!({"external_id": format!("{round}"), "name": name, "category_ids": [category]});
            let import = admin.call(Method::POST, "/products/import");
            import.body("application/x-ndjson", format!("{row}\n")).send().await
        }
        _ => {
            let operation = json!({"op": "create", "product": {"name": name, "category_ids": [category]}});
            admin.post("/products/batch?on_error=skip", &json!({"operations": [operation]})).await
        }
    }
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_product_stays_in_a_category_that_goes_at_the_same_moment(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let (mut alive, mut kept) = (Vec::new(), 0);
    for round in 0..short_or_long(24, 500) {
        let parent = shop.admin.new_category(&format!("Parent {round}"), json!({})).await;
        let parent = parent["id"].as_str().unwrap();
        alive.push(parent.to_owned());
        let category =
            shop.admin.new_category(&format!("Short-lived {round}"), json!({"parent_id": parent})).await;
        let category = category["id"].as_str().unwrap();
        let returning = shop.admin.new_product("Returning", json!({"category_ids": [category]})).await;
        let returning = format!("/products/{}", returning["id"].as_str().unwrap());
        shop.admin.delete(&returning, "*").await.expect(204);

        let policy = ["cascade", "reparent", "refuse"][round % 3];
        let path = format!("/categories/{category}?policy={policy}");
        let restore = format!("{returning}/restore");
        let (one, other, restored, deleted) = futures::join!(
            put_into(&shop.admin, round % 4, round, category),
            put_into(&shop.admin, (round + 1) % 4, round, category),
            shop.admin.call(Method::POST, &restore).send(),
            shop.admin.delete(&path, "*"),
        );
        for answer in [one, other] {
            assert!([200, 201, 422].contains(&answer.status), "{answer}");
        }
        restored.expect(200);
        assert!([204, 409].contains(&deleted.status), "{deleted}");
        if deleted.status == 409 {
            alive.push(category.to_owned());
            kept += 1;
        }
    }
    let products = shop.admin.all_items("/products?sort=created_at", 100).await;
    for product in &products {
        for category in product["category_ids"].as_array().expect("ids") {
            assert!(alive.iter().any(|id| category == id), "in a category that is none: {product}");
        }
    }
    eprintln!("{} products, {kept} categories kept", products.len());
    // Which also looks for products in categories that don't exist.
    shop.close();
}
