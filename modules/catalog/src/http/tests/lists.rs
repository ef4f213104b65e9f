//! Lists and suggestions.

use actix_web::http::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use vitrine_category_api::CategoryPortError;
use vitrine_category_api::testing::SeedCategory;

use super::{EDITOR, Server, app_of, get, request, send, send_json};

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    items.iter().map(|item| item["name"].as_str().expect("a name")).collect()
}

fn lamp(number: u32) -> Value {
    let price = json!({"amount": format!("{number}.50"), "currency": "EUR"});
    json!({"name": format!("Lamp {number}"), "status": "active", "brand": "Lux", "tags": ["Sale"], "price": price})
}

#[actix_web::test]
async fn a_page_leads_to_the_next_one_and_is_not_sent_twice() {
    let server = Server::new();
    let app = app_of(&server).await;
    for number in 1..=3 {
        send_json(&app, &Method::POST, "/products", &lamp(number)).await;
    }
    let path = "/products?q=lamp&sort=price&limit=2&count=exact";
    let first = get(&app, path, "").await;
    let page = first.json();
    assert_eq!((names(&page), &page["total"]), (vec!["Lamp 1", "Lamp 2"], &json!(3)));
    let link = first.header("link").expect("a link");
    assert!(link.contains("rel=\"next\"") && link.contains(page["next_cursor"].as_str().expect("a cursor")));
    let next = link.split(['<', '>']).nth(1).expect("an address").trim_start_matches("/api/v1");
    let last = get(&app, next, "").await;
    assert_eq!(names(&last.json()), ["Lamp 3"]);
    assert_eq!((last.json()["next_cursor"].clone(), last.header("link")), (Value::Null, None));

    let same = request(&Method::GET, path, "").insert_header(("If-None-Match", first.etag()));
    assert_eq!(send(&app, same).await.status, StatusCode::NOT_MODIFIED);
    // From the cache, with its link.
    let again = get(&app, path, "").await;
    assert_eq!((again.etag(), again.header("link")), (first.etag(), first.header("link")));
    // A write is seen at once.
    send_json(&app, &Method::POST, "/products", &lamp(0)).await;
    let changed = get(&app, path, "").await;
    assert_eq!(names(&changed.json()), ["Lamp 0", "Lamp 1"]);
    assert_ne!(changed.etag(), first.etag());
}

#[actix_web::test]
async fn drafts_are_listed_for_those_who_see_them() {
    let server = Server::new();
    let app = app_of(&server).await;
    send_json(&app, &Method::POST, "/products", &lamp(1)).await;
    send_json(&app, &Method::POST, "/products", &json!({"name": "Lamp in the making"})).await;
    // In this order, so that an answer kept for one caller would be seen by the other.
    for _ in 0..2 {
        assert_eq!(names(&get(&app, "/products?q=lamp", EDITOR).await.json()).len(), 2);
        assert_eq!(names(&get(&app, "/products?q=lamp", "").await.json()), ["Lamp 1"]);
        assert_eq!(names(&get(&app, "/products?status=draft", EDITOR).await.json()), ["Lamp in the making"]);
        let refused = get(&app, "/products?status=draft", "").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.text.contains("product:read_unpublished"), "{}", refused.text);
        let suggested = get(&app, "/products/suggest?q=mak", "").await.json();
        assert_eq!(suggested, json!({"suggestions": [], "did_you_mean": null}));
    }
}

#[actix_web::test]
async fn facets_and_marks_come_where_they_are_asked_for() {
    let server = Server::new();
    let app = app_of(&server).await;
    let category = server.categories.add(SeedCategory::named("Lamps"));
    let mut body = lamp(7);
    body["category_ids"] = json!([category]);
    body["attributes"] = json!({"color": "Red"});
    send_json(&app, &Method::POST, "/products", &body).await;
    let bare = get(&app, "/products", "").await.json();
    assert!(bare.get("facets").is_none() && bare["items"][0].get("highlight").is_none());
    let path = "/products?q=lapm&highlight=true&facets=brand,category,price,tag,attr.color";
    let page = get(&app, path, "").await.json();
    assert_eq!(page["did_you_mean"], "lamp");
    assert_eq!(page["items"][0]["highlight"], json!({"name": "<mark>Lamp</mark> 7", "description": ""}));
    let facets = &page["facets"];
    assert_eq!(facets["brand"], json!([{"value": "Lux", "count": 1}]));
    assert_eq!(facets["tag"], json!([{"value": "Sale", "count": 1}]));
    assert_eq!(facets["attr.color"], json!([{"value": "Red", "count": 1}]));
    assert_eq!(
        (&facets["category"][0]["name"], &facets["category"][0]["count"]),
        (&json!("Lamps"), &json!(1))
    );
    assert_eq!(facets["price"]["min"], json!({"amount": "7.50", "currency": "EUR"}));
    assert_eq!(facets["price"]["histogram"][0]["count"], 1);
}

#[rstest]
#[case("/products?category=nowhere", "category unknown_category")]
#[case(
    "/products?category=No%20Slug!&category=nowhere",
    "category unknown_category,category unknown_category"
)]
#[case("/products?sort=relevance", "sort needs_query")]
#[case("/products?srot=name&limit=0", "limit invalid_value,srot unknown_parameter")]
#[case("/products?facets=colour", "facets unknown_facet")]
#[case("/products/suggest", "q required")]
#[case("/products/suggest?q=a&limit=101", "limit invalid_value")]
#[actix_web::test]
async fn faults_are_400_with_all_that_is_wrong(#[case] path: &str, #[case] wanted: &str) {
    let server = Server::new();
    let answer = get(&app_of(&server).await, path, "").await;
    assert_eq!((answer.status, answer.faults().join(",")), (StatusCode::BAD_REQUEST, wanted.to_owned()));
}

#[rstest]
#[case("x")]
#[case("%00")]
#[case("%F0%9F%92%A5")]
#[case("bnVsbA")]
#[case("eyJmIjoiIiwiayI6W119")]
#[actix_web::test]
async fn a_foreign_cursor_is_refused(#[case] cursor: &str) {
    let server = Server::new();
    let answer = get(&app_of(&server).await, &format!("/products?cursor={cursor}"), "").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.json()["type"], "/problems/invalid-cursor");
}

#[actix_web::test]
async fn categories_that_do_not_answer_are_503_and_only_where_they_are_needed() {
    let server = Server::new();
    let app = app_of(&server).await;
    server.categories.fail_with(Some(CategoryPortError::Unavailable("away".into())));
    assert_eq!(get(&app, "/products?q=a", "").await.status, StatusCode::OK);
    assert_eq!(get(&app, "/products?category=lamps", "").await.status, StatusCode::SERVICE_UNAVAILABLE);
}
