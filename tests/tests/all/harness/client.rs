use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use super::PATIENCE;

/// A client of one server, with or without a credential.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    origin: String,
    key: Option<String>,
}

/// A request being put together.
pub struct Call {
    request: reqwest::RequestBuilder,
    what: String,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The request, for messages.
    what: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Client {
    pub fn new(origin: impl Into<String>, key: Option<String>) -> Self {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { http, origin: origin.into(), key }
    }

    /// The same with another credential.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// The same at another address.
    pub fn at(&self, origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..self.clone() }
    }

    /// A request to a path below `/api/v1`, or to a whole one where it begins with `//`.
    pub fn call(&self, method: Method, path: &str) -> Call {
        let path = path.strip_prefix('/').filter(|rest| rest.starts_with('/')).map_or_else(
            || if path.starts_with("/api/") { path.to_owned() } else { format!("/api/v1{path}") },
            str::to_owned,
        );
        let what = format!("{method} {path}");
        let mut request = self.http.request(method, format!("{}{path}", self.origin));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        Call { request, what }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).send().await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path).json(body).send().await
    }

    /// A merge patch of the version that `etag` names.
    pub async fn patch(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.call(Method::PATCH, path).if_match(etag).merge_patch(body).send().await
    }

    pub async fn delete(&self, path: &str, etag: &str) -> Answer {
        self.call(Method::DELETE, path).if_match(etag).send().await
    }

    /// Creates a category; members of `more` are added to its name.
    pub async fn new_category(&self, name: &str, more: Value) -> Value {
        self.post("/categories", &with(json!({"name": name}), more)).await.expect(201)
    }

    /// Creates an active product with a price; members of `more` are added or replace.
    pub async fn new_product(&self, name: &str, more: Value) -> Value {
        let product =
            json!({"name": name, "status": "active", "price": {"amount": "10.00", "currency": "EUR"}});
        self.post("/products", &with(product, more)).await.expect(201)
    }

    /// All items of a list, page by page; `path` has its other parameters.
    pub async fn all_items(&self, path: &str, limit: usize) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let next = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = self.get(&format!("{path}{joint}limit={limit}{next}")).await.expect(200);
            let items = items(&page).to_vec();
            assert!(items.len() <= limit, "{} items on a page of {limit}", items.len());
            all.extend(items);
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return all;
            }
        }
    }
}

fn with(base: Value, more: Value) -> Value {
    let (Value::Object(mut base), Value::Object(more)) = (base, more) else { panic!("both are objects") };
    base.extend(more);
    Value::Object(base)
}

impl Call {
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("a header value");
        self.request = self.request.header(HeaderName::from_static(name), value);
        self
    }

    pub fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    pub fn idempotency_key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub fn merge_patch(self, body: &Value) -> Self {
        self.body("application/merge-patch+json", body.to_string())
    }

    pub fn body(mut self, content_type: &str, body: impl Into<reqwest::Body>) -> Self {
        self = self.header("content-type", content_type);
        self.request = self.request.body(body);
        self
    }

    pub async fn send(self) -> Answer {
        let what = self.what.clone();
        self.try_send().await.unwrap_or_else(|error| panic!("{what}: {error:?}"))
    }

    /// For when the server may be gone.
    pub async fn try_send(self) -> reqwest::Result<Answer> {
        let response = self.request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { what: self.what, status, headers, body: response.bytes().await?.to_vec() })
    }

    /// The answer as it comes, for streams.
    pub async fn stream(self) -> reqwest::Response {
        let what = self.what.clone();
        self.request.send().await.unwrap_or_else(|error| panic!("{what}: {error:?}"))
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{self}: no JSON: {error}"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub fn etag(&self) -> String {
        let etag = self.header("etag");
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{self}: no strong ETag");
        etag.to_owned()
    }

    /// The body, where the status is this one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self}");
        if self.body.is_empty() { Value::Object(Map::new()) } else { self.json() }
    }

    /// The problem, where the status is this one; what every problem must have is checked.
    #[track_caller]
    pub fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{self}");
        assert!(problem["type"].as_str().is_some_and(|t| t.starts_with("/problems/")), "{self}");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{self}");
        assert_eq!(problem["instance"], self.header("x-request-id"), "{self}");
        problem
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String = self.text().chars().take(2000).collect();
        write!(f, "{} answered {}: {text}", self.what, self.status)
    }
}

/// The items of a page.
#[track_caller]
pub fn items(page: &Value) -> &[Value] {
    page["items"].as_array().unwrap_or_else(|| panic!("no page: {page}"))
}

/// The pointers of a problem's faults, sorted.
pub fn pointers(problem: &Value) -> Vec<String> {
    let mut pointers: Vec<String> = problem["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|fault| fault["pointer"].as_str().expect("a pointer").to_owned())
        .collect();
    pointers.sort();
    pointers
}
