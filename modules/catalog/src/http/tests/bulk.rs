//! Imports, exports and batches as clients see them.

use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Answer, EDITOR, Server, WRITER, app_of, get, request, send, send_json};

fn upload(path: &str, content_type: &str, body: &str) -> TestRequest {
    request(&Method::POST, path, EDITOR)
        .insert_header(("Content-Type", content_type))
        .set_payload(body.to_owned())
}

/// The lines of a report.
fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    answer.text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn statuses(answer: &Answer) -> Vec<u64> {
    answer.json()["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["status"].as_u64().expect("a status"))
        .collect()
}

#[actix_web::test]
async fn what_is_exported_imports_without_a_change() {
    let server = Server::new();
    let app = app_of(&server).await;
    let rows = "external_id,name,price,currency,status\n1,\"Mug, blue\",5.00,EUR,active\n2,,,,\n";
    let report = lines(&send(&app, upload("/products/import", "text/csv", rows)).await);
    assert_eq!(report[0]["line"], 3);
    assert_eq!(report[0]["errors"][0]["pointer"], "/name");
    assert_eq!(report[1]["summary"]["created"], 1);
    assert_eq!(get(&app, "/products/by-slug/mug-blue", "").await.status, StatusCode::OK);
    for (format, content_type) in [("ndjson", "application/x-ndjson"), ("csv", "text/csv; charset=utf-8")] {
        let exported = get(&app, &format!("/products/export?format={format}"), EDITOR).await;
        assert_eq!(exported.header("content-type"), Some(content_type));
        let disposition = format!("attachment; filename=\"products.{format}\"");
        assert_eq!(exported.header("content-disposition"), Some(disposition.as_str()));
        let report = lines(&send(&app, upload("/products/import", content_type, &exported.text)).await);
        let mut summary = report[0]["summary"].clone();
        summary["seconds"] = json!(0);
        let wanted = json!({"rows": 1, "created": 0, "updated": 0, "unchanged": 1, "rejected": 0, "validate_only": false, "seconds": 0});
        assert_eq!(summary, wanted);
    }
}

#[rstest]
#[case("/products/import", "application/json", "{}", StatusCode::UNSUPPORTED_MEDIA_TYPE)]
#[case("/products/import", "text/csv", "nmae\nx\n", StatusCode::BAD_REQUEST)]
#[case("/products/import", "application/x-ndjson", "[{}]", StatusCode::BAD_REQUEST)]
#[case("/products/import?validate=true", "text/csv", "name\n", StatusCode::BAD_REQUEST)]
#[actix_web::test]
async fn a_file_that_is_none_is_refused_as_a_whole(
    #[case] path: &str,
    #[case] content_type: &str,
    #[case] body: &str,
    #[case] status: StatusCode,
) {
    let server = Server::new();
    let app = app_of(&server).await;
    let answer = send(&app, upload(path, content_type, body)).await;
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
}

#[actix_web::test]
async fn a_rehearsal_writes_nothing() {
    let server = Server::new();
    let app = app_of(&server).await;
    let rows = "{\"external_id\": \"1\", \"name\": \"Mug\"}\n";
    let upload =
        upload("/products/import?validate_only=true&format=ndjson", "application/octet-stream", rows);
    let report = lines(&send(&app, upload).await);
    assert_eq!(
        (&report[0]["summary"]["created"], &report[0]["summary"]["validate_only"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(get(&app, "/products/export", EDITOR).await.text, "");
}

#[actix_web::test]
async fn bulk_needs_its_permission() {
    let server = Server::new();
    let app = app_of(&server).await;
    assert_eq!(get(&app, "/products/export", WRITER).await.status, StatusCode::FORBIDDEN);
    let import = request(&Method::POST, "/products/import", WRITER).set_payload("");
    assert_eq!(send(&app, import).await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&app, "/products/export", "").await.status, StatusCode::UNAUTHORIZED);
}

fn create(name: &str, sku: &str) -> Value {
    json!({"op": "create", "product": {"name": name, "sku": sku}})
}

#[actix_web::test]
async fn a_batch_is_written_as_one() {
    let server = Server::new();
    let app = app_of(&server).await;
    let old = send_json(&app, &Method::POST, "/products", &json!({"name": "Old", "sku": "OLD"})).await.json();
    let gone = send_json(&app, &Method::POST, "/products", &json!({"name": "Gone"})).await.json();
    let body = json!({"operations": [
        create("New", "NEW"),
        {"op": "update", "id": old["id"], "version": 1, "patch": {"name": "Older"}},
        {"op": "upsert", "product": {"sku": "NEW", "name": "Newer"}},
        {"op": "delete", "id": gone["id"]},
        {"op": "restore", "id": gone["id"]},
    ]});
    let answer = send_json(&app, &Method::POST, "/products/batch", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(statuses(&answer), [201, 200, 200, 204, 200]);
    let items = answer.json()["items"].clone();
    assert_eq!(items[0]["id"], items[2]["id"]);
    assert_eq!((&items[2]["version"], &items[4]["version"]), (&json!(2), &json!(3)));
    assert_eq!(get(&app, "/products/by-sku/NEW", EDITOR).await.json()["name"], "Newer");
}

#[rstest]
#[case("", StatusCode::UNPROCESSABLE_ENTITY, [424, 409, 422, 412, 422, 404, 424], StatusCode::NOT_FOUND)]
#[case("?on_error=abort", StatusCode::UNPROCESSABLE_ENTITY, [424, 409, 422, 412, 422, 404, 424], StatusCode::NOT_FOUND)]
#[case("?on_error=skip", StatusCode::OK, [201, 409, 422, 412, 422, 404, 201], StatusCode::OK)]
#[case("?on_error=skip&validate_only=true", StatusCode::OK, [201, 409, 422, 412, 422, 404, 201], StatusCode::NOT_FOUND)]
#[actix_web::test]
async fn what_a_bad_operation_means_is_for_the_caller_to_say(
    #[case] query: &str,
    #[case] status: StatusCode,
    #[case] wanted: [u64; 7],
    #[case] first: StatusCode,
) {
    let server = Server::new();
    let app = app_of(&server).await;
    let old = send_json(&app, &Method::POST, "/products", &json!({"name": "Old", "sku": "OLD"})).await.json();
    let body = json!({"operations": [
        create("First", "FIRST"),
        create("Thief", "OLD"),
        {"op": "create", "product": {"nam": "x"}},
        {"op": "delete", "id": old["id"], "version": 7},
        {"op": "destroy"},
        {"op": "update", "id": "01890a5d-ac96-774b-bcce-b302099a8057", "patch": {}},
        create("Last", "LAST"),
    ]});
    let answer = send_json(&app, &Method::POST, &format!("/products/batch{query}"), &body).await;
    assert_eq!((answer.status, statuses(&answer)), (status, wanted.to_vec()), "{}", answer.text);
    let items = answer.json()["items"].clone();
    assert_eq!(items[1]["error"]["errors"][0]["pointer"], "/operations/1/product/sku");
    assert_eq!(items[4]["error"]["errors"][0]["pointer"], "/operations/4/op");
    for sku in ["FIRST", "LAST"] {
        assert_eq!(get(&app, &format!("/products/by-sku/{sku}"), EDITOR).await.status, first);
    }
    if status == StatusCode::UNPROCESSABLE_ENTITY {
        let faults = answer.faults();
        for fault in [
            "/operations/1/product/sku duplicate_sku",
            "/operations/2/product/name required",
            "/operations/3 precondition-failed",
            "/operations/4/op invalid_value",
            "/operations/5 not-found",
        ] {
            assert!(faults.contains(&fault.to_owned()), "{fault} is missing in {faults:?}");
        }
    }
}

#[rstest]
#[case(json!({}), "/operations required")]
#[case(json!({"operations": {}}), "/operations wrong_type")]
#[case(json!({"operations": vec![json!({}); 1001]}), "/operations too_many")]
#[case(json!({"operations": [], "on_error": "skip"}), "/on_error unknown_field")]
#[actix_web::test]
async fn a_body_that_is_no_batch_is_refused(#[case] body: Value, #[case] fault: &str) {
    let server = Server::new();
    let app = app_of(&server).await;
    let answer = send_json(&app, &Method::POST, "/products/batch", &body).await;
    assert_eq!((answer.status, answer.faults()), (StatusCode::UNPROCESSABLE_ENTITY, vec![fault.to_owned()]));
}

#[actix_web::test]
async fn a_batch_sent_again_under_its_key_is_done_once() {
    let server = Server::new();
    let app = app_of(&server).await;
    let body = json!({"operations": [{"op": "create", "product": {"name": "Mug"}}]});
    let again = async || {
        let request =
            request(&Method::POST, "/products/batch", EDITOR).insert_header(("Idempotency-Key", "k1"));
        send(&app, request.set_json(&body)).await
    };
    let (first, second) = (again().await, again().await);
    assert_eq!((first.status, &first.text), (StatusCode::OK, &second.text));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(get(&app, "/products/export", EDITOR).await.text.lines().count(), 1);
}

#[actix_web::test]
async fn deleting_in_a_batch_needs_the_permission_to_delete() {
    let server = Server::new();
    let app = app_of(&server).await;
    let product = send_json(&app, &Method::POST, "/products", &json!({"name": "Mug"})).await.json();
    let body = json!({"operations": [{"op": "delete", "id": product["id"]}]});
    let delete = request(&Method::POST, "/products/batch?on_error=skip", super::CLERK).set_json(&body);
    assert_eq!(statuses(&send(&app, delete).await), [403]);
    let delete = request(&Method::POST, "/products/batch?on_error=skip", WRITER).set_json(&body);
    assert_eq!(statuses(&send(&app, delete).await), [204]);
}
