//! What operators see of requests: logs and metrics.

use std::io;
use std::sync::{Arc, Mutex};

use actix_web::http::{Method, header};
use actix_web::test::TestRequest;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Value;
use tracing::Level;
use tracing::subscriber::DefaultGuard;

use super::fixture::{THING, api, get, post_thing, start};
use crate::HttpSettings;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Takes what this thread logs, until the guard is dropped.
    fn capture(level: Level) -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(level)
            .with_writer(move || writer.clone())
            .finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    fn events(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().expect("a lock").clone()).expect("UTF-8");
        let events = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        // What other crates say is theirs.
        events
            .filter(|event| event["target"].as_str().is_some_and(|t| t.starts_with("vitrine_web")))
            .collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("a lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn a_failure_of_ours_is_logged_once_with_its_cause_and_the_request_id() {
    let app = start(&api(HttpSettings::default())).await;
    let (log, _capturing) = Log::capture(Level::INFO);
    app.send(get("/api/v1/broken").insert_header(("x-request-id", "the-id"))).await;
    let events = log.events();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["level"], "ERROR");
    assert_eq!(events[0]["request_id"], "the-id");
    assert_eq!(events[0]["causes"], "the secret cause");
}

#[actix_web::test]
async fn good_answers_and_the_faults_of_callers_are_not_logged_at_info() {
    let app = start(&api(HttpSettings::default())).await;
    let (log, _capturing) = Log::capture(Level::INFO);
    for path in ["/api/v1/things/5", "/api/v1/things?x=1", "/nowhere"] {
        app.send(get(path)).await;
    }
    app.send(post_thing("key", THING)).await;
    assert!(log.events().is_empty(), "{:?}", log.events());
}

#[actix_web::test]
async fn at_debug_each_request_is_logged_within_its_span() {
    let app = start(&api(HttpSettings::default())).await;
    let (log, _capturing) = Log::capture(Level::DEBUG);
    let traced = get("/api/v1/me")
        .insert_header(("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"))
        .insert_header((header::AUTHORIZATION, "Bearer reader"));
    app.send(traced).await;
    let events = log.events();
    let finished = events.last().expect("an event");
    assert_eq!((&finished["status"], &finished["caller"]), (&Value::from(200), &Value::from("key:reader")));
}

#[actix_web::test]
async fn a_span_tells_request_trace_and_caller() {
    let app = start(&api(HttpSettings::default())).await;
    let (log, _capturing) = Log::capture(Level::INFO);
    let request = || {
        get("/api/v1/speak")
            .insert_header((header::AUTHORIZATION, "Bearer reader"))
            .insert_header(("x-request-id", "the-id"))
    };
    app.send(
        request().insert_header(("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
    )
    .await;
    app.send(request()).await;
    let events = log.events();
    let span = &events[0]["span"];
    assert_eq!(span["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!((&span["request_id"], &span["caller"]), (&Value::from("the-id"), &Value::from("key:reader")));
    assert!(events[1].get("span").is_none(), "a plain read has no span at this level");
}

#[actix_web::test]
async fn durations_are_measured_by_route_and_callers_can_make_up_no_labels() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let app = start(&api(HttpSettings::default())).await;
    for path in ["/api/v1/things/5", "/api/v1/things/6", "/nowhere/1", "/nowhere/2"] {
        app.send(get(path)).await;
    }
    app.send(get("/api/v1/things/5").insert_header((header::AUTHORIZATION, "Bearer wrong"))).await;
    for method in ["BREW", "WHEN"] {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        app.send(TestRequest::with_uri("/api/v1/things").method(method)).await;
    }
    let text = recorder.handle().render();
    let count = |method: &str, route: &str, status: u16| {
        let series = format!(
            "http_server_request_duration_seconds_count{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} "
        );
        text.lines().find_map(|line| line.strip_prefix(&series)).map(str::to_owned)
    };
    assert_eq!(count("GET", "/api/v1/things/{id}", 200).as_deref(), Some("2"), "{text}");
    assert_eq!(count("GET", "none", 404).as_deref(), Some("2"), "{text}");
    assert_eq!(count("GET", "none", 401).as_deref(), Some("1"), "{text}");
    assert_eq!(count("_OTHER", "none", 405).as_deref(), Some("2"), "{text}");
}
