use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use rstest::rstest;
use vitrine_kernel::ErrorCode;

use super::fixture::{THING, api, get, post_thing, start};
use crate::HttpSettings;

#[actix_web::test]
async fn fixed_paths_win_over_variable_ones() {
    let app = start(&api(HttpSettings::default())).await;
    assert_eq!(app.send(get("/api/v1/things/tree")).await.body, b"the tree");
    assert_eq!(app.send(get("/api/v1/things/a%2Fb%20c%25")).await.json(), "a/b c%");
}

#[rstest]
#[case(Method::DELETE, "/api/v1/things/5", "GET, HEAD, PATCH, OPTIONS")]
#[case(Method::PUT, "/api/v1/things", "GET, HEAD, POST, OPTIONS")]
#[case(Method::POST, "/docs", "GET, HEAD, OPTIONS")]
#[case(Method::TRACE, "/api/v1/things", "GET, HEAD, POST, OPTIONS")]
#[actix_web::test]
async fn a_wrong_method_is_told_the_right_ones(
    #[case] method: Method,
    #[case] path: &str,
    #[case] allow: &str,
) {
    let app = start(&api(HttpSettings::default())).await;
    let answer = app.send(TestRequest::with_uri(path).method(method)).await;
    answer.problem(ErrorCode::MethodNotAllowed);
    assert_eq!(answer.header("allow"), allow);
}

#[rstest]
#[case::unknown_path(get("/api/v1/nothing"), 404, ErrorCode::NotFound)]
#[case::a_longer_path(get("/api/v1/things/5/6"), 404, ErrorCode::NotFound)]
#[case::invalid_utf8_path(get("/api/v1/%ff"), 404, ErrorCode::NotFound)]
#[case::unknown_parameter(get("/api/v1/things?x=1"), 400, ErrorCode::InvalidQuery)]
#[case::an_error_of_actix(get("/api/v1/plain-error?a=b"), 400, ErrorCode::MalformedRequest)]
#[case::a_panic(get("/api/v1/panic"), 500, ErrorCode::Internal)]
#[case::our_fault(get("/api/v1/broken"), 500, ErrorCode::Internal)]
#[case::encoded_body(
    post_thing("k", THING).insert_header((header::CONTENT_ENCODING, "gzip")), 415, ErrorCode::UnsupportedMediaType
)]
#[actix_web::test]
async fn every_error_is_a_problem_with_the_request_id(
    #[case] request: TestRequest,
    #[case] status: u16,
    #[case] code: ErrorCode,
) {
    let app = start(&api(HttpSettings::default())).await;
    let answer = app.send(request.insert_header(("x-request-id", "my-id.7"))).await;
    assert_eq!(answer.status, status);
    let problem = answer.problem(code);
    assert_eq!(problem["instance"], "my-id.7");
    assert!(!problem.to_string().contains("secret") && !problem.to_string().contains("made for a test"));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[rstest]
#[case("/api/v1/things/5", "default-src 'none'; frame-ancestors 'none'")]
#[case("/nowhere", "default-src 'none'; frame-ancestors 'none'")]
#[case("/api/v1/panic", "default-src 'none'; frame-ancestors 'none'")]
#[case("/docs", "script-src 'self'")]
#[case("/docs/swagger-ui-bundle.js", "script-src 'self'")]
#[actix_web::test]
async fn every_answer_has_the_security_headers(#[case] path: &str, #[case] policy: &str) {
    let app = start(&api(HttpSettings::default())).await;
    let answer = app.send(get(path)).await;
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
    assert!(answer.header("content-security-policy").contains(policy));
    assert!(uuid::Uuid::parse_str(answer.header("x-request-id")).is_ok());
}

#[actix_web::test]
async fn an_unfit_request_id_is_replaced() {
    let app = start(&api(HttpSettings::default())).await;
    let answer = app.send(get("/api/v1/things").insert_header(("x-request-id", "a b\"<script>"))).await;
    assert!(uuid::Uuid::parse_str(answer.header("x-request-id")).is_ok());
}

#[actix_web::test]
async fn a_read_with_an_etag_is_revalidated_and_any_other_answer_is_not_stored() {
    let app = start(&api(HttpSettings::default())).await;
    let answer = app.send(get("/api/v1/things/5")).await;
    assert_eq!(answer.header("cache-control"), "no-cache");
    assert_eq!(answer.header("vary"), "Authorization, Accept-Encoding");
    let etag = answer.header("etag").to_owned();
    let list = format!("\"0-00\", W/{etag}");
    let unchanged = app.send(get("/api/v1/things/5").insert_header((header::IF_NONE_MATCH, list))).await;
    assert_eq!((unchanged.status.as_u16(), unchanged.body.len()), (304, 0));
    assert_eq!(unchanged.header("etag"), etag);
    assert_eq!(unchanged.header("cache-control"), "no-cache");
    assert_eq!(app.send(get("/api/v1/things")).await.header("cache-control"), "no-store");
    let created = app.send(post_thing("k", THING)).await;
    assert_eq!((created.status.as_u16(), created.header("cache-control")), (201, "no-store"));
}

#[rstest]
#[case::current(Some("\"7-ffff\""), 204, None)]
#[case::any(Some("*"), 204, None)]
#[case::stale(Some("\"6-00\""), 412, Some(ErrorCode::PreconditionFailed))]
#[case::weak(Some("W/\"7-00\""), 412, Some(ErrorCode::PreconditionFailed))]
#[case::unquoted(Some("7"), 400, Some(ErrorCode::MalformedRequest))]
#[case::absent(None, 428, Some(ErrorCode::PreconditionRequired))]
#[actix_web::test]
async fn a_change_names_the_version_it_is_meant_for(
    #[case] if_match: Option<&str>,
    #[case] status: u16,
    #[case] refused: Option<ErrorCode>,
) {
    let app = start(&api(HttpSettings::default())).await;
    let mut request =
        TestRequest::patch().uri("/api/v1/things/5").insert_header((header::AUTHORIZATION, "Bearer writer"));
    if let Some(tag) = if_match {
        request = request.insert_header((header::IF_MATCH, tag));
    }
    let answer = app.send(request).await;
    assert_eq!(answer.status, status);
    if let Some(code) = refused {
        answer.problem(code);
    }
    assert_eq!(answer.header("etag"), if status == 412 { "\"7-00\"" } else { "" });
}

#[actix_web::test]
async fn all_faults_of_a_query_come_at_once() {
    let app = start(&api(HttpSettings::default())).await;
    let answer = app.send(get("/api/v1/things?limit=0&count=x&srot=a&sort=%FF&sort=b&q=%FE")).await;
    let problem = answer.problem(ErrorCode::InvalidQuery);
    let faults: Vec<_> = problem["errors"]
        .as_array()
        .expect("faults")
        .iter()
        .map(|fault| (fault["pointer"].as_str().expect("text"), fault["code"].as_str().expect("text")))
        .collect();
    assert_eq!(
        faults,
        [
            ("sort", "invalid_utf8"),
            ("q", "invalid_utf8"),
            ("limit", "invalid_value"),
            ("count", "invalid_value"),
            ("srot", "unknown_parameter"),
        ]
    );
}

#[actix_web::test]
async fn answers_are_compressed_for_those_who_read_that() {
    let app = start(&api(HttpSettings::default())).await;
    let request = get("/docs").insert_header((header::ACCEPT_ENCODING, "gzip"));
    let answer = app.send(request).await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert_eq!(app.send(get("/docs")).await.header("content-encoding"), "");
    // A problem keeps its own body, uncompressed, whatever was made of the one it replaces.
    let answer = app.send(get("/nowhere").insert_header((header::ACCEPT_ENCODING, "gzip"))).await;
    answer.problem(ErrorCode::NotFound);
    assert_eq!(answer.header("content-encoding"), "");
}
