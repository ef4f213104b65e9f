use std::sync::atomic::Ordering;

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use rstest::rstest;
use vitrine_kernel::ErrorCode;

use super::fixture::{State, api, api_over, get, start};
use crate::HttpSettings;

fn closed() -> HttpSettings {
    HttpSettings { anonymous_read: false, ..HttpSettings::default() }
}

#[rstest]
#[case::open_read("/api/v1/things", true, None, None)]
#[case::closed_read("/api/v1/things", false, None, Some(ErrorCode::Unauthenticated))]
#[case::closed_read_with_key("/api/v1/things", false, Some("reader"), None)]
#[case::me_without_key("/api/v1/me", true, None, Some(ErrorCode::Unauthenticated))]
#[case::me_with_key("/api/v1/me", true, Some("reader"), None)]
#[case::bad_key_on_an_open_route("/api/v1/things", true, Some("wrong"), Some(ErrorCode::Unauthenticated))]
#[case::bad_key_on_no_route("/nowhere", true, Some("wrong"), Some(ErrorCode::Unauthenticated))]
#[case::auth_is_away("/api/v1/things", true, Some("down"), Some(ErrorCode::Unavailable))]
#[case::auth_panics("/api/v1/things", true, Some("panic"), Some(ErrorCode::Internal))]
#[actix_web::test]
async fn reading_is_for_those_who_may(
    #[case] path: &str,
    #[case] anonymous_read: bool,
    #[case] key: Option<&str>,
    #[case] refused: Option<ErrorCode>,
) {
    let app = start(&api(HttpSettings { anonymous_read, ..HttpSettings::default() })).await;
    let mut request = get(path);
    if let Some(key) = key {
        request = request.insert_header((header::AUTHORIZATION, format!("bearer {key}")));
    }
    let answer = app.send(request).await;
    match refused {
        None => assert_eq!(answer.status, 200),
        Some(code) => {
            let problem = answer.problem(code);
            assert!(!problem.to_string().contains("secret"));
            assert_eq!(
                answer.headers.contains_key(header::WWW_AUTHENTICATE),
                code == ErrorCode::Unauthenticated
            );
            assert_eq!(answer.headers.contains_key(header::RETRY_AFTER), code == ErrorCode::Unavailable);
        }
    }
}

#[actix_web::test]
async fn a_missing_permission_is_named_and_checked_before_the_body_is() {
    let app = start(&api(HttpSettings::default())).await;
    let post = || TestRequest::post().uri("/api/v1/things").set_payload("not even JSON");
    app.send(post()).await.problem(ErrorCode::Unauthenticated);
    let answer = app.send(post().insert_header((header::AUTHORIZATION, "Bearer reader"))).await;
    let problem = answer.problem(ErrorCode::Forbidden);
    assert!(problem["detail"].as_str().expect("text").contains("`product:write`"));
    let answer = app.send(post().insert_header((header::AUTHORIZATION, "Bearer writer"))).await;
    answer.problem(ErrorCode::UnsupportedMediaType);
}

#[actix_web::test]
async fn a_request_without_a_credential_asks_nobody() {
    let (api, port) = api_over(&State::new(), HttpSettings::default());
    let app = start(&api).await;
    assert_eq!(app.send(get("/api/v1/things")).await.status, 200);
    assert_eq!(port.asked.load(Ordering::SeqCst), 0);
    let twice = get("/api/v1/things")
        .append_header((header::AUTHORIZATION, "Bearer writer"))
        .append_header((header::AUTHORIZATION, "Bearer writer"));
    app.send(twice).await.problem(ErrorCode::Unauthenticated);
    assert_eq!(port.asked.load(Ordering::SeqCst), 0);
}

#[actix_web::test]
async fn options_and_documentation_are_for_everyone() {
    let app = start(&api(closed())).await;
    let answer = app.send(TestRequest::with_uri("/api/v1/things/5").method(Method::OPTIONS)).await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (204, "GET, HEAD, PATCH, OPTIONS"));
    for path in ["/docs", "/api/v1/openapi.json", "/problems/validation"] {
        assert_eq!(app.send(get(path)).await.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn other_origins_are_let_in_only_by_setting() {
    let from_elsewhere = || get("/api/v1/things").insert_header((header::ORIGIN, "https://shop.example"));
    let app = start(&api(HttpSettings::default())).await;
    assert_eq!(app.send(from_elsewhere()).await.header("access-control-allow-origin"), "");
    let origins = vec!["https://shop.example".to_owned()];
    let app = start(&api(HttpSettings { cors_origins: origins, ..HttpSettings::default() })).await;
    let answer = app.send(from_elsewhere()).await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://shop.example");
    let stranger = get("/api/v1/things").insert_header((header::ORIGIN, "https://evil.example"));
    assert_eq!(app.send(stranger).await.header("access-control-allow-origin"), "");
    // A refusal must be readable too.
    let refused = app.send(from_elsewhere().insert_header((header::AUTHORIZATION, "Bearer wrong"))).await;
    assert_eq!(refused.header("access-control-allow-origin"), "https://shop.example");
    refused.problem(ErrorCode::Unauthenticated);
}
