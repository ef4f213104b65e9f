//! What only shows on a real connection.

use actix_web::HttpServer;
use rstest::rstest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::fixture::api;
use crate::{HttpSettings, app};

/// Sends the bytes to a server of its own and reads all it answers.
async fn exchange(settings: HttpSettings, request: &[u8]) -> String {
    let api = api(settings);
    let server =
        HttpServer::new(move || app(&api)).workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
    let address = server.addrs()[0];
    let running = server.run();
    let handle = running.handle();
    actix_web::rt::spawn(running);
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    connection.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.expect("answered");
    handle.stop(false).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn request(line: &str, rest: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{rest}\r\n").into_bytes()
}

#[actix_web::test]
async fn head_answers_like_get_without_the_body() {
    let got = exchange(HttpSettings::default(), &request("GET /api/v1/things/5", "")).await;
    let headed = exchange(HttpSettings::default(), &request("HEAD /api/v1/things/5", "")).await;
    assert!(got.contains("content-length: 3") && got.ends_with("\"5\""), "{got}");
    assert!(headed.starts_with("HTTP/1.1 200") && headed.contains("content-length: 3"), "{headed}");
    assert!(headed.ends_with("\r\n\r\n") && headed.to_lowercase().contains("etag: \"7-"), "{headed}");
}

#[rstest]
#[case::handler("GET /api/v1/panic", "")]
#[case::middleware("GET /api/v1/things", "Authorization: Bearer panic\r\n")]
#[actix_web::test]
async fn a_panic_is_answered(#[case] line: &str, #[case] header: &str) {
    let rest = format!("X-Request-Id: after-panic\r\n{header}");
    let answer = exchange(HttpSettings::default(), &request(line, &rest)).await;
    assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    assert!(
        answer.contains("x-request-id: after-panic") && answer.contains("x-frame-options: DENY"),
        "{answer}"
    );
    assert!(answer.contains(r#""instance":"after-panic""#), "{answer}");
}

#[actix_web::test]
async fn a_body_that_does_not_arrive_ends_with_408() {
    let settings = HttpSettings { body_timeout_seconds: 0, ..HttpSettings::default() };
    let rest = "Authorization: Bearer writer\r\nContent-Type: application/json\r\nContent-Length: 100\r\n";
    let mut sent = request("POST /api/v1/things", rest);
    sent.extend_from_slice(b"{\"name\":");
    let answer = exchange(settings, &sent).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("/problems/request-timeout"), "{answer}");
}
