//! Imports and exports as clients see them.

use rstest::rstest;
use serde_json::{Value, json};

use super::server::{Answer, Server, names};

/// The lines of a report.
fn lines(answer: &Answer) -> Vec<Value> {
    let text = String::from_utf8_lossy(&answer.bytes);
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/x-ndjson"),
        "{text}"
    );
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[actix_web::test]
async fn an_imported_tree_is_there_at_once_and_its_export_changes_nothing() {
    let server = Server::start();
    let file = "external_id,parent_external_id,name\nb,a,\"Cups, blue\"\nx,nowhere,Lost\na,,Kitchen\n";
    // The list is kept before; the import must retire it.
    assert_eq!(names(&server.get("admin", "/categories").await.expect(200)), Vec::<&str>::new());
    let report = lines(&server.upload("admin", "/categories/import", "text/csv", file).await);
    assert_eq!(report[0]["line"], 3);
    assert_eq!(
        (&report[0]["external_id"], &report[0]["errors"][0]["code"]),
        (&json!("x"), &json!("unknown_parent"))
    );
    assert_eq!(report[1]["summary"]["created"], 2);
    assert_eq!(names(&server.get("admin", "/categories?parent=root").await.expect(200)), ["Kitchen"]);
    assert_eq!(names(&server.get("admin", "/categories?parent=kitchen").await.expect(200)), ["Cups, blue"]);
    for (format, content_type) in [("ndjson", "application/x-ndjson"), ("csv", "text/csv; charset=utf-8")] {
        let exported = server.get("writer", &format!("/categories/export?format={format}")).await;
        assert_eq!(exported.header("content-type"), content_type);
        assert_eq!(
            exported.header("content-disposition"),
            format!("attachment; filename=\"categories.{format}\"")
        );
        let document = String::from_utf8(exported.bytes).expect("UTF-8");
        let report = lines(&server.upload("writer", "/categories/import", content_type, &document).await);
        let mut summary = report[0]["summary"].clone();
        summary["seconds"] = json!(0);
        let wanted = json!({"rows": 2, "created": 0, "updated": 0, "unchanged": 2, "rejected": 0, "validate_only": false, "seconds": 0});
        assert_eq!(summary, wanted);
    }
}

#[actix_web::test]
async fn a_rehearsal_writes_nothing() {
    let server = Server::start();
    let file = "{\"external_id\": \"b\", \"parent_external_id\": \"a\", \"name\": \"B\"}\n{\"external_id\": \"a\", \"name\": \"A\"}\n";
    let path = "/categories/import?validate_only=true&format=ndjson";
    let report = lines(&server.upload("admin", path, "application/octet-stream", file).await);
    assert_eq!(
        (&report[0]["summary"]["created"], &report[0]["summary"]["validate_only"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(server.get("admin", "/categories/export").await.bytes, b"");
}

#[rstest]
#[case("/categories/import", "application/json", "{}", 415, "unsupported-media-type")]
#[case("/categories/import", "text/csv", "nmae\nx\n", 400, "malformed-request")]
#[case("/categories/import", "application/x-ndjson", "[{}]", 400, "malformed-request")]
#[case("/categories/import?validate=true", "text/csv", "name\n", 400, "invalid-query")]
#[actix_web::test]
async fn a_file_that_is_none_is_refused_as_a_whole(
    #[case] path: &str,
    #[case] content_type: &str,
    #[case] file: &str,
    #[case] status: u16,
    #[case] slug: &str,
) {
    let server = Server::start();
    server.upload("admin", path, content_type, file).await.problem(status, slug);
}

#[actix_web::test]
async fn bulk_needs_the_permission_to_write() {
    let server = Server::start();
    server.get("viewer", "/categories/export").await.problem(403, "forbidden");
    server.get("", "/categories/export").await.problem(401, "unauthenticated");
    server.upload("viewer", "/categories/import", "text/csv", "name\n").await.problem(403, "forbidden");
}
