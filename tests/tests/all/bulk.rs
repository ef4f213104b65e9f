use std::ffi::OsStr;
use std::time::{Duration, Instant};

use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Backend, Client, Shop, Site, Topology, apply, demo, demo_rows, everywhere, items,
};

const NDJSON: &str = "application/x-ndjson";

/// The lines of a report: one for each bad row, and the summary.
#[track_caller]
fn report(answer: &Answer) -> (Vec<Value>, Value) {
    assert_eq!(answer.status, 200, "{answer}");
    let mut lines: Vec<Value> =
        answer.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let last = lines.pop().unwrap_or_else(|| panic!("an empty report: {answer}"));
    let summary = last.get("summary").unwrap_or_else(|| panic!("no summary: {answer}")).clone();
    (lines, summary)
}

#[track_caller]
fn assert_counts(summary: &Value, created: u64, updated: u64, unchanged: u64, rejected: u64) {
    let counts =
        ["created", "updated", "unchanged", "rejected"].map(|name| summary[name].as_u64().expect("a count"));
    assert_eq!(
        counts,
        [created, updated, unchanged, rejected],
        "created, updated, unchanged, rejected: {summary}"
    );
}

async fn import(client: &Client, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
    client.call(Method::POST, path).body(content_type, body).send().await
}

/// The position of the feed without paging through thousands of changes: the sequence that a new change gets.
async fn mark(client: &Client) -> i64 {
    let product = client.new_product("A mark in the feed", json!({"status": "draft"})).await;
    let path = format!("/products/{}", product["id"].as_str().unwrap());
    let (mut low, mut high) = (0_i64, 1_i64 << 32);
    while low + 1 < high {
        let middle = i64::midpoint(low, high);
        let page = client.get(&format!("/changes?after={middle}&limit=1")).await.expect(200);
        if items(&page).is_empty() { high = middle } else { low = middle }
    }
    client.delete(&path, "*").await;
    high
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_catalog_comes_in_whole_and_coming_again_changes_nothing(
    topology: Topology,
    backend: Backend,
) {
    let shop = Shop::open(topology, backend);
    let categories = std::fs::read(demo("categories.ndjson")).unwrap();
    let extra = std::fs::read(demo("categories-extra.ndjson")).unwrap();
    let products = std::fs::read(demo("products.ndjson")).unwrap();
    let start = Instant::now();
    assert_counts(
        &report(&import(&shop.admin, "/categories/import", NDJSON, categories.clone()).await).1,
        4723,
        0,
        0,
        0,
    );
    eprintln!("4,723 categories in {:?}", start.elapsed());
    let more = demo_rows("categories-extra.ndjson").len() as u64;
    assert_counts(&report(&import(&shop.admin, "/categories/import", NDJSON, extra).await).1, more, 0, 0, 0);
    assert_counts(
        &report(&import(&shop.admin, "/products/import", NDJSON, products.clone()).await).1,
        194,
        0,
        0,
        0,
    );
    assert_eq!(shop.anonymous.get("/categories?count=exact&limit=1").await.expect(200)["total"], 4723 + more);
    assert_eq!(shop.anonymous.get("/products?count=exact&limit=1").await.expect(200)["total"], 194);

    let before = mark(&shop.admin).await;
    assert_counts(
        &report(&import(&shop.admin, "/categories/import", NDJSON, categories).await).1,
        0,
        0,
        4723,
        0,
    );
    assert_counts(&report(&import(&shop.admin, "/products/import", NDJSON, products).await).1, 0, 0, 194, 0);
    // The mark itself is a creation and a deletion.
    assert_eq!(mark(&shop.admin).await, before + 2, "a repeated import left changes");

    // Where the data says so, children stand before their parents; the tree is the same all the same.
    for row in demo_rows("categories.ndjson").iter().step_by(100) {
        let Some(parent) = row["parent_external_id"].as_str() else { continue };
        let page = shop
            .anonymous
            .get(&format!(
                "/categories?q={}&limit=100",
                row["name"].as_str().unwrap().replace(['&', '#', '+', '%'], " ")
            ))
            .await
            .expect(200);
        let Some(found) = items(&page).iter().find(|item| item["external_id"] == row["external_id"]) else {
            continue;
        };
        let parent_of = shop
            .anonymous
            .get(&format!("/categories/{}", found["parent_id"].as_str().unwrap()))
            .await
            .expect(200);
        assert_eq!(parent_of["external_id"], parent);
    }
    shop.close();
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_exported_comes_in_as_it_was(topology: Topology, backend: Backend) {
    let shop = Shop::open_with_demo(topology, backend);
    // Things that a careless format would lose.
    let odd = shop
        .admin
        .new_category(
            "Odd, \"quoted\"; and broken | piped",
            json!({"external_id": "odd,1", "description": "=SUM(A1)\r\nsecond line"}),
        )
        .await;
    shop.admin
        .post(
            "/products",
            &json!({
                "name": "Odd | \"product\", with; everything", "external_id": "odd|1", "category_ids": [odd["id"]], "tags": ["a,b", "c\"d"], "description": "line 1\nline 2, with \"quotes\"",
                "options": ["size"], "attributes": {"text": "a, \"b\"", "number": 1.5, "flag": true},
                "variants": [
                    {"sku": "ODD-1", "options": {"size": "S"}, "price": {"amount": "1.00", "currency": "EUR"}, "prices": [{"amount": "2.00", "currency": "USD"}]},
                    {"sku": "ODD-2", "options": {"size": "M"}, "price": {"amount": "3.00", "currency": "EUR"}, "barcode": "4006381333931", "attributes": {"w": 1}},
                ],
                "media": [{"url": "https://example.com/a,b.jpg", "alt": "x|y", "kind": "image"}], "metadata": {"deep": {"er": [1, null, "x"]}},
            }),
        )
        .await
        .expect(201);
    let other = Site::new(topology, backend).open();
    for (format, content_type) in [("ndjson", NDJSON), ("csv", "text/csv")] {
        for collection in ["categories", "products"] {
            let exported = shop.admin.get(&format!("/{collection}/export?format={format}")).await;
            assert_eq!(exported.status, 200, "{exported}");
            let same =
                import(&shop.admin, &format!("/{collection}/import"), content_type, exported.body.clone())
                    .await;
            let (bad, summary) = report(&same);
            assert_eq!(bad, Vec::<Value>::new(), "{format} {collection}");
            assert_eq!(
                (&summary["created"], &summary["updated"]),
                (&json!(0), &json!(0)),
                "{format} {collection}: {summary}"
            );
            // And in an empty shop it makes the same catalog.
            if format == "ndjson" {
                let (bad, _) = report(
                    &import(
                        &other.admin,
                        &format!("/{collection}/import"),
                        content_type,
                        exported.body.clone(),
                    )
                    .await,
                );
                assert_eq!(bad, Vec::<Value>::new());
                let there = other.admin.get(&format!("/{collection}/export?format={format}")).await;
                assert_eq!(sorted_lines(&there), sorted_lines(&exported), "{collection}");
            }
        }
    }
    other.close();
    shop.close();
}

fn sorted_lines(answer: &Answer) -> Vec<String> {
    let mut lines: Vec<String> = answer.text().lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[apply(everywhere)]
#[tokio::test]
async fn each_bad_row_is_told_with_its_line_and_good_ones_come_in(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let body = [
        r#"{"external_id": "1", "name": "Good", "sku": "G-1"}"#,
        r#"{"external_id": "2", "name": "", "status": "odd"}"#,
        "",
        "this is no JSON",
        r#"{"external_id": "3", "name": "Unknown category", "category_external_ids": ["nowhere"]}"#,
        r#"{"external_id": "4", "name": "Same SKU", "sku": "G-1"}"#,
        r#"["an array"]"#,
        "{\"external_id\": \"5\", \"name\": \"bad \u{0} byte\"}",
        r#"{"name": "No key at all"}"#,
        r#"{"external_id": "6", "name": "Also good"}"#,
    ]
    .join("\n");
    let rehearsal = import(&shop.admin, "/products/import?validate_only=true", NDJSON, body.clone()).await;
    let (rehearsed, summary) = report(&rehearsal);
    assert_eq!(summary["validate_only"], true);
    assert_eq!(shop.admin.get("/products?count=exact").await.expect(200)["total"], 0);
    let (bad, summary) = report(&import(&shop.admin, "/products/import", NDJSON, body).await);
    assert_eq!(summary["created"], 2, "{summary}");
    // The sentence names the product that has the SKU: one that a rehearsal takes back.
    let codes = |rows: &[Value]| {
        let code = |row: &Value| {
            (row["line"].clone(), crate::harness::pointers(row), row["errors"][0]["code"].clone())
        };
        rows.iter().map(code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&rehearsed), codes(&bad), "a rehearsal tells what will happen");
    let lines: Vec<u64> = bad.iter().map(|row| row["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [2, 4, 5, 6, 7, 8, 9]);
    let pointers = crate::harness::pointers(&bad[0]);
    assert_eq!(pointers, ["/name", "/status"]);
    assert_eq!(crate::harness::pointers(&bad[2]), ["/category_external_ids/0"]);
    shop.admin.post("/products/import", &json!({})).await.problem(415);
    let empty = report(&import(&shop.admin, "/products/import", NDJSON, "").await);
    assert_counts(&empty.1, 0, 0, 0, 0);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test]
async fn csv_comes_in_as_people_write_it(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    shop.admin.new_category("Lamps", json!({"slug": "lamps", "external_id": "c-lamps"})).await;
    // A BOM, CRLF, quotes, a line break inside quotes, an empty line.
    let csv = "\u{feff}external_id,name,status,sku,tags,category_external_ids,attr.color,description\r\n\
               l-1,\"Lamp, large\",active,L-1,big|bright,c-lamps,red,\"two\nlines\"\r\n\r\n\
               l-2,Lamp \"small\",active,L-2,,c-lamps,,\r\n";
    let answer = import(&shop.admin, "/products/import", "text/csv; charset=utf-8", csv).await;
    let (bad, summary) = report(&answer);
    assert_eq!(bad, Vec::<Value>::new());
    assert_eq!(summary["created"], 2);
    let lamp = shop.admin.get("/products/by-sku/L-1").await.expect(200);
    assert_eq!(lamp["name"], "Lamp, large");
    assert_eq!(lamp["tags"], json!(["big", "bright"]));
    assert_eq!(lamp["attributes"]["color"], "red");
    assert_eq!(lamp["description"], "two\nlines");
    for (what, csv) in [
        ("an unknown column", "external_id,name,colour\n1,A,red\n"),
        ("a column twice", "external_id,name,name\n1,A,B\n"),
        ("no header", "\n"),
        ("too many cells", "external_id,name\n1,A,B,C\n"),
        ("half a quote", "external_id,name\n1,\"A\n"),
        ("no UTF-8", "external_id,name\n1,\u{fffd}"),
    ] {
        let answer = import(&shop.admin, "/products/import", "text/csv", csv).await;
        assert!(answer.status < 500, "{what}: {answer}");
    }
    let mut latin = b"external_id,name\n1,Caf".to_vec();
    latin.extend([0xe9, b'\n']);
    let answer = import(&shop.admin, "/products/import", "text/csv", latin).await;
    assert!(
        answer.status < 500
            && shop.admin.get("/products?count=exact").await.expect(200)["total"].as_u64() <= Some(5),
        "{answer}"
    );
    shop.close();
}

/// Kills the command in the middle, and runs it again.
#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_import_is_finished_by_running_it_again(#[values(30, 150, 400)] milliseconds: u64) {
    let site = Site::new(Topology::Single, Backend::Sqlite);
    site.run_well(["migrate"]);
    let file = demo("categories.ndjson");
    let mut command = site.vitrine([OsStr::new("import"), OsStr::new("categories"), file.as_os_str()]);
    let mut child =
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    let _ = child.kill();
    child.wait().unwrap();
    site.run_well([OsStr::new("import"), OsStr::new("categories"), file.as_os_str()]);
    let shop = site.open();
    assert_eq!(shop.anonymous.get("/categories?count=exact&limit=1").await.expect(200)["total"], 4723);
    shop.close();
}

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_server_notices_what_the_command_line_writes(topology: Topology, backend: Backend) {
    let shop = Shop::open(topology, backend);
    let row = |name: &str| {
        format!("{{\"external_id\": \"x\", \"sku\": \"X\", \"name\": \"{name}\", \"status\": \"active\"}}\n")
    };
    let file = shop.site.folder.file("rows.ndjson");
    for name in ["First", "Second", "Third"] {
        // The caches are full of the past.
        for _ in 0..3 {
            shop.anonymous.get("/products?sort=name").await.expect(200);
            shop.anonymous.get("/products/by-sku/X").await;
        }
        std::fs::write(&file, row(name)).unwrap();
        shop.site.run_well([OsStr::new("import"), OsStr::new("products"), file.as_os_str()]);
        let done = Instant::now();
        loop {
            let by_sku = shop.anonymous.get("/products/by-sku/X").await;
            let listed = shop.anonymous.get("/products?sort=name").await;
            if by_sku.text().contains(name) && listed.text().contains(name) {
                break;
            }
            assert!(
                done.elapsed() < Duration::from_secs(1),
                "{name} is not seen after {:?}: {listed}",
                done.elapsed()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    shop.close();
}

#[test]
fn the_command_line_says_which_rows_are_bad_and_ends_with_1() {
    let site = Site::new(Topology::Single, Backend::Sqlite);
    let file = site.folder.file("rows.ndjson");
    std::fs::write(
        &file,
        "{\"external_id\": \"1\", \"name\": \"Good\"}\n{\"external_id\": \"2\", \"nmae\": \"Bad\"}\n",
    )
    .unwrap();
    let output = site.run([OsStr::new("import"), OsStr::new("products"), file.as_os_str()]);
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("/nmae") && said.contains('2'), "{said}");
    let exported = site.run_well(["export", "products"]);
    assert_eq!(exported.lines().count(), 1, "the good row came in: {exported}");
    std::fs::write(&file, "{\"external_id\": \"3\", \"name\": \"Rehearsed\"}\n").unwrap();
    site.run_well([OsStr::new("import"), OsStr::new("products"), OsStr::new("--dry-run"), file.as_os_str()]);
    assert_eq!(site.run_well(["export", "products"]).lines().count(), 1, "a rehearsal changes nothing");
    site.check_data();
}

#[test]
fn seeded_catalogs_are_always_the_same() {
    let exports = [0, 1].map(|_| {
        let site = Site::new(Topology::Single, Backend::Sqlite);
        site.run_well(["seed", "--products", "300"]);
        site.check_data();
        let mut lines: Vec<String> =
            site.run_well(["export", "products"]).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    });
    assert_eq!(exports[0].len(), 300);
    assert!(exports[0] == exports[1], "two seeds differ");
}
