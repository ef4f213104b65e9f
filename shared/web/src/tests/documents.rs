use actix_web::http::header;
use rstest::rstest;
use serde_json::json;
use vitrine_kernel::ErrorCode;

use super::fixture::{api, get, start};
use crate::HttpSettings;

#[actix_web::test]
async fn the_document_tells_what_each_operation_needs_and_how_it_fails() {
    let app = start(&api(HttpSettings::default())).await;
    let answer = app.send(get("/api/v1/openapi.json")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let document = answer.json();
    assert_eq!(document["info"]["title"], "Vitrine");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let create = &document["paths"]["/api/v1/things"]["post"];
    assert_eq!(create["x-permission"], "product:write");
    assert_eq!(create["security"], json!([{"bearer": []}]));
    assert_eq!(create["responses"]["422"]["description"], "Special.");
    assert_eq!(
        create["responses"]["415"]["content"]["application/problem+json"]["schema"]["$ref"],
        "#/components/schemas/Problem"
    );
    let read = &document["paths"]["/api/v1/things/{id}"]["get"];
    assert_eq!(read["security"], json!([{}, {"bearer": []}]));
    assert!(read["responses"]["404"].is_object() && read["responses"]["200"].is_object());
    assert!(read.get("x-permission").is_none());
    let unchanged =
        get("/api/v1/openapi.json").insert_header((header::IF_NONE_MATCH, answer.header("etag").to_owned()));
    assert_eq!(app.send(unchanged).await.status, 304);
}

#[test]
fn routes_and_document_are_compared_both_ways() {
    let api = api(HttpSettings::default());
    assert_eq!(
        api.undocumented(),
        ["GET /api/v1/panic", "GET /api/v1/speak", "GET /api/v1/broken", "GET /api/v1/plain-error"]
    );
    assert_eq!(api.unserved(), ["GET /api/v1/nowhere"]);
    assert!(api.declared_twice().is_empty());
}

#[actix_web::test]
async fn the_page_to_try_it_comes_from_the_binary_and_runs_no_inline_script() {
    let app = start(&api(HttpSettings::default())).await;
    let page = app.send(get("/docs")).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let html = String::from_utf8(page.body).expect("UTF-8");
    assert!(!html.contains("http://") && !html.contains("https://"), "nothing from elsewhere");
    let mut files = 0;
    for reference in html.split(['"']).filter(|text| text.starts_with("/docs/")) {
        let file = app.send(get(reference)).await;
        assert_eq!(file.status, 200, "{reference}");
        assert!(!file.body.is_empty());
        files += 1;
    }
    assert_eq!(files, 6);
    for script in html.split("<script").skip(1) {
        assert!(script.contains("src=") && script.contains("></script>"), "inline: {script}");
    }
    let setup = app.send(get("/docs/swagger-initializer.js")).await;
    assert_eq!(setup.header("content-type"), "text/javascript");
    assert!(String::from_utf8_lossy(&setup.body).contains("/api/v1/openapi.json"));
    app.send(get("/docs/..%2f..%2fetc%2fpasswd")).await.problem(ErrorCode::NotFound);
    assert_eq!(app.send(get("/")).await.header("location"), "/docs");
}

#[rstest]
#[actix_web::test]
async fn every_kind_of_problem_has_its_page() {
    let app = start(&api(HttpSettings::default())).await;
    for code in ErrorCode::ALL {
        let page = app.send(get(&format!("/problems/{}", code.slug()))).await;
        assert_eq!(page.status, 200);
        assert!(String::from_utf8_lossy(&page.body).contains(code.title()));
    }
    app.send(get("/problems/none")).await.problem(ErrorCode::NotFound);
}
