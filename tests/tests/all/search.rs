use serde_json::{Value, json};

use crate::harness::{Backend, Shop, Topology, apply, everywhere, items};

fn encode(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}

fn hostile_texts() -> Vec<String> {
    let short = include_str!("../../data/hostile-search-texts.json");
    let mut texts: Vec<String> = serde_json::from_str(short).expect("an array of texts");
    let many: Vec<String> = (0..400).map(|n| format!("w{n}")).collect();
    texts.push("a ".repeat(2000));
    texts.push("\"".repeat(2000));
    texts.push("-".repeat(2000));
    texts.push("(".repeat(2000));
    texts.push("x".repeat(5000));
    texts.push(many.join(" "));
    texts.push(many.join(" -"));
    texts.push("\u{301}".repeat(1000));
    texts
}

#[apply(everywhere)]
#[tokio::test]
async fn no_search_text_can_fail(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    shop.admin
        .new_product("A lamp with name:lamp and 100% \"quotes\"", json!({"tags": ["a-b", "c_d"]}))
        .await;
    shop.admin.new_category("Lamps & more", json!({})).await;
    for text in hostile_texts() {
        let q = encode(&text);
        for path in [
            format!("/products?q={q}"),
            format!("/products?q={q}&facets=brand,price,tag,category&highlight=true&count=exact"),
            format!("/categories?q={q}"),
            format!("/products/suggest?q={q}"),
            format!("/products?brand={q}&tag={q}&attr.x={q}"),
        ] {
            let answer = shop.anonymous.get(&path).await;
            // A filter (not `q`) may refuse NUL and control characters.
            let is_filter = !path.contains("q=");
            assert!(answer.status == 200 || (is_filter && answer.status == 400), "{text:?}: {answer}");
            assert!(!answer.text().contains("<script>"), "{text:?}: {answer}");
        }
    }
    shop.close();
}

async fn names(shop: &Shop, query: &str) -> Vec<String> {
    let page: Value = shop.anonymous.get(&format!("/products?{query}")).await.expect(200);
    items(&page).iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

#[apply(everywhere)]
#[tokio::test]
async fn people_find_what_they_mean(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    for (name, description, brand) in [
        ("Café table", "A small round table for two", "Möbel"),
        ("Table lamp", "Warm light for the table", "Lux"),
        ("Reading chair", "Soft and green; stands beside any lamp", "Möbel"),
        ("Headphones", "Wireless, with noise cancelling", "Orion"),
        ("Чайник", "Электрический чайник", "Заря"),
        ("Ångström ruler", "Very precise", "Messer"),
    ] {
        shop.admin.new_product(name, json!({"description": description, "brand": brand})).await;
    }
    for (text, first) in [
        ("cafe", "Café table"),
        ("CAFÉ", "Café table"),
        ("angstrom", "Ångström ruler"),
        ("чайник", "Чайник"),
        ("ЧАЙНИК", "Чайник"),
        ("headphnes", "Headphones"),
        ("hedphones", "Headphones"),
        ("haedphones", "Headphones"),
        ("\"table lamp\"", "Table lamp"),
        ("table -cafe", "Table lamp"),
        ("lamp", "Table lamp"),
        ("mobel chair", "Reading chair"),
        ("wireless noise", "Headphones"),
        ("headphone", "Headphones"),
    ] {
        let found = names(&shop, &format!("q={}", encode(text))).await;
        assert_eq!(found.first().map(String::as_str), Some(first), "{text}: {found:?}");
    }
    assert_eq!(names(&shop, &format!("q={}", encode("\"lamp table\""))).await, Vec::<String>::new());
    assert_eq!(names(&shop, &format!("q={}", encode("lamp -table"))).await, ["Reading chair"]);
    assert_eq!(
        names(&shop, "q=lamp").await,
        ["Table lamp", "Reading chair"],
        "the name counts more than the description"
    );
    assert_eq!(names(&shop, "q=nothingatalllikethis").await, Vec::<String>::new());

    let page = shop.anonymous.get("/products?q=lamp&highlight=true").await.expect(200);
    let marked = page["items"][0]["highlight"]["name"].as_str().expect("a highlight");
    assert!(marked.contains("lamp") && marked.contains('<') && marked != "Table lamp", "{marked}");
    let completed = shop.anonymous.get("/products/suggest?q=hea").await;
    assert!(completed.text().to_lowercase().contains("headphones"), "{completed}");
    let meant = shop.anonymous.get("/products/suggest?q=headphnes").await;
    assert!(meant.text().to_lowercase().contains("headphones"), "{meant}");
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn what_is_found_follows_every_write_at_once(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let product = shop.admin.new_product("Violet teapot", json!({"brand": "Ming"})).await;
    let path = format!("/products/{}", product["id"].as_str().unwrap());
    assert_eq!(names(&shop, "q=violet").await, ["Violet teapot"]);
    shop.admin.patch(&path, "*", &json!({"name": "Crimson teapot"})).await.expect(200);
    assert_eq!(names(&shop, "q=violet").await, Vec::<String>::new());
    assert_eq!(names(&shop, "q=crimson").await, ["Crimson teapot"]);
    shop.admin.patch(&path, "*", &json!({"status": "archived"})).await.expect(200);
    assert_eq!(names(&shop, "q=crimson").await, Vec::<String>::new());
    shop.admin.patch(&path, "*", &json!({"status": "active"})).await.expect(200);
    shop.admin.delete(&path, "*").await;
    assert_eq!(names(&shop, "q=crimson").await, Vec::<String>::new());
    let restored = shop.admin.call(reqwest::Method::POST, &format!("{path}/restore")).send().await;
    assert_eq!(restored.status, 200, "{restored}");
    assert_eq!(names(&shop, "q=crimson").await, ["Crimson teapot"]);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn facets_count_the_whole_result_and_ignore_their_own_filter(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    for n in 0..30 {
        let (brand, price) = (["Lux", "Orion", "Ming"][n % 3], format!("{}.00", 10 + n));
        let tags = if n % 2 == 0 { json!(["sale"]) } else { json!([]) };
        shop.admin
            .new_product(
                &format!("Lamp {n}"),
                json!({"brand": brand, "tags": tags, "price": {"amount": price, "currency": "EUR"}}),
            )
            .await;
    }
    let count = |facets: &Value, name: &str, value: &str| -> Option<u64> {
        let facet = &facets[name];
        let buckets = facet
            .as_array()
            .or_else(|| facet["values"].as_array())
            .or_else(|| facet["buckets"].as_array())?;
        buckets.iter().find(|bucket| bucket["value"] == value)?["count"].as_u64()
    };
    let page = shop.anonymous.get("/products?facets=brand,tag,price&limit=5").await.expect(200);
    assert_eq!(count(&page["facets"], "brand", "Lux"), Some(10), "{}", page["facets"]);
    assert_eq!(count(&page["facets"], "tag", "sale"), Some(15), "{}", page["facets"]);
    assert!(page["facets"]["price"].to_string().contains("39.00"), "{}", page["facets"]);
    let page = shop.anonymous.get("/products?facets=brand,tag&brand=Lux&limit=5").await.expect(200);
    assert_eq!(
        count(&page["facets"], "brand", "Orion"),
        Some(10),
        "its own filter is ignored: {}",
        page["facets"]
    );
    assert_eq!(count(&page["facets"], "tag", "sale"), Some(5), "others are not: {}", page["facets"]);
    let page = shop.anonymous.get("/products?price_min=20&price_max=24.99&count=exact").await.expect(200);
    assert_eq!(page["total"], 5);
    shop.close();
}
