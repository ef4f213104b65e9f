use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use serde_json::{Value, json};
use vitrine_auth_api::testing::FakeAuth;
use vitrine_catalog_api::testing::FakeCatalog;
use vitrine_kernel::{Clock, ManualClock, Permission, Permissions};
use vitrine_testing::TempDb;
use vitrine_web::{Api, HttpModule, HttpSettings, app};

use crate::{CategoryModule, CategorySettings, MIGRATIONS};

pub struct Server {
    pub api: Api,
    pub module: Arc<CategoryModule>,
    pub catalog: Arc<FakeCatalog>,
    pub clock: Arc<ManualClock>,
    pub db: TempDb,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub fn body(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        if self.bytes.is_empty() { Value::Null } else { self.body() }
    }

    /// Checks that this is a problem of a kind; gives pointers and codes.
    #[track_caller]
    pub fn problem(&self, status: u16, slug: &str) -> Vec<(String, String)> {
        let problem = self.expect(status);
        assert_eq!(problem["type"], format!("/problems/{slug}"), "{problem}");
        let text = |fault: &Value, name: &str| fault[name].as_str().expect("text").to_owned();
        let faults = problem["errors"].as_array().cloned().unwrap_or_default();
        faults.iter().map(|fault| (text(fault, "pointer"), text(fault, "code"))).collect()
    }
}

impl Server {
    pub fn start() -> Self {
        let db = TempDb::open(&[MIGRATIONS]);
        let clock = vitrine_testing::clock();
        let catalog = Arc::new(FakeCatalog::new());
        let module = Arc::new(CategoryModule::new(
            db.handle(),
            Arc::clone(&catalog) as _,
            Arc::clone(&clock) as Arc<dyn Clock>,
            CategorySettings::default(),
        ));
        let auth = FakeAuth::new();
        auth.allow("admin", Permissions::all());
        auth.allow("writer", [Permission::CategoryWrite].into_iter().collect());
        auth.allow("viewer", [Permission::ProductReadUnpublished].into_iter().collect());
        let modules = vec![Arc::clone(&module) as Arc<dyn HttpModule>];
        let api = Api::new(modules, Arc::new(auth), HttpSettings::default())
            .with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        Self { api, module, catalog, clock, db }
    }

    /// `who` is a credential; empty: anonymous.
    pub async fn send(
        &self,
        who: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let service = init_service(app(&self.api)).await;
        let mut request =
            TestRequest::with_uri(&format!("/api/v1{path}")).method(method.parse().expect("a method"));
        if !who.is_empty() {
            request = request.insert_header(("authorization", format!("Bearer {who}")));
        }
        for header in headers {
            request = request.insert_header(*header);
        }
        if let Some(body) = body {
            request = request.set_json(body);
        }
        let response = call_service(&service, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, bytes: read_body(response).await.to_vec() }
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.send(who, "GET", path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("admin", "POST", path, &[], Some(body)).await
    }

    pub async fn patch(&self, id: &str, etag: &str, body: Value) -> Answer {
        self.send("admin", "PATCH", &format!("/categories/{id}"), &[("if-match", etag)], Some(body)).await
    }

    pub async fn delete(&self, path: &str, etag: &str) -> Answer {
        self.send("admin", "DELETE", path, &[("if-match", etag)], None).await
    }

    /// Sends a file.
    pub async fn upload(&self, who: &str, path: &str, content_type: &str, file: &str) -> Answer {
        let service = init_service(app(&self.api)).await;
        let request = TestRequest::post()
            .uri(&format!("/api/v1{path}"))
            .insert_header(("authorization", format!("Bearer {who}")))
            .insert_header(("content-type", content_type))
            .set_payload(file.to_owned());
        let response = call_service(&service, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, bytes: read_body(response).await.to_vec() }
    }

    /// Makes a category; its id.
    pub async fn add(&self, name: &str, parent: Option<&str>) -> String {
        let made = self.post("/categories", json!({"name": name, "parent_id": parent})).await.expect(201);
        made["id"].as_str().expect("an id").to_owned()
    }
}

/// The names on a page.
pub fn names(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["name"].as_str().expect("a name"))
        .collect()
}
