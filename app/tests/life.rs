//! The life of a process, as orchestrators see it.

#![expect(clippy::expect_used, reason = "a fixture that fails ends the test that uses it")]

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use actix_web::rt::task::JoinHandle;
use reqwest::{Client, Response};
use rstest::rstest;
use tempfile::TempDir;
use vitrine::settings::{PublicUrl, ServerSettings, Settings};
use vitrine::shutdown::Stop;
use vitrine::startup::{Addresses, Application, Stopper};
use vitrine_db::DatabaseSettings;
use vitrine_telemetry::Telemetry;

static TELEMETRY: LazyLock<Arc<Telemetry>> = LazyLock::new(|| {
    let settings = vitrine_telemetry::LogSettings { level: "warn".to_owned(), ..Default::default() };
    Arc::new(vitrine_telemetry::init(&settings, "test").expect("set up once"))
});

struct Running {
    addresses: Addresses,
    stopper: Stopper,
    client: Client,
    end: JoinHandle<anyhow::Result<()>>,
    _folder: TempDir,
}

fn settings(folder: &TempDir) -> Settings {
    let mut settings = Settings::default();
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    settings.use_one_database(DatabaseSettings { url, ..DatabaseSettings::default() });
    settings.server = ServerSettings {
        listen: "127.0.0.1:0".to_owned(),
        management_listen: "127.0.0.1:0".to_owned(),
        workers: 2,
        ..ServerSettings::default()
    };
    settings
}

async fn start(change: impl FnOnce(&mut Settings)) -> Running {
    let folder = TempDir::new().expect("a folder");
    let mut settings = settings(&folder);
    change(&mut settings);
    let application =
        Application::build(settings, Arc::clone(&TELEMETRY), Instant::now()).await.expect("builds");
    let (addresses, stopper, ready) = (application.addresses(), application.stopper(), application.ready());
    let end = actix_web::rt::spawn(application.run_until_stopped());
    ready.await;
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().expect("a client");
    Running { addresses, stopper, client, end, _folder: folder }
}

impl Running {
    async fn api(&self, path: &str) -> reqwest::Result<Response> {
        self.client.get(format!("http://{}{path}", self.addresses.api)).send().await
    }

    async fn management(&self, path: &str) -> reqwest::Result<Response> {
        self.client.get(format!("http://{}{path}", self.addresses.management)).send().await
    }

    async fn ended(self) -> anyhow::Result<()> {
        actix_web::rt::time::timeout(Duration::from_secs(10), self.end)
            .await
            .expect("ends")
            .expect("no panic")
    }
}

#[actix_web::test]
async fn a_running_service_says_so_on_the_management_port() {
    let running = start(|_| {}).await;
    for path in ["/livez", "/startupz", "/readyz", "/version", "/metrics", "/loglevel"] {
        assert_eq!(running.management(path).await.expect("answers").status(), 200, "{path}");
    }
    let verbose: serde_json::Value =
        running.management("/readyz?verbose").await.expect("answers").json().await.expect("JSON");
    assert_eq!(verbose["phase"], "ready");
    assert!(
        verbose["databases"].as_object().expect("an object").values().all(|state| state == "ok"),
        "{verbose}"
    );
    assert_eq!(running.management("/nothing").await.expect("answers").status(), 404);
    running.stopper.stop(Stop::AtOnce);
    running.ended().await.expect("ends well");
}

#[actix_web::test]
async fn the_document_tells_the_public_address() {
    let address = "https://catalog.example/shop".to_owned();
    let public_url = PublicUrl::try_from(format!("{address}/")).expect("an address");
    let running = start(|settings| settings.server.public_url = Some(public_url)).await;
    let document: serde_json::Value =
        running.api("/api/v1/openapi.json").await.expect("answers").json().await.expect("JSON");
    assert_eq!(document["servers"][0]["url"], address);
    running.stopper.stop(Stop::AtOnce);
    running.ended().await.expect("ends well");
}

#[actix_web::test]
async fn a_draining_service_serves_on_but_sends_clients_elsewhere() {
    let running = start(|settings| settings.server.drain_seconds = 60).await;
    let before = running.api("/api/v1/openapi.json").await.expect("answers");
    assert!(before.headers().get("connection").is_none());
    running.stopper.stop(Stop::Drain);
    while running.management("/readyz").await.expect("answers").status() == 200 {
        actix_web::rt::task::yield_now().await;
    }
    assert_eq!(running.management("/livez").await.expect("answers").status(), 200);
    let during = running.api("/api/v1/openapi.json").await.expect("still answers");
    assert_eq!(during.status(), 200);
    assert_eq!(during.headers().get("connection").expect("a header"), "close");
    running.end.abort();
}

#[rstest]
#[case(Stop::AtOnce, 60)]
#[case(Stop::Drain, 0)]
#[actix_web::test]
async fn a_stopped_service_is_gone_and_ends_well(#[case] how: Stop, #[case] drain_seconds: u64) {
    let running = start(|settings| settings.server.drain_seconds = drain_seconds).await;
    let addresses = running.addresses;
    running.stopper.stop(how);
    running.ended().await.expect("ends well");
    for address in [addresses.api, addresses.management] {
        assert!(std::net::TcpStream::connect(address).is_err(), "{address} still answers");
    }
}

#[actix_web::test]
async fn a_port_in_use_is_told_with_the_setting_to_change() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let folder = TempDir::new().expect("a folder");
    let mut settings = settings(&folder);
    settings.server.listen = taken.local_addr().expect("an address").to_string();
    let refusal =
        Application::build(settings, Arc::clone(&TELEMETRY), Instant::now()).await.err().expect("refused");
    let text = format!("{refusal:#}");
    assert!(text.contains("in use") && text.contains("VITRINE__SERVER__LISTEN"), "{text}");
}

#[actix_web::test]
async fn levels_of_the_log_change_while_the_service_runs() {
    let running = start(|_| {}).await;
    let url = format!("http://{}/loglevel", running.addresses.management);
    let put = |body: &'static str| running.client.put(&url).body(body).send();
    let changed: serde_json::Value = put(r#"{"level": "error", "target": "some_crate"}"#)
        .await
        .expect("answers")
        .json()
        .await
        .expect("JSON");
    assert_eq!(changed["targets"]["some_crate"], "error");
    for wrong in [r#"{"level": "loud"}"#, r#"{"levl": "info"}"#, "level=info", ""] {
        let answer = put(wrong).await.expect("answers");
        assert_eq!(answer.status(), 400, "{wrong}");
        assert!(answer.text().await.expect("text").contains("Send {"), "{wrong}");
    }
    running.stopper.stop(Stop::AtOnce);
    running.ended().await.expect("ends well");
}
