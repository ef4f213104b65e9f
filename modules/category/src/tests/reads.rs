use actix_web::http::StatusCode;
use rstest::rstest;
use serde_json::json;

use super::server::{Server, names};

#[actix_web::test]
async fn every_route_is_described_and_every_description_served() {
    let server = Server::start();
    assert!(server.api.undocumented().is_empty(), "{:?}", server.api.undocumented());
    assert!(server.api.unserved().is_empty(), "{:?}", server.api.unserved());
    assert!(server.api.declared_twice().is_empty());
    let document: serde_json::Value = serde_json::from_slice(server.api.openapi_json()).expect("JSON");
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().expect("a name");
        assert!(document["components"]["schemas"].get(name).is_some(), "{name} is nowhere");
    }
}

#[actix_web::test]
async fn a_former_slug_redirects_to_the_current_one() {
    let server = Server::start();
    let id = server.add("Old name", None).await;
    server.patch(&id, "*", json!({"slug": "new"})).await.expect(200);
    let former = server.get("", "/categories/by-slug/old-name").await;
    assert_eq!(former.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(former.header("location"), "/api/v1/categories/by-slug/new");
    let here = server.get("", "/categories/by-slug/new").await;
    assert_eq!(here.expect(200)["id"], json!(id));
    let tag = here.header("etag").to_owned();
    let known = server.send("", "GET", "/categories/by-slug/new", &[("if-none-match", &tag)], None).await;
    assert_eq!((known.status, known.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    for wrong in ["never", "NEW", "a%20b", "%2e%2e"] {
        server.get("", &format!("/categories/by-slug/{wrong}")).await.problem(404, "not-found");
    }
}

#[actix_web::test]
async fn what_is_hidden_is_not_there_for_the_public() {
    let server = Server::start();
    let top = server.add("Top", None).await;
    let draft = server.add("Draft", Some(&top)).await;
    let below = server.add("Below", Some(&draft)).await;
    server.patch(&draft, "*", json!({"status": "draft"})).await.expect(200);
    let reads = ["", "/children", "/ancestors", "/descendants", "/attribute-schema"];
    for id in [&draft, &below] {
        for part in reads {
            let path = format!("/categories/{id}{part}");
            server.get("", &path).await.problem(404, "not-found");
            for who in ["admin", "writer", "viewer"] {
                server.get(who, &path).await.expect(200);
            }
        }
    }
    let lists = [
        "/categories".to_owned(),
        "/categories?q=below".to_owned(),
        "/categories?status=draft".to_owned(),
        "/categories/tree".to_owned(),
        format!("/categories?parent={top}"),
        format!("/categories/{top}/children"),
        format!("/categories/{top}/descendants"),
    ];
    for path in lists {
        // Asked twice: the second answer comes from the cache, and must not be the other audience's.
        for _ in 0..2 {
            let public = server.get("", &path).await;
            public.expect(200);
            let text = String::from_utf8_lossy(&public.bytes).into_owned();
            assert!(!text.contains("Draft") && !text.contains("Below"), "{path}: {text}");
            let staff = server.get("viewer", &path).await;
            staff.expect(200);
            let text = String::from_utf8_lossy(&staff.bytes).into_owned();
            assert!(text.contains("Draft") || text.contains("Below"), "{path}: {text}");
        }
    }
    server.get("", &format!("/categories?parent={draft}")).await.problem(400, "invalid-query");
    server.get("", "/categories/tree?root=draft").await.problem(404, "not-found");
}

#[actix_web::test]
async fn lists_are_filtered_sorted_and_paged() {
    let server = Server::start();
    let top = server.add("Zoo", None).await;
    for name in ["Élan", "bear", "Ape", "bear"] {
        server.add(name, Some(&top)).await;
    }
    let list = async |query: &str| {
        let answer = server.get("", &format!("/categories{query}")).await.expect(200);
        names(&answer).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, ["Zoo", "Élan", "bear", "Ape", "bear"]);
    assert_eq!(list("?sort=name").await, ["Ape", "bear", "bear", "Élan", "Zoo"]);
    assert_eq!(list("?sort=-name&limit=2").await, ["Zoo", "Élan"]);
    assert_eq!(list("?parent=root").await, ["Zoo"]);
    assert_eq!(list("?parent=zoo&sort=-position").await, ["bear", "Ape", "bear", "Élan"]);
    assert_eq!(list("?q=elan").await, ["Élan"]);
    assert_eq!(list("?q=!!!&sort=relevance").await.len(), 5);
    assert_eq!(list("?updated_since=2030-01-01T00:00:00Z").await, Vec::<String>::new());
    let first = server.get("", "/categories?sort=name&limit=3&count=exact").await;
    let page = first.expect(200);
    assert_eq!(page["total"], 5);
    let cursor = page["next_cursor"].as_str().expect("more");
    assert!(first.header("link").contains(cursor) && first.header("link").ends_with("rel=\"next\""));
    assert_eq!(list(&format!("?sort=name&cursor={cursor}")).await, ["Élan", "Zoo"]);
    server.get("", &format!("/categories?sort=-name&cursor={cursor}")).await.problem(400, "invalid-cursor");
    server
        .get("", &format!("/categories?sort=name&q=x&cursor={cursor}"))
        .await
        .problem(400, "invalid-cursor");
    let above = server.get("", "/categories?sort=name").await.expect(200);
    let bear = above["items"][1]["id"].as_str().expect("an id");
    assert_eq!(names(&server.get("", &format!("/categories/{bear}/ancestors")).await.expect(200)), ["Zoo"]);
}

#[rstest]
#[case("/categories?sort=price&limit=0&colour=red&status=hidden", &["sort", "limit", "colour", "status"])]
#[case("/categories?parent=nowhere&count=all", &["parent", "count"])]
#[case("/categories?sort=relevance", &["sort"])]
#[case("/categories?q=a&q=b", &["q"])]
#[case("/categories/tree?depth=0", &["depth"])]
#[case("/categories/tree?depth=65", &["depth"])]
#[case("/categories/tree?depth=-1&rot=x", &["depth", "rot"])]
#[case("/categories/0199f0a2-5b1c-7c3e-9d5e-0f6f1d2c3b4a?fields=name", &["fields"])]
#[case("/categories/by-slug/x?fields=name", &["fields"])]
#[actix_web::test]
async fn every_fault_of_a_query_is_told(#[case] path: &str, #[case] wanted: &[&str]) {
    let server = Server::start();
    let faults = server.get("", path).await.problem(400, "invalid-query");
    let mut found: Vec<_> = faults.iter().map(|(pointer, _)| pointer.as_str()).collect();
    let mut wanted = wanted.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}

#[actix_web::test]
async fn a_tree_is_nested_as_deep_as_asked_for() {
    let server = Server::start();
    let a = server.add("A", None).await;
    let b = server.add("B", Some(&a)).await;
    server.add("C", Some(&b)).await;
    let tree = server.get("", "/categories/tree").await.expect(200);
    assert_eq!(tree["items"][0]["children"][0]["children"][0]["name"], "C");
    let tree = server.get("", "/categories/tree?root=a&depth=1").await.expect(200);
    let child = &tree["items"][0]["children"][0];
    assert_eq!(
        (&child["name"], &child["has_more"], &child["children"]),
        (&json!("B"), &json!(true), &json!([]))
    );
    assert_eq!(child["depth"], 1);
    server.get("", "/categories/tree?root=nowhere").await.problem(404, "not-found");
    server.get("", "/categories/tree?root=").await.problem(404, "not-found");
}

#[actix_web::test]
async fn the_attributes_in_force_are_json_schema() {
    let server = Server::start();
    let body = json!({"name": "A", "attributes": [{"key": "size", "type": "text", "required": true}]});
    let top = server.post("/categories", body).await.expect(201)["id"].as_str().expect("an id").to_owned();
    let below = server.add("B", Some(&top)).await;
    let attributes = json!([{"key": "size", "type": "number", "unit": "in"}, {"key": "color", "type": "enum", "values": ["red"], "facet": true}]);
    server.patch(&below, "*", json!({"attributes": attributes})).await.expect(200);
    let schema = server.get("", &format!("/categories/{below}/attribute-schema")).await.expect(200);
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(
        schema["properties"],
        json!({
            "size": {"title": "Size", "type": "number", "x-unit": "in", "x-facet": false},
            "color": {"title": "Color", "type": "string", "enum": ["red"], "x-facet": true},
        })
    );
    assert_eq!(schema["required"], json!([]));
    server.patch(&top, "*", json!({"attributes": []})).await.expect(200);
    let schema = server.get("", &format!("/categories/{top}/attribute-schema")).await.expect(200);
    assert_eq!(schema["properties"], json!({}));
}
