//! Over the whole HTTP edge, as clients see it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;
use vitrine_db::{DatabaseSettings, Db};
use vitrine_kernel::SystemClock;
use vitrine_web::{Api, HttpModule, HttpSettings, app};

use super::world::text_of;
use crate::{AuthModule, AuthSettings, MIGRATIONS, StartError, TokenRequest};

struct Server {
    api: Api,
    module: Arc<AuthModule>,
    folder: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

async fn start() -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("vitrine.db").display());
    let db =
        Db::open(&DatabaseSettings { url, ..DatabaseSettings::default() }, &[MIGRATIONS]).expect("opens");
    let module = AuthModule::new(db, Arc::new(SystemClock), AuthSettings::default()).await.expect("starts");
    let module = Arc::new(module);
    let modules = vec![Arc::clone(&module) as Arc<dyn HttpModule>];
    Server { api: Api::new(modules, module.port(), HttpSettings::default()), module, folder }
}

impl Server {
    async fn token(&self, role: &str) -> String {
        let request = TokenRequest { role: role.to_owned(), name: None, lifetime_seconds: None };
        text_of(&self.module.issue_token(request).await.expect("made")).to_owned()
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let service = init_service(app(&self.api)).await;
        let mut request =
            TestRequest::with_uri(&format!("/api/v1/auth{path}")).method(method.parse().expect("a method"));
        for header in headers {
            request = request.insert_header(*header);
        }
        if let Some(body) = body {
            request = request.set_json(body);
        }
        let response = call_service(&service, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read_body(response).await;
        Answer { status, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[actix_web::test]
async fn every_route_is_described_and_served_once() {
    let server = start().await;
    assert_eq!(server.api.undocumented(), [""; 0]);
    assert_eq!(server.api.unserved(), [""; 0]);
    assert_eq!(server.api.declared_twice(), [""; 0]);
}

#[actix_web::test]
async fn anyone_may_ask_who_they_are() {
    let server = start().await;
    let answer = server.send("GET", "/me", &[], None).await;
    assert_eq!((answer.status, &answer.body["kind"]), (StatusCode::OK, &json!("anonymous")));
    assert_eq!(answer.body["permissions"], json!([]));

    let token = bearer(&server.token("viewer").await);
    let answer = server.send("GET", "/me", &[("authorization", &token)], None).await;
    assert_eq!(answer.body["kind"], json!("api_key"));
    assert_eq!(answer.body["roles"], json!(["viewer"]));
    assert_eq!(answer.body["permissions"], json!(["product:read_unpublished"]));
    assert_eq!(answer.body["expires_at"], Value::Null);

    let wrong = server.send("GET", "/me", &[("authorization", "Bearer vtr_wrong")], None).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED, "a bad credential is never taken for none");
    assert!(wrong.header("www-authenticate").starts_with("Bearer"));
}

#[rstest]
#[case("GET", "/roles")]
#[case("GET", "/roles/admin")]
#[case("PUT", "/roles/x")]
#[case("DELETE", "/roles/x")]
#[case("GET", "/bindings")]
#[case("GET", "/bindings/x")]
#[case("PUT", "/bindings/x")]
#[case("DELETE", "/bindings/x")]
#[case("GET", "/api-keys")]
#[case("POST", "/api-keys")]
#[case("GET", "/api-keys/x")]
#[case("DELETE", "/api-keys/x")]
#[actix_web::test]
async fn only_admins_manage_auth(#[case] method: &str, #[case] path: &str) {
    let server = start().await;
    assert_eq!(server.send(method, path, &[], None).await.status, StatusCode::UNAUTHORIZED);
    let editor = bearer(&server.token("editor").await);
    let answer = server.send(method, path, &[("authorization", &editor)], None).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body["detail"].as_str().expect("a detail").contains("auth:admin"));
}

#[actix_web::test]
async fn a_key_is_made_shown_once_listed_and_revoked() {
    let server = start().await;
    let admin = bearer(&server.token("admin").await);
    let auth = ("authorization", admin.as_str());
    let body = json!({"name": "shop", "roles": ["editor"], "scopes": ["product:write"], "expires_at": "2999-01-01T00:00:00Z"});
    let made = server.send("POST", "/api-keys", &[auth], Some(body)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(made.header("cache-control"), "no-store");
    let id = made.body["id"].as_str().expect("an id").to_owned();
    assert_eq!(made.header("location"), format!("/api/v1/auth/api-keys/{id}"));
    let key = bearer(made.body["key"].as_str().expect("the key"));
    let me = server.send("GET", "/me", &[("authorization", &key)], None).await;
    assert_eq!(me.body["permissions"], json!(["product:write"]));

    let one = server.send("GET", &format!("/api-keys/{id}"), &[auth], None).await;
    assert_eq!(one.header("etag").split('-').next(), Some("\"1"));
    let list = server.send("GET", "/api-keys?count=exact", &[auth], None).await;
    assert_eq!(
        (list.body["total"].as_u64(), list.body["items"].as_array().map(Vec::len)),
        (Some(2), Some(2))
    );
    for answer in [&one.body, &list.body] {
        let text = answer.to_string();
        assert!(!text.contains("vtr_") && !text.contains("hash"), "{text}");
    }

    let path = format!("/api-keys/{id}");
    assert_eq!(server.send("DELETE", &path, &[auth], None).await.status, StatusCode::PRECONDITION_REQUIRED);
    let stale = server.send("DELETE", &path, &[auth, ("if-match", "\"9-0\"")], None).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(stale.header("etag"), one.header("etag"));
    let gone = server.send("DELETE", &path, &[auth, ("if-match", one.header("etag"))], None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let me = server.send("GET", "/me", &[("authorization", &key)], None).await;
    assert_eq!(me.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.send("GET", &path, &[auth], None).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn a_repeated_request_makes_one_key_and_keeps_none() {
    let server = start().await;
    let admin = bearer(&server.token("admin").await);
    let headers = [("authorization", admin.as_str()), ("idempotency-key", "abc")];
    let body = json!({"name": "shop", "roles": ["viewer"]});
    let first = server.send("POST", "/api-keys", &headers, Some(body.clone())).await;
    let again = server.send("POST", "/api-keys", &headers, Some(body)).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.body["id"], first.body["id"]);
    assert_eq!(again.body["key"], Value::Null);
    let key = first.body["key"].as_str().expect("shown the first time");
    for entry in std::fs::read_dir(server.folder.path()).expect("the folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("the file");
        assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()));
    }
}

#[actix_web::test]
async fn a_role_is_created_replaced_and_deleted_under_conditions() {
    let server = start().await;
    let admin = bearer(&server.token("admin").await);
    let auth = ("authorization", admin.as_str());
    let body = || Some(json!({"permissions": ["product:write"]}));
    let put = |headers: Vec<(&'static str, String)>| {
        let (server, admin) = (&server, admin.clone());
        async move {
            let mut all = vec![("authorization", admin.as_str())];
            all.extend(headers.iter().map(|(name, value)| (*name, value.as_str())));
            server.send("PUT", "/roles/stocker", &all, body()).await
        }
    };
    assert_eq!(put(vec![]).await.status, StatusCode::PRECONDITION_REQUIRED);
    let absent = put(vec![("if-match", "*".to_owned())]).await;
    assert_eq!(absent.status, StatusCode::PRECONDITION_FAILED);
    let made = put(vec![("if-none-match", "*".to_owned())]).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(made.header("location"), "/api/v1/auth/roles/stocker");
    let etag = made.header("etag").to_owned();
    let twice = put(vec![("if-none-match", "*".to_owned())]).await;
    assert_eq!((twice.status, twice.header("etag")), (StatusCode::PRECONDITION_FAILED, etag.as_str()));
    let replaced = put(vec![("if-match", etag.clone())]).await;
    assert_eq!(replaced.status, StatusCode::OK);

    let read = server.send("GET", "/roles/stocker", &[auth], None).await;
    assert_eq!(read.header("etag"), etag, "the same permissions: nothing was changed");
    let cached = server.send("GET", "/roles/stocker", &[auth, ("if-none-match", &etag)], None).await;
    assert_eq!(cached.status, StatusCode::NOT_MODIFIED);
    let deleted = server.send("DELETE", "/roles/stocker", &[auth, ("if-match", &etag)], None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
}

#[actix_web::test]
async fn bad_requests_name_all_their_faults() {
    let server = start().await;
    let admin = bearer(&server.token("admin").await);
    let create = [("authorization", admin.as_str()), ("if-none-match", "*")];
    let pointers = |answer: &Answer| -> Vec<String> {
        let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["pointer"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let bad =
        server.send("PUT", "/roles/Big%20Boss", &create, Some(json!({"permissions": ["fly"], "x": 1}))).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pointers(&bad), ["name", "/permissions/0", "/x"]);
    let path = "/bindings/0199f0a2-5b1c-7c3e-9d5e-0f6f1d2c3b4a";
    let bad = server.send("PUT", path, &create, Some(json!({"role": "nobody"}))).await;
    assert_eq!(pointers(&bad), ["/subject", "/role"]);
    let bad = server.send("POST", "/api-keys", &create, Some(json!([]))).await;
    assert_eq!((bad.status, pointers(&bad)[0].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, ""));
    for path in ["/bindings/1", "/api-keys/1", "/roles/%00", "/roles/Admin"] {
        assert_eq!(server.send("GET", path, &create, None).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let bad = server.send("GET", "/roles?limt=5&count=all&cursor=x", &create, None).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    let bad = server.send("GET", "/roles?cursor=x", &create, None).await;
    assert_eq!(bad.body["type"], json!("/problems/invalid-cursor"));
    for path in ["/login", "/callback", "/logout"] {
        assert_eq!(server.send("GET", path, &create, None).await.status, StatusCode::NOT_FOUND, "not yet");
    }
}

#[actix_web::test]
async fn bindings_are_put_listed_and_deleted() {
    let server = start().await;
    let admin = bearer(&server.token("admin").await);
    let auth = ("authorization", admin.as_str());
    let path = |number: u8| format!("/bindings/0199f0a2-5b1c-7c3e-9d5e-0f6f1d2c3b{number:02}");
    for number in 0..3 {
        let body = json!({"group": format!("team-{number}"), "role": "editor"});
        let made = server.send("PUT", &path(number), &[auth, ("if-none-match", "*")], Some(body)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!(made.body["group"], json!(format!("team-{number}")));
        assert!(made.body.get("subject").is_none());
    }
    let first = server.send("GET", "/bindings?limit=2", &[auth], None).await;
    assert!(first.header("link").contains("rel=\"next\""));
    let cursor = first.body["next_cursor"].as_str().expect("a next page");
    let second = server.send("GET", &format!("/bindings?limit=2&cursor={cursor}"), &[auth], None).await;
    assert_eq!(second.body["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(second.body["next_cursor"], Value::Null);
    let other_list = server.send("GET", &format!("/roles?cursor={cursor}"), &[auth], None).await;
    assert_eq!(other_list.status, StatusCode::BAD_REQUEST);
    let gone = server.send("DELETE", &path(0), &[auth, ("if-match", "*")], None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(server.send("GET", &path(0), &[auth], None).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn an_issuer_is_refused_at_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("vitrine.db").display());
    let db =
        Db::open(&DatabaseSettings { url, ..DatabaseSettings::default() }, &[MIGRATIONS]).expect("opens");
    let settings = AuthSettings { issuer: Some("https://id.example".to_owned()), ..AuthSettings::default() };
    let refused = AuthModule::new(db, Arc::new(SystemClock), settings).await;
    assert!(matches!(refused, Err(StartError::Settings(_))));
}
