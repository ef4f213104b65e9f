//! A module with one route of each kind, and callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_http::Request;
use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{self, ServiceConfig};
use actix_web::{Error, HttpRequest, HttpResponse};
use async_trait::async_trait;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use vitrine_auth_api::{AuthPort, AuthPortError, Credential};
use vitrine_db::{DatabaseSettings, Db, Recorder, StoredAnswer};
use vitrine_kernel::{
    Clock, ErrorCode, Failure, Fault, ManualClock, NewEvent, Permission, Principal, PrincipalKind, ProductId,
    Timestamp, Version,
};

use crate::{
    Access, Api, Caller, HttpModule, HttpSettings, Idempotency, JsonBody, PathParam, Precondition, Problem,
    QueryParams, Routes, app, etag_of, respond,
};

/// Who holds all of them holds up all creating.
pub const PASSES: u32 = 100;

pub const THING: &str = r#"{"name":"thing"}"#;

/// What the handlers share, and what tests look at.
pub struct State {
    pub db: Db,
    pub clock: Arc<ManualClock>,
    /// How often a thing was created.
    pub created: AtomicUsize,
    /// Creating waits here for one of its [`PASSES`].
    pub gate: Semaphore,
    /// How many wait there, or have passed.
    pub arrived: AtomicUsize,
    _folder: tempfile::TempDir,
}

impl State {
    pub fn new() -> Arc<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let db = Db::open(&DatabaseSettings { url, ..DatabaseSettings::default() }, &[]).expect("a database");
        Arc::new(Self {
            db,
            clock: Arc::new(ManualClock::new(Timestamp::from_millis(1_763_805_600_000))),
            created: AtomicUsize::new(0),
            gate: Semaphore::new(PASSES as usize),
            arrived: AtomicUsize::new(0),
            _folder: folder,
        })
    }
}

struct Things(Arc<State>);

impl HttpModule for Things {
    fn routes(&self, routes: &mut Routes) {
        // Declared with the variable path first: the order must not matter.
        routes.get("/things/{id}", Access::Read, read_one);
        routes.patch("/things/{id}", Access::Needs(Permission::ProductWrite), change);
        routes.get("/things/tree", Access::Read, || async { HttpResponse::Ok().body("the tree") });
        routes.get("/things", Access::Read, list);
        routes.post("/things", Access::Needs(Permission::ProductWrite), create);
        routes.get("/me", Access::Authenticated, |caller: Caller| async move { caller.subject.clone() });
        routes.get("/panic", Access::Open, panicking);
        routes.get("/speak", Access::Read, || async {
            tracing::info!("spoken");
            "spoken"
        });
        routes.get("/broken", Access::Open, || async {
            Err::<HttpResponse, Problem>(Failure::internal("the secret cause").into())
        });
        routes.get("/plain-error", Access::Open, |_: web::Query<Vec<(String, u8)>>| async { "ok" });
    }

    fn state(&self, config: &mut ServiceConfig) {
        config.app_data(web::Data::from(Arc::clone(&self.0)));
    }

    fn openapi(&self) -> utoipa::openapi::OpenApi {
        let described = json!({"responses": {"200": {"description": "Good."}}});
        let with_body =
            json!({"responses": {"422": {"description": "Special."}}, "requestBody": {"content": {}}});
        serde_json::from_value(json!({
            "openapi": "3.1.0",
            "info": {"title": "things", "version": "0"},
            "paths": {
                "/api/v1/things": {"get": described, "post": with_body},
                "/api/v1/things/{id}": {"get": described, "patch": with_body},
                "/api/v1/things/tree": {"get": described},
                "/api/v1/me": {"get": described},
                "/api/v1/nowhere": {"get": described},
            },
        }))
        .expect("an OpenAPI document")
    }
}

async fn panicking() -> HttpResponse {
    panic!("a panic made for a test")
}

async fn read_one(request: HttpRequest, id: PathParam) -> HttpResponse {
    let body = format!("\"{}\"", id.as_str());
    respond::ok_versioned(&request, &etag_of(Version(7), body.as_bytes()), body)
}

async fn list(params: QueryParams) -> Result<HttpResponse, Problem> {
    let mut query = params.reader();
    query.limit();
    query.count_mode();
    query.one("sort");
    query.finish()?;
    respond::json(&json!([]))
}

async fn change(expected: Precondition) -> Result<HttpResponse, Problem> {
    let current = Version(7);
    expected.0.check(current).map_err(|failure| Problem::from(failure).with_etag("\"7-00\""))?;
    Ok(respond::no_content())
}

async fn create(
    state: web::Data<State>,
    idempotency: Idempotency,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    let render = Arc::new(|name: &String| StoredAnswer {
        status: 201,
        headers: vec![("location".to_owned(), format!("/api/v1/things/{name}"))],
        body: format!("{{\"name\":\"{name}\"}}").into_bytes(),
    });
    let shared = state.clone();
    idempotency
        .run(&state.db, &body, render, |recorder| create_thing(shared, body.value.clone(), recorder))
        .await
}

async fn create_thing(
    state: web::Data<State>,
    body: Value,
    recorder: Option<Recorder<String>>,
) -> Result<String, Failure> {
    state.arrived.fetch_add(1, Ordering::SeqCst);
    let _pass = state.gate.acquire().await.map_err(Failure::internal)?;
    let Some(name) = body.get("name").and_then(Value::as_str).map(str::to_owned) else {
        return Err(Failure::validation(vec![Fault::new("/name", "required", "is required")]));
    };
    let now = state.clock.now();
    let written = state
        .db
        .write(move |conn| {
            Box::pin(async move {
                if let Some(recorder) = recorder {
                    recorder.record(conn, &name, now).await?;
                }
                let key = ProductId::generate().0;
                let event =
                    NewEvent { kind: "thing.created", key, version: Version::FIRST, occurred_at: now };
                conn.emit(event).await?;
                Ok::<_, Failure>(name)
            })
        })
        .await?;
    state.created.fetch_add(1, Ordering::SeqCst);
    Ok(written)
}

/// Knows `writer` and `reader`; `down` finds it away, `panic` makes it panic.
#[derive(Default)]
pub struct Port {
    pub asked: AtomicUsize,
}

#[async_trait]
impl AuthPort for Port {
    async fn authenticate(&self, Credential::Bearer(token): &Credential) -> Result<Principal, AuthPortError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let permissions = match token.expose_secret() {
            "writer" | "other-writer" => [Permission::ProductWrite].into_iter().collect(),
            "reader" => [].into_iter().collect(),
            "down" => return Err(AuthPortError::Unavailable("secret host name".to_owned())),
            "panic" => panic!("a panic made for a test"),
            _ => return Err(AuthPortError::Rejected),
        };
        Ok(Principal {
            subject: format!("key:{}", token.expose_secret()),
            kind: PrincipalKind::ApiKey,
            permissions,
            ..Principal::anonymous()
        })
    }
}

/// An API over a state; two of them stand for two processes over one database.
pub fn api_over(state: &Arc<State>, settings: HttpSettings) -> (Api, Arc<Port>) {
    let port = Arc::new(Port::default());
    let modules: Vec<Arc<dyn HttpModule>> = vec![Arc::new(Things(Arc::clone(state)))];
    let clock: Arc<dyn Clock> = state.clock.clone();
    (Api::new(modules, port.clone(), settings).with_clock(clock), port)
}

/// An API of its own.
pub fn api(settings: HttpSettings) -> Api {
    api_over(&State::new(), settings).0
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Checks that this is a whole problem of a kind, and gives it.
    #[track_caller]
    pub fn problem(&self, code: ErrorCode) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{}", code.slug()), "{problem}");
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["instance"], self.header("x-request-id"));
        problem
    }
}

pub type App = Box<dyn AnyApp>;

/// The application without its type.
#[async_trait(?Send)]
pub trait AnyApp {
    async fn send(&self, request: TestRequest) -> Answer;
}

#[async_trait(?Send)]
impl<S> AnyApp for S
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    async fn send(&self, request: TestRequest) -> Answer {
        let response = match self.call(request.to_request()).await {
            Ok(response) => response.into_parts().1,
            // What the server does with a request that was lost.
            Err(error) => error.error_response(),
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body()).await.expect("a body").to_vec();
        Answer { status, headers, body }
    }
}

pub async fn start(api: &Api) -> App {
    Box::new(init_service(app(api)).await)
}

pub fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

pub fn post_thing(key: &str, body: &str) -> TestRequest {
    TestRequest::post()
        .uri("/api/v1/things")
        .insert_header((header::AUTHORIZATION, "Bearer writer"))
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header(("idempotency-key", key))
        .set_payload(body.to_owned())
}
