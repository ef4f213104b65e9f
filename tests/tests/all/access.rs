//! Who may do what: the matrix of every route and every role, read from the OpenAPI document.

use std::collections::{BTreeSet, HashMap};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Backend, Client, PATIENCE, Shop, Site, Topology, apply, everywhere, items};

/// Writes that need no permission of their own. Each is here for a reason: to end one's own session.
const WRITES_WITHOUT_PERMISSION: [&str; 1] = ["POST /api/v1/auth/logout"];

struct Operation {
    method: Method,
    path: String,
    permission: Option<String>,
    /// Whether the document says that a caller without a credential may.
    is_for_anonymous: bool,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Calls it with values that exist nowhere, so that nothing is changed by those who may.
    async fn call(&self, client: &Client) -> Answer {
        let id = "0190a5e4-7c3f-7d3e-8b1a-0123456789ab";
        let mut path = String::new();
        for (at, part) in self.path.split(['{', '}']).enumerate() {
            path.push_str(if at % 2 == 0 {
                part
            } else if part == "id" {
                id
            } else {
                "no-such-thing"
            });
        }
        let mut call = client.call(self.method.clone(), &path);
        if self.method != Method::GET && self.method != Method::DELETE {
            call = call.json(&json!({}));
        }
        if [Method::PUT, Method::PATCH, Method::DELETE].contains(&self.method) {
            call = call.if_match("*");
        }
        call.send().await
    }
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            if ![Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(&method) {
                continue;
            }
            let security =
                operation["security"].as_array().unwrap_or_else(|| panic!("{method} {path} has no policy"));
            all.push(Operation {
                method,
                path: path.clone(),
                permission: operation["x-permission"].as_str().map(str::to_owned),
                is_for_anonymous: security.is_empty() || security.contains(&json!({})),
            });
        }
    }
    assert!(all.len() > 30, "only {} operations are described", all.len());
    all
}

async fn document(client: &Client) -> Value {
    client.get("/openapi.json").await.expect(200)
}

#[apply(everywhere)]
#[tokio::test]
async fn every_role_may_do_what_is_declared_and_nothing_else(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let operations = operations(&document(&shop.anonymous).await);
    let roles: HashMap<String, BTreeSet<String>> =
        items(&shop.admin.get("/auth/roles?limit=100").await.expect(200))
            .iter()
            .map(|role| {
                let permissions = role["permissions"].as_array().expect("permissions");
                let name = role["name"].as_str().expect("a name").to_owned();
                (name, permissions.iter().map(|p| p.as_str().unwrap().to_owned()).collect())
            })
            .collect();
    assert_eq!(
        roles.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        BTreeSet::from(["admin", "editor", "viewer"])
    );
    assert!(roles["viewer"].len() < roles["editor"].len() && roles["editor"].len() < roles["admin"].len());

    for operation in &operations {
        let name = operation.name();
        let is_write = operation.method != Method::GET;
        assert!(
            !is_write || operation.permission.is_some() || WRITES_WITHOUT_PERMISSION.contains(&name.as_str()),
            "{name} changes things and needs no permission"
        );
        let answer = operation.call(&shop.anonymous).await;
        if operation.is_for_anonymous {
            assert!(![401, 403].contains(&answer.status), "anonymous: {answer}");
        } else {
            answer.problem(401);
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer}");
        }
        assert!(answer.status < 500, "{answer}");
    }
    for (role, permissions) in &roles {
        let client = shop.with_role(role);
        for operation in &operations {
            let answer = operation.call(&client).await;
            assert!(answer.status < 500, "{role}: {answer}");
            match &operation.permission {
                Some(needed) if !permissions.contains(needed) => {
                    let problem = answer.problem(403);
                    assert!(problem["detail"].as_str().unwrap().contains(needed), "{role}: {answer}");
                }
                _ => assert!(![401, 403].contains(&answer.status), "{role}: {answer}"),
            }
        }
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn a_bad_credential_is_refused_everywhere(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let good = shop.site.key("viewer");
    let mut forged = good.clone();
    let last = forged.pop().expect("not empty");
    forged.push(if last == 'A' { 'B' } else { 'A' });
    for operation in operations(&document(&shop.anonymous).await) {
        let answer = operation.call(&shop.anonymous.with_key(&forged)).await;
        answer.problem(401);
    }
    for header in
        ["Bearer", "Bearer  ", "Basic dTpw", "Bearer a b", &format!("Bearer {}", "x".repeat(9000)), "x"]
    {
        let answer =
            shop.anonymous.call(Method::GET, "/products").header("authorization", header).send().await;
        answer.problem(401);
    }
    shop.anonymous.with_key(&good).get("/products").await.expect(200);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn a_shop_may_be_closed_to_strangers(topology: Topology, backend: Backend) {
    let mut site = Site::new(topology, backend);
    site.set("VITRINE__AUTH__ANONYMOUS_READ", "false");
    let shop = site.open();
    let closed = document(&shop.with_role("viewer")).await;
    for operation in operations(&closed) {
        let answer = operation.call(&shop.anonymous).await;
        if operation.is_for_anonymous {
            assert!(![401, 403].contains(&answer.status), "{answer}");
            assert!(
                !operation.path.contains("/products") && !operation.path.contains("/categories"),
                "{}",
                operation.name()
            );
        } else {
            answer.problem(401);
        }
    }
    shop.with_role("viewer").get("/products").await.expect(200);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn strangers_see_what_is_published_and_nothing_else(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let mut hidden = Vec::new();
    for status in ["draft", "archived", "active"] {
        let more = json!({"status": status, "sku": format!("SKU-{status}"), "slug": format!("lamp-{status}"), "brand": format!("brand {status}"), "tags": [format!("tag {status}")]});
        let product = shop.admin.new_product(&format!("Lamp {status}"), more).await;
        if status != "active" {
            hidden.push(product);
        }
    }
    for product in &hidden {
        let (id, status) = (product["id"].as_str().unwrap(), product["status"].as_str().unwrap());
        for path in [
            format!("/products/{id}"),
            format!("/products/by-slug/lamp-{status}"),
            format!("/products/by-sku/SKU-{status}"),
            format!("/products/{id}/history"),
        ] {
            let answer = shop.anonymous.get(&path).await;
            assert!([401, 403, 404].contains(&answer.status), "{answer}");
            shop.admin.get(&path).await.expect(200);
        }
    }
    for path in [
        "/products",
        "/products?q=lamp",
        "/products?status=draft",
        "/products?status=archived&status=active",
        "/products?facets=brand,tag&count=exact",
        "/products?sku=SKU-draft",
        "/products/suggest?q=lamp",
        "/products/export",
    ] {
        let answer = shop.anonymous.get(path).await;
        let text = answer.text();
        // A filter that echoes the word is no leak: names and brands would be.
        assert!(
            !text.contains("Lamp draft")
                && !text.contains("brand draft")
                && !text.contains("tag archived")
                && !text.contains("lamp-archived"),
            "{answer}"
        );
        assert!(answer.status < 500, "{answer}");
    }
    assert_eq!(items(&shop.anonymous.get("/products").await.expect(200)).len(), 1);
    assert_eq!(items(&shop.admin.get("/products").await.expect(200)).len(), 3);
    assert_eq!(items(&shop.admin.get("/products?status=draft").await.expect(200)).len(), 1);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn a_key_is_shown_once_and_ends_when_it_is_told_to(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let created =
        shop.admin.post("/auth/api-keys", &json!({"name": "machine", "roles": ["editor"]})).await.expect(201);
    let (id, key) = (created["id"].as_str().unwrap(), created["key"].as_str().expect("shown once"));
    let machine = shop.anonymous.with_key(key);
    let me = machine.get("/auth/me").await.expect(200);
    assert_eq!(me["roles"], json!(["editor"]));
    machine.post("/products", &json!({"name": "Made by a machine"})).await.expect(201);
    machine.get("/auth/api-keys").await.problem(403);

    let listed = shop.admin.get("/auth/api-keys?limit=100").await;
    assert!(listed.text().contains(id) && !listed.text().contains(key), "{listed}");
    let secret = &key[key.len() - 20..];
    let data = std::fs::read(shop.site.folder.file("data/vitrine.db")).unwrap();
    let journal = std::fs::read(shop.site.folder.file("data/vitrine.db-wal")).unwrap_or_default();
    for bytes in [data, journal] {
        assert!(
            !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
            "the key stands in the file"
        );
    }
    assert!(!shop.server.log().iter().any(|line| line.contains(secret)), "the key stands in the log");

    let revoked = shop.admin.delete(&format!("/auth/api-keys/{id}"), "*").await;
    assert!([200, 204].contains(&revoked.status), "{revoked}");
    machine.get("/products").await.problem(401);

    let past = json!({"name": "late", "roles": ["viewer"], "expires_at": "2020-01-01T00:00:00Z"});
    shop.admin.post("/auth/api-keys", &past).await.problem(422);
    let unknown = json!({"name": "odd", "roles": ["viewer", "emperor"]});
    shop.admin.post("/auth/api-keys", &unknown).await.problem(422);
    let soon = shop.site.run_well(["token", "--role", "viewer", "--expires", "1s"]);
    let brief = shop.anonymous.with_key(soon.split_whitespace().last().unwrap());
    let start = std::time::Instant::now();
    while brief.get("/auth/me").await.status == 200 {
        assert!(start.elapsed().as_secs() < 10, "a key of one second lives for ten");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn pages_of_other_origins_are_served_where_it_is_set(topology: Topology, backend: Backend) {
    let mut site = Site::new(topology, backend);
    site.set("VITRINE__HTTP__CORS_ORIGINS", "https://shop.example");
    let shop = site.open();
    let preflight = async |origin: &str, path: &str| {
        shop.anonymous
            .call(Method::OPTIONS, path)
            .header("origin", origin)
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "authorization,content-type,if-match,idempotency-key")
            .send()
            .await
    };
    let product = "/products/0190a5e4-7c3f-7d3e-8b1a-0123456789ab";
    // Browsers send no credential with the question, also where one is needed for the request itself.
    let allowed = preflight("https://shop.example", product).await;
    assert!([200, 204].contains(&allowed.status), "{allowed}");
    assert_eq!(allowed.header("access-control-allow-origin"), "https://shop.example");
    let (methods, headers) = (
        allowed.header("access-control-allow-methods").to_uppercase(),
        allowed.header("access-control-allow-headers").to_lowercase(),
    );
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert!(methods.contains(method), "{method}: {methods}");
    }
    for header in ["authorization", "content-type", "if-match", "idempotency-key"] {
        assert!(headers.contains(header), "{header}: {headers}");
    }
    assert!(!allowed.header("access-control-max-age").is_empty());
    let refused = preflight("https://evil.example", product).await;
    assert_eq!(refused.header("access-control-allow-origin"), "", "{refused}");
    let answer =
        shop.anonymous.call(Method::GET, "/products").header("origin", "https://shop.example").send().await;
    answer.expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), "https://shop.example");
    assert!(answer.header("access-control-expose-headers").to_lowercase().contains("etag"), "{answer}");
    assert!(
        answer.header("vary").to_lowercase().contains("origin"),
        "a shared cache must tell origins apart"
    );
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn refusals_are_in_the_audit_log_without_secrets(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let key = shop.site.key("viewer");
    let viewer = shop.anonymous.with_key(&key);
    viewer.post("/products", &json!({"name": "x"})).await.problem(403);
    // One character of a good key is another one.
    let last = if key.ends_with('0') { '1' } else { '0' };
    let wrong = format!("{}{last}", &key[..key.len() - 1]);
    shop.anonymous.with_key(&wrong).get("/products").await.problem(401);
    let subject = viewer.get("/auth/me").await.expect(200)["subject"].as_str().expect("a subject").to_owned();
    let audited = || -> Vec<Value> {
        let lines = shop.server.log();
        lines
            .iter()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(|line: &Value| line["target"] == "audit")
            .collect()
    };
    vitrine_testing::eventually(PATIENCE, "both refusals are logged", || {
        let text = Value::from(audited()).to_string();
        text.contains("product:write") && text.contains("refused a credential")
    })
    .await;
    let refusal =
        audited().into_iter().find(|line| line.to_string().contains("product:write")).expect("found");
    let text = refusal.to_string();
    for told in [subject.as_str(), "POST", "/api/v1/products", "WARN"] {
        assert!(text.contains(told), "{told} is missing: {text}");
    }
    for line in shop.server.log() {
        assert!(!line.contains(&key) && !line.contains(&wrong), "a secret in the log: {line}");
    }
    shop.close();
}
