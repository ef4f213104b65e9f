//! The endpoints as clients see them.

mod answers;
mod bulk;
mod coherence;
mod documented;
mod errors;
mod lists;

use std::sync::Arc;

use actix_http::Request;
use actix_web::Error;
use actix_web::body::to_bytes;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, init_service};
use serde_json::Value;
use vitrine_auth_api::testing::FakeAuth;
use vitrine_category_api::testing::FakeCategories;
use vitrine_kernel::{Permission, Permissions};
use vitrine_testing::{TempDb, clock};
use vitrine_web::{Api, HttpSettings};

use crate::{CatalogModule, CatalogSettings, MIGRATIONS};

/// Everything but seeing drafts.
pub(super) const WRITER: &str = "writer";
pub(super) const EDITOR: &str = "editor";
/// Writing and nothing else.
pub(super) const CLERK: &str = "clerk";

pub(super) struct Server {
    pub db: TempDb,
    pub categories: Arc<FakeCategories>,
    pub module: Arc<CatalogModule>,
    pub api: Api,
}

impl Server {
    pub(super) fn new() -> Self {
        let db = TempDb::open(&[MIGRATIONS]);
        let categories = Arc::new(FakeCategories::new());
        let (clock, settings) = (clock(), CatalogSettings::default());
        let module =
            Arc::new(CatalogModule::new(db.handle(), categories.clone(), clock.clone(), settings, None));
        let auth = FakeAuth::new();
        auth.allow(CLERK, [Permission::ProductWrite].into_iter().collect());
        auth.allow(EDITOR, Permissions::all());
        auth.allow(WRITER, [Permission::ProductWrite, Permission::ProductDelete].into_iter().collect());
        let api = Api::new(vec![module.clone()], Arc::new(auth), HttpSettings::default()).with_clock(clock);
        Self { db, categories, module, api }
    }
}

/// An answer, read.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn etag(&self) -> &str {
        self.header("etag").expect("an ETag")
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("JSON")
    }

    /// The faults as `pointer code`.
    pub(super) fn faults(&self) -> Vec<String> {
        let body = self.json();
        let text = |fault: &Value, name: &str| fault[name].as_str().expect("text").to_owned();
        body["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|fault| format!("{} {}", text(fault, "pointer"), text(fault, "code")))
            .collect()
    }
}

/// A request with a credential; an empty one is none.
pub(super) fn request(method: &Method, path: &str, bearer: &str) -> TestRequest {
    let request = TestRequest::default().method(method.clone()).uri(&format!("/api/v1{path}"));
    if bearer.is_empty() {
        request
    } else {
        request.insert_header(("Authorization", format!("Bearer {bearer}")))
    }
}

pub(super) async fn send<S>(app: &S, request: TestRequest) -> Answer
where
    S: Service<Request, Response = ServiceResponse, Error = Error>,
{
    let response = app.call(request.to_request()).await.expect("an answer");
    let status = response.status();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    let body = to_bytes(response.into_body()).await.expect("a body");
    Answer { status, headers, text: String::from_utf8(body.to_vec()).expect("UTF-8") }
}

/// Sends JSON.
pub(super) async fn send_json<S>(app: &S, method: &Method, path: &str, body: &Value) -> Answer
where
    S: Service<Request, Response = ServiceResponse, Error = Error>,
{
    send(app, request(method, path, EDITOR).set_json(body)).await
}

pub(super) async fn get<S>(app: &S, path: &str, bearer: &str) -> Answer
where
    S: Service<Request, Response = ServiceResponse, Error = Error>,
{
    send(app, request(&Method::GET, path, bearer)).await
}

/// The application of a server, as one worker runs it.
pub(super) async fn app_of(
    server: &Server,
) -> impl Service<Request, Response = ServiceResponse, Error = Error> + use<> {
    init_service(vitrine_web::app(&server.api)).await
}
