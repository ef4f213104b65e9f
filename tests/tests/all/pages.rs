use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Backend, Client, Shop, Topology, apply, everywhere, items};

/// Writes all around the rows that are being paged, until told to stop: before, between and after them.
async fn disturb(admin: Client, collection: &'static str, seed: usize, stop: Arc<AtomicBool>) -> usize {
    let mut written = 0;
    let mut own: Vec<String> = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        written += 1;
        let name = ["aaa noise", "lamp noise", "zzz noise"][written % 3];
        let mut body = json!({"name": name, "status": "active"});
        if collection == "products" {
            body["price"] = json!({"amount": format!("{}.00", (written * 7 + seed) % 40), "currency": "EUR"});
        }
        let created = admin.post(&format!("/{collection}"), &body).await.expect(201);
        own.push(created["id"].as_str().unwrap().to_owned());
        if own.len() > 10 {
            let gone = own.remove(written % 5);
            admin.delete(&format!("/{collection}/{gone}"), "*").await;
            let changed = &own[written % own.len()];
            admin
                .patch(
                    &format!("/{collection}/{changed}"),
                    "*",
                    &json!({"name": format!("{name} {written}")}),
                )
                .await;
        }
    }
    written
}

/// Pages through a list while it is written to: each of the settled rows comes once, in the order of the sort.
async fn assert_pages_are_whole(client: &Client, path: &str, settled: &HashMap<String, Value>) {
    for limit in [1, 7, 100] {
        if limit == 1 && settled.len() > 40 {
            continue;
        }
        let seen = client.all_items(path, limit).await;
        let mut times: HashMap<&str, usize> = HashMap::new();
        for item in &seen {
            *times.entry(item["id"].as_str().unwrap()).or_default() += 1;
        }
        for (id, row) in settled {
            assert_eq!(times.get(id.as_str()), Some(&1), "{path} by {limit}: {row} came so often");
        }
    }
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_products_lose_and_repeat_nothing_while_others_write(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let mut settled = HashMap::new();
    for n in 0..50 {
        // Equal names, equal prices and no price at all: the tie-break has work to do.
        let mut body =
            json!({"name": (["Lamp", "Lamp", "Desk lamp"][n % 3]), "status": "active", "brand": "Lux"});
        if n % 5 != 0 {
            body["price"] = json!({"amount": format!("{}.50", n % 4 * 10), "currency": "EUR"});
        }
        let product = shop.admin.post("/products", &body).await.expect(201);
        settled.insert(product["id"].as_str().unwrap().to_owned(), body);
    }
    let stop = Arc::new(AtomicBool::new(false));
    let noise: Vec<_> = (0..3)
        .map(|seed| tokio::spawn(disturb(shop.admin.clone(), "products", seed, Arc::clone(&stop))))
        .collect();
    for sort in ["price", "-price", "name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"]
    {
        assert_pages_are_whole(&shop.anonymous, &format!("/products?sort={sort}"), &settled).await;
        assert_pages_are_whole(&shop.anonymous, &format!("/products?sort={sort}&brand=Lux"), &settled).await;
    }
    assert_pages_are_whole(&shop.anonymous, "/products?q=lamp", &settled).await;
    assert_pages_are_whole(&shop.anonymous, "/products?q=lamp&sort=price", &settled).await;
    assert_pages_are_whole(&shop.anonymous, "/products", &settled).await;
    stop.store(true, Ordering::SeqCst);
    let written: usize = join_all(noise).await.into_iter().map(|n| n.expect("no panic")).sum();
    assert!(written > 20, "only {written} writes happened meanwhile");
    shop.close();
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_categories_lose_and_repeat_nothing_while_others_write(
    topology: Topology,
    backend: Backend,
) {
    let shop = Shop::open(topology, backend);
    let parent = shop.admin.new_category("Lamps", json!({})).await;
    let parent = parent["id"].as_str().unwrap();
    let mut settled = HashMap::new();
    for n in 0..30 {
        let body = json!({"name": (["Lamp", "Desk lamp"][n % 2]), "parent_id": (if n % 3 == 0 { json!(parent) } else { Value::Null })});
        let category = shop.admin.post("/categories", &body).await.expect(201);
        settled.insert(category["id"].as_str().unwrap().to_owned(), body);
    }
    let children: HashMap<String, Value> = settled
        .iter()
        .filter(|(_, body)| body["parent_id"] == parent)
        .map(|(id, b)| (id.clone(), b.clone()))
        .collect();
    let stop = Arc::new(AtomicBool::new(false));
    let noise: Vec<_> = (0..2)
        .map(|seed| tokio::spawn(disturb(shop.admin.clone(), "categories", seed, Arc::clone(&stop))))
        .collect();
    for sort in
        ["position", "-position", "name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"]
    {
        assert_pages_are_whole(&shop.anonymous, &format!("/categories?sort={sort}"), &settled).await;
    }
    assert_pages_are_whole(&shop.anonymous, "/categories?q=lamp", &settled).await;
    assert_pages_are_whole(&shop.anonymous, "/categories?parent=lamps", &children).await;
    assert_pages_are_whole(&shop.anonymous, &format!("/categories/{parent}/children"), &children).await;
    assert_pages_are_whole(&shop.anonymous, &format!("/categories/{parent}/descendants"), &children).await;
    stop.store(true, Ordering::SeqCst);
    let written: usize = join_all(noise).await.into_iter().map(|n| n.expect("no panic")).sum();
    assert!(written > 20, "only {written} writes happened meanwhile");
    shop.close();
}

/// Also without writers: each page continues where the last ended, so all pages together are sorted.
#[apply(everywhere)]
#[tokio::test]
async fn pages_together_are_sorted(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    for n in 0..25_u32 {
        let mut body = json!({"name": format!("{} {}", ["Émile", "emil", "Zoë", "aaron", "Åsa"][n as usize % 5], n % 2), "status": "active"});
        if n % 4 != 0 {
            body["price"] = json!({"amount": format!("{}.00", n % 7 * 9), "currency": "EUR"});
        }
        shop.admin.post("/products", &body).await.expect(201);
    }
    for key in ["created_at", "updated_at"] {
        for descending in [false, true] {
            let sort = if descending { format!("-{key}") } else { key.to_owned() };
            let all = shop.anonymous.all_items(&format!("/products?sort={sort}"), 4).await;
            let mut keys: Vec<&str> = all.iter().map(|item| item[key].as_str().unwrap()).collect();
            if descending {
                keys.reverse();
            }
            assert!(keys.is_sorted(), "{sort}: {keys:?}");
        }
    }
    let price =
        |item: &Value| item["price_range"]["min"]["amount"].as_str().map(|a| a.parse::<f64>().unwrap());
    let up: Vec<_> =
        shop.anonymous.all_items("/products?sort=price", 4).await.iter().filter_map(price).collect();
    assert!(up.is_sorted(), "{up:?}");
    let mut down: Vec<_> =
        shop.anonymous.all_items("/products?sort=-price", 4).await.iter().filter_map(price).collect();
    down.reverse();
    assert!(down.is_sorted(), "{down:?}");
    assert_eq!(up.len(), 18);
    let names: Vec<String> = shop
        .anonymous
        .all_items("/products?sort=name", 4)
        .await
        .iter()
        .map(|i| i["name"].as_str().unwrap().to_lowercase())
        .collect();
    let first_letters: Vec<char> = names
        .iter()
        .map(|name| name.chars().next().unwrap())
        .map(|c| match c {
            'é' => 'e',
            'å' => 'a',
            c => c,
        })
        .collect();
    assert!(first_letters.is_sorted(), "accents and case are ignored: {names:?}");
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn a_cursor_serves_the_list_it_was_made_for_and_no_other(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    for n in 0..5 {
        shop.admin.new_product(&format!("Lamp {n}"), json!({"brand": "Lux"})).await;
        shop.admin.new_category(&format!("Lamp {n}"), json!({})).await;
    }
    let first = shop.anonymous.get("/products?sort=name&brand=Lux&limit=2").await;
    let page = first.expect(200);
    let cursor = page["next_cursor"].as_str().expect("there is more");
    assert!(
        first.header("link").contains(&format!("cursor={cursor}"))
            && first.header("link").contains("rel=\"next\""),
        "{:?}",
        first.headers
    );
    // Another page size is no other list.
    let rest = shop
        .anonymous
        .get(&format!("/products?sort=name&brand=Lux&limit=100&cursor={cursor}"))
        .await
        .expect(200);
    assert_eq!(items(&rest).len(), 3);
    assert_eq!(rest["next_cursor"], Value::Null);

    let flipped = {
        let mut bytes = cursor.as_bytes().to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let long = "A".repeat(5000);
    for path in [
        format!("/products?sort=-name&brand=Lux&cursor={cursor}"),
        format!("/products?sort=name&brand=Other&cursor={cursor}"),
        format!("/products?sort=name&cursor={cursor}"),
        format!("/categories?sort=name&cursor={cursor}"),
        format!("/products?sort=name&brand=Lux&cursor={}", &cursor[1..]),
        "/products?cursor=x".to_owned(),
        "/products?cursor=%00".to_owned(),
        "/products?cursor=%F0%9F%92%A5".to_owned(),
        "/products?cursor=bnVsbA".to_owned(),
        "/products?cursor=e30".to_owned(),
        format!("/products?cursor={long}"),
        "/categories?cursor=eyJmIjoiIiwiayI6W119".to_owned(),
    ] {
        let answer = shop.anonymous.get(&path).await;
        assert_eq!(answer.problem(400)["type"], "/problems/invalid-cursor", "{path}");
    }
    // A flipped bit either breaks the cursor or moves it; it never breaks the server.
    let answer = shop.anonymous.get(&format!("/products?sort=name&brand=Lux&cursor={flipped}")).await;
    assert!([200, 400].contains(&answer.status), "{answer}");
    shop.close();
}
