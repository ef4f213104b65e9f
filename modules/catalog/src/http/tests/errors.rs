use actix_web::http::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use super::{EDITOR, Server, app_of, get, request, send, send_json};
use crate::world::shirt;

#[actix_web::test]
async fn changes_need_the_version_they_are_meant_for() {
    let server = Server::new();
    let app = app_of(&server).await;
    let created = send_json(&app, &Method::POST, "/products", &shirt("A")).await;
    let path = format!("/products/{}", created.json()["id"].as_str().expect("an id"));
    for method in [Method::PATCH, Method::DELETE] {
        let change = |condition: Option<&str>| {
            let change = request(&method, &path, EDITOR).set_json(json!({"name": "Tee"}));
            condition.map_or(request(&method, &path, EDITOR).set_json(json!({"name": "Tee"})), |condition| {
                change.insert_header(("If-Match", condition))
            })
        };
        assert_eq!(send(&app, change(None)).await.status, StatusCode::PRECONDITION_REQUIRED);
        assert_eq!(send(&app, change(Some("5"))).await.status, StatusCode::BAD_REQUEST);
        let stale = send(&app, change(Some("\"99-0000000000000000\""))).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
        assert_eq!(stale.etag(), created.etag(), "the current one");
    }
    let unknown = request(&Method::PATCH, "/products/0198c0de-0000-7000-8000-000000000000", EDITOR)
        .insert_header(("If-Match", "*"))
        .set_json(json!({"name": "Tee"}));
    assert_eq!(send(&app, unknown).await.status, StatusCode::NOT_FOUND);
}

#[rstest]
#[case("/products/nonsense", StatusCode::NOT_FOUND)]
#[case("/products/0198c0de-0000-7000-8000-000000000000", StatusCode::NOT_FOUND)]
#[case("/products/0198c0de-0000-7000-8000-000000000000/history", StatusCode::NOT_FOUND)]
#[case("/products/by-slug/Not%20A%20Slug", StatusCode::NOT_FOUND)]
#[case("/products/by-sku/%00%FF", StatusCode::NOT_FOUND)]
#[case("/products/by-sku/%00", StatusCode::NOT_FOUND)]
#[case("/products/by-sku/'%20OR%201=1--", StatusCode::NOT_FOUND)]
#[case("/products/0198c0de-0000-7000-8000-000000000000?expand=all", StatusCode::BAD_REQUEST)]
#[case("/products/by-sku/x?a=b", StatusCode::BAD_REQUEST)]
#[case("/products/by-slug/x?a=b", StatusCode::BAD_REQUEST)]
#[case("/products/0198c0de-0000-7000-8000-000000000000/history?cursor=zzz", StatusCode::BAD_REQUEST)]
#[case("/products/0198c0de-0000-7000-8000-000000000000/history?limit=0&x=1", StatusCode::BAD_REQUEST)]
#[actix_web::test]
async fn what_can_not_be_read_is_a_problem(#[case] path: &str, #[case] status: StatusCode) {
    let server = Server::new();
    let app = app_of(&server).await;
    let answer = get(&app, path, EDITOR).await;
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}

#[rstest]
#[case(json!({}), &["/name required"])]
#[case(json!([]), &[" wrong_type"])]
#[case(json!({"name": "A", "id": "x", "version": 1, "price_range": null, "nmae": "B"}),
    &["/id server_owned", "/version server_owned", "/price_range server_owned", "/nmae unknown_field"])]
#[case(json!({"name": "A", "sku": "S", "variants": [{}], "price": 5}),
    &["/sku conflicts_with_variants", "/price conflicts_with_variants"])]
#[case(json!({"name": "A", "price": {"amount": 5, "currency": "EUR"}}), &["/price/amount wrong_type"])]
#[actix_web::test]
async fn a_bad_body_is_answered_with_all_its_faults(#[case] body: Value, #[case] wanted: &[&str]) {
    let server = Server::new();
    let app = app_of(&server).await;
    let answer = send_json(&app, &Method::POST, "/products", &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    // A body that is no object lacks a name too; what matters is the first.
    let faults = answer.faults();
    assert_eq!(
        faults.get(..wanted.len()),
        Some(wanted.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>().as_slice())
    );
    assert!(server.module.service().products_after(0, 1).await.expect("asked").is_empty());
}

#[actix_web::test]
async fn names_in_use_are_conflicts() {
    let server = Server::new();
    let app = app_of(&server).await;
    send_json(&app, &Method::POST, "/products", &shirt("A")).await;
    let mut body = shirt("B");
    body["variants"][1]["sku"] = json!("A-M");
    let answer = send_json(&app, &Method::POST, "/products", &body).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert_eq!(answer.faults(), ["/variants/1/sku duplicate_sku"]);
}
