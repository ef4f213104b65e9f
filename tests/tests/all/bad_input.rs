//! Whatever comes: a clear problem, never a 5xx, nothing half-written.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Backend, Shop, Topology, apply, everywhere, pointers};

#[apply(everywhere)]
#[tokio::test]
async fn all_faults_are_told_at_once_with_their_places(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let product = shop
        .admin
        .post(
            "/products",
            &json!({
                "name": "", "status": "on sale", "slug": "Not A Slug", "brand": 7, "tags": ["ok", 5], "id": "mine", "version": 3,
                "created_at": "2026-01-01T00:00:00Z", "nmae": "typo", "category_ids": ["no-uuid"],
                "variants": [
                    {"price": {"amount": "x", "currency": "EUR"}},
                    {"sku": "", "price": {"amount": "1.00", "currency": "XXXX"}, "colour": "red"},
                ],
                "media": [{"url": "javascript:alert(1)"}], "metadata": [],
            }),
        )
        .await
        .problem(422);
    let found = pointers(&product);
    for place in [
        "/name",
        "/status",
        "/slug",
        "/brand",
        "/tags/1",
        "/id",
        "/version",
        "/created_at",
        "/nmae",
        "/category_ids/0",
        "/variants/0/price/amount",
        "/variants/1/price/currency",
        "/variants/1/colour",
        "/media/0",
        "/metadata",
    ] {
        assert!(found.iter().any(|pointer| pointer.starts_with(place)), "{place} is missing in {found:#?}");
    }
    let detail = |pointer: &str| {
        let faults = product["errors"].as_array().unwrap();
        faults.iter().find(|fault| fault["pointer"] == pointer).unwrap()["detail"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(detail("/nmae").contains("`name`"), "a near name is suggested: {}", detail("/nmae"));

    let category = shop
        .admin
        .post("/categories", &json!({"name": 5, "slug": "-", "parent_id": "x", "status": 1, "image_url": "ftp://x", "atributes": [], "version": 1}))
        .await
        .problem(422);
    let found = pointers(&category);
    for place in ["/name", "/slug", "/parent_id", "/status", "/image_url", "/atributes", "/version"] {
        assert!(found.iter().any(|pointer| pointer.starts_with(place)), "{place} is missing in {found:#?}");
    }
    assert_eq!(shop.admin.get("/products?count=exact").await.expect(200)["total"], 0);
    assert_eq!(shop.admin.get("/categories?count=exact").await.expect(200)["total"], 0);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn what_belongs_to_the_server_is_never_taken_from_a_body(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    for (collection, body) in [("products", json!({"name": "P"})), ("categories", json!({"name": "C"}))] {
        let created = shop.admin.post(&format!("/{collection}"), &body).await.expect(201);
        let path = format!("/{collection}/{}", created["id"].as_str().unwrap());
        for field in ["id", "version", "created_at", "updated_at"] {
            let answer = shop.admin.patch(&path, "*", &json!({field: created[field]})).await;
            assert_eq!(pointers(&answer.problem(422)), [format!("/{field}")]);
        }
        let unknown = shop.admin.patch(&path, "*", &json!({"naem": "X", "name": null})).await.problem(422);
        assert_eq!(pointers(&unknown), ["/naem", "/name"]);
        for body in [json!([]), json!("x"), json!(null), json!(1)] {
            let answer = shop.admin.patch(&path, "*", &body).await;
            assert!([400, 422].contains(&answer.status), "{answer}");
        }
        assert_eq!(shop.admin.get(&path).await.expect(200)["version"], 1);
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn wrong_query_parameters_are_all_named(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let problem = shop
        .anonymous
        .get("/products?limt=5&sort=nmae&limit=0&status=gone&price_min=x&count=maybe&descendants=perhaps&updated_since=today&currency=EURO&highlight=1x")
        .await
        .problem(400);
    let found = pointers(&problem);
    for name in [
        "limt",
        "sort",
        "limit",
        "status",
        "price_min",
        "count",
        "descendants",
        "updated_since",
        "currency",
        "highlight",
    ] {
        assert!(found.iter().any(|pointer| pointer == name), "{name} is missing in {found:?}");
    }
    assert!(problem.to_string().contains("Did you mean `limit`"), "{problem}");
    for path in [
        "/products?limit=101",
        "/products?limit=-1",
        "/products?limit=1.5",
        "/products?limit=99999999999999999999",
        "/products?limit=",
        "/products?limit=5&limit=6",
        "/products?sort=",
        "/products?sort=--name",
        "/products?facets=nothing",
        "/products?price_min=5",
        "/products?attr.=x",
        "/products?attr.x.min=abc",
        "/categories?parent=",
        "/categories/tree?depth=-1",
        "/categories/tree?depth=x",
        "/categories?sort=price",
        "/products/suggest",
        "/changes?after=x",
        "/changes?after=-1",
        "/products?sort=relevance",
    ] {
        let answer = shop.admin.get(path).await;
        assert!(answer.status < 500, "{answer}");
        // Two of them have a sensible meaning, too: an empty `limit`, a price without a currency.
        if ![200, 404].contains(&answer.status) {
            answer.problem(400);
        }
    }
    for path in [
        "/products?limit=101",
        "/products?limit=-1",
        "/products?limit=5&limit=6",
        "/products?facets=nothing",
        "/categories?sort=price",
        "/changes?after=x",
    ] {
        shop.admin.get(path).await.problem(400);
    }
    let many = |n: usize| (0..n).map(|i| format!("brand=b{i}")).collect::<Vec<_>>().join("&");
    shop.anonymous.get(&format!("/products?{}", many(100))).await.expect(200);
    shop.anonymous.get(&format!("/products?{}", many(101))).await.problem(400);
    // Reads of one thing have no parameters, so any is unknown.
    let product = shop.admin.new_product("P", json!({})).await;
    shop.anonymous
        .get(&format!("/products/{}?nonsense=1", product["id"].as_str().unwrap()))
        .await
        .problem(400);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn bodies_that_are_no_good_json_are_refused_by_what_is_wrong(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let name_of = |length: usize| format!("{{\"name\":\"{}\"}}", "x".repeat(length - 11));
    let deep = |depth: usize| {
        format!(
            "{{\"name\":\"x\",\"metadata\":{}{}}}",
            "{\"a\":".repeat(depth - 2) + "{}",
            "}".repeat(depth - 2)
        )
    };
    let cases: Vec<(&str, Vec<u8>, &[u16])> = vec![
        ("nothing", vec![], &[400]),
        ("half an object", b"{\"name\": \"x\"".to_vec(), &[400]),
        ("two values", b"{\"name\": \"x\"} {}".to_vec(), &[400]),
        ("single quotes", b"{'name': 'x'}".to_vec(), &[400]),
        ("a trailing comma", b"{\"name\": \"x\",}".to_vec(), &[400]),
        ("NaN", b"{\"name\": NaN}".to_vec(), &[400]),
        ("bytes that are no UTF-8", b"{\"name\": \"\xff\xfe\"}".to_vec(), &[400]),
        ("half a surrogate", b"{\"name\": \"\\ud800\"}".to_vec(), &[400, 422]),
        ("NUL in a text", b"{\"name\": \"a\\u0000b\"}".to_vec(), &[422]),
        ("a raw NUL", b"{\"name\": \"a\0b\"}".to_vec(), &[400]),
        ("a control character", b"{\"name\": \"a\\u0007b\"}".to_vec(), &[422]),
        ("a number out of range", b"{\"name\": \"x\", \"metadata\": {\"a\": 1e999}}".to_vec(), &[400, 422]),
        ("one key twice", b"{\"name\": \"x\", \"name\": \"y\"}".to_vec(), &[201, 400, 422]),
        ("an array", b"[]".to_vec(), &[422, 400]),
        ("exactly 1 MiB", name_of(1 << 20).into_bytes(), &[422]),
        ("1 MiB and a byte", name_of((1 << 20) + 1).into_bytes(), &[413]),
        ("5 MiB", name_of(5 << 20).into_bytes(), &[413]),
        ("64 levels", deep(64).into_bytes(), &[201, 422]),
        ("65 levels", deep(65).into_bytes(), &[400]),
        ("100,000 levels", "[".repeat(100_000).into_bytes(), &[400]),
    ];
    for path in ["/products", "/categories"] {
        for (what, body, wanted) in &cases {
            let answer =
                shop.admin.call(Method::POST, path).body("application/json", body.clone()).send().await;
            assert!(wanted.contains(&answer.status), "{what}: {answer}");
            if answer.status >= 400 {
                answer.problem(answer.status);
            }
        }
        let good = json!({"name": "Good"}).to_string();
        for content_type in [
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
            "application/json; charset=utf-16",
        ] {
            let answer = shop.admin.call(Method::POST, path).body(content_type, good.clone()).send().await;
            answer.problem(415);
        }
        for encoding in ["gzip", "br", "deflate", "zstd"] {
            let call = shop.admin.call(Method::POST, path).header("content-encoding", encoding);
            call.body("application/json", good.clone()).send().await.problem(415);
        }
        let identity = shop.admin.call(Method::POST, path).header("content-encoding", "identity");
        identity.body("application/json", good.clone()).send().await.expect(201);
        shop.admin
            .call(Method::POST, path)
            .body("application/json; charset=UTF-8", good)
            .send()
            .await
            .expect(201);
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn strange_paths_and_methods_are_answered_clearly(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    for path in [
        "/products/%00",
        "/products/%FF%FE",
        "/products/by-slug/%00",
        "/products/by-slug/%FF",
        "/products/by-sku/%E2%82",
        "/products/../../etc/passwd",
        "/products/by-sku/%27%20OR%201=1--",
        "/categories/by-slug/..%2f..%2fetc",
        "/nothing",
        "//",
        "//nothing/here",
        "/products/",
        "/products/0190a5e4-7c3f-7d3e-8b1a-0123456789ab/nothing",
        "//docs/../../../etc/passwd",
        "//problems/no-such",
    ] {
        let answer = shop.anonymous.get(path).await;
        assert!([400, 404, 307].contains(&answer.status), "{answer}");
    }
    for query in ["q=%FF", "q=%00", "q=%", "q=%zz", "brand=%C3%28", "q=a%00b", "sku=%00"] {
        for path in ["/products", "/categories"] {
            let answer = shop.anonymous.get(&format!("{path}?{query}")).await;
            assert!([200, 400].contains(&answer.status), "{answer}");
        }
    }
    let answer = shop.admin.call(Method::PUT, "/products").json(&json!({})).send().await;
    answer.problem(405);
    assert!(
        answer.header("allow").contains("GET") && answer.header("allow").contains("POST"),
        "{:?}",
        answer.headers
    );
    for method in [Method::TRACE, Method::from_bytes(b"BREW").unwrap()] {
        shop.anonymous.call(method, "/products").send().await.problem(405);
    }
    shop.close();
}

/// What a client library would not send.
fn raw(shop: &Shop, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(shop.server.api).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // The server may hang up before it has read all of it.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    while let Ok(n) = stream.read(&mut part) {
        answer.extend_from_slice(&part[..n]);
        if n == 0 || answer.windows(4).any(|window| window == b"\r\n\r\n") {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[apply(everywhere)]
#[tokio::test]
async fn requests_that_break_http_do_not_break_the_server(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let key = shop.site.key("editor");
    let post = |headers: &str, body: &str| {
        format!(
            "POST /api/v1/products HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n{headers}\r\n\r\n{body}"
        )
    };
    let huge =
        format!("GET /api/v1/products HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n", "a".repeat(300_000));
    let many = format!("GET /api/v1/products HTTP/1.1\r\nhost: x\r\n{}\r\n", "x-a: b\r\n".repeat(500));
    let long = format!("GET /api/v1/products?q={} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200_000));
    let requests: Vec<Vec<u8>> = vec![
        b"\r\n\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"GET /api/v1/products?q=\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n".to_vec(),
        b"GET /api/v1/products HTTP/1.1\r\nhost: x\r\nx-request-id: \xff\r\n\r\n".to_vec(),
        b"GET /api/v1/products HTTP/1.1\r\nhost: x\r\nx-\0: 1\r\n\r\n".to_vec(),
        b"GET /api/v1/products HTTP/9.9\r\nhost: x\r\n\r\n".to_vec(),
        huge.into_bytes(),
        many.into_bytes(),
        long.into_bytes(),
        post("content-length: -1", "{}").into_bytes(),
        post("content-length: 99999999999999999999999", "{}").into_bytes(),
        post("content-length: 2\r\ncontent-length: 3", "{}x").into_bytes(),
        post("transfer-encoding: chunked\r\ncontent-length: 5", "0\r\n\r\n").into_bytes(),
        post("transfer-encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n").into_bytes(),
        post("transfer-encoding: nonsense", "{}").into_bytes(),
        post("content-length: 10485760", "{}").into_bytes(),
        post("expect: something\r\ncontent-length: 2", "{}").into_bytes(),
    ];
    for request in requests {
        let answer = raw(&shop, &request);
        let status = answer.split(' ').nth(1).unwrap_or("").to_owned();
        let shown = String::from_utf8_lossy(&request[..request.len().min(80)]).into_owned();
        assert!(!status.starts_with('5') || status == "505", "{shown:?} was answered {answer}");
    }
    // Clients that hang up half way leave nothing behind.
    for _ in 0..50 {
        let mut stream = TcpStream::connect(shop.server.api).unwrap();
        let half = post("content-length: 100", "{\"name\": \"half a");
        stream.write_all(half.as_bytes()).unwrap();
    }
    for _ in 0..50 {
        let mut stream = TcpStream::connect(shop.server.api).unwrap();
        let whole = post("content-length: 23", "{\"name\": \"hung up here\"}");
        stream.write_all(whole.as_bytes()).unwrap();
    }
    shop.anonymous.get("/products").await.expect(200);
    let left: Value = shop.admin.get("/products?q=half&count=exact").await.expect(200);
    assert_eq!(left["total"], 0);
    shop.close();
}
