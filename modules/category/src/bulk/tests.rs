//! Imports and exports over a database.

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};
use vitrine_bulk::{Format, Summary};
use vitrine_kernel::{Clock, Failure};
use vitrine_testing::{TempDb, clock};

use super::import::ROWS_TOGETHER;
use super::{CategoryBulk, CategoryRows};
use crate::MIGRATIONS;
use crate::store::held::{HeldRow, ImportId, ParentKey};

struct World {
    bulk: CategoryBulk,
    _db: TempDb,
}

struct Answer {
    summary: Summary,
    rejected: Vec<Value>,
}

impl Answer {
    fn counts(&self) -> [u64; 4] {
        let summary = self.summary;
        assert_eq!(summary.rows, summary.created + summary.updated + summary.unchanged + summary.rejected);
        [summary.created, summary.updated, summary.unchanged, summary.rejected]
    }

    /// `line pointer code` of every fault, in the order of the report.
    fn faults(&self) -> Vec<String> {
        self.rejected
            .iter()
            .flat_map(|row| {
                row["errors"].as_array().expect("errors").iter().map(|fault| {
                    let text = |name: &str| fault[name].as_str().expect("text").to_owned();
                    format!("{} {} {}", row["line"], text("pointer"), text("code"))
                })
            })
            .collect()
    }
}

impl World {
    fn new() -> Self {
        let db = TempDb::open(&[MIGRATIONS]);
        let clock: Arc<dyn Clock> = clock();
        Self { bulk: CategoryBulk::new(&db, &clock), _db: db }
    }

    async fn run(&self, rows: CategoryRows, validate_only: bool) -> Result<Answer, Failure> {
        let finished = self.bulk.import(rows, validate_only, &|_| ()).await?;
        let summary = finished.summary;
        let document = finished.into_stream().collect().await?;
        let mut rejected: Vec<Value> = String::from_utf8(document)
            .expect("UTF-8")
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        rejected.pop();
        Ok(Answer { summary, rejected })
    }

    async fn import(&self, text: &str, format: Format) -> Answer {
        let rows = CategoryRows::of_file(Cursor::new(text.to_owned()), format);
        self.run(rows, false).await.expect("imported")
    }

    async fn rehearse(&self, text: &str) -> Answer {
        let rows = CategoryRows::of_file(Cursor::new(text.to_owned()), Format::Ndjson);
        self.run(rows, true).await.expect("rehearsed")
    }

    async fn import_values(&self, rows: Vec<Value>) -> Answer {
        self.run(CategoryRows::made(rows), false).await.expect("imported")
    }

    async fn export(&self, format: Format) -> String {
        let document = self.bulk.export(format).collect().await.expect("exported");
        String::from_utf8(document).expect("UTF-8")
    }

    /// The exported rows by external id: parent and name.
    async fn tree(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .export(Format::Ndjson)
            .await
            .lines()
            .map(|line| {
                let row: Value = serde_json::from_str(line).expect("JSON");
                format!("{} < {}", row["external_id"], row["parent_external_id"])
            })
            .collect();
        lines.sort();
        lines
    }

    async fn is_sound(&self) {
        assert_eq!(self.bulk.store.problems().await.expect("checked"), []);
    }
}

fn row(id: &str, parent: Option<&str>) -> Value {
    json!({"external_id": id, "name": format!("Name of {id}"), "parent_external_id": parent})
}

fn lines(rows: &[Value]) -> String {
    rows.iter().flat_map(|row| [row.to_string(), "\n".to_owned()]).collect()
}

/// The categories of the demo: 4,723 real ones, 703 of them before their parents.
const REAL: &str = include_str!("../../../../demo/categories.ndjson");

/// A tree in an order as bad as can be: the deepest first.
fn children_first(count: usize) -> Vec<Value> {
    let mut rows: Vec<Value> = (0..count)
        .map(|number| {
            let parent = (number > 0).then(|| format!("c{}", number / 4));
            row(&format!("c{number}"), parent.as_deref().filter(|parent| *parent != format!("c{number}")))
        })
        .collect();
    rows.reverse();
    rows
}

#[tokio::test]
async fn children_may_come_before_their_parents_and_again_nothing_changes() {
    let world = World::new();
    let rows = children_first(1500);
    assert_eq!(world.import_values(rows.clone()).await.counts(), [1500, 0, 0, 0]);
    world.is_sound().await;
    assert_eq!(world.import_values(rows).await.counts(), [0, 0, 1500, 0]);
    let left = world.bulk.held.page(ImportId(uuid::Uuid::nil()), None, 1).await.expect("read");
    assert_eq!(left, []);
}

#[tokio::test]
async fn the_real_categories_import_and_come_back_as_they_are() {
    let count = REAL.lines().count() as u64;
    assert_eq!(count, 4723);
    let world = World::new();
    assert_eq!(world.rehearse(REAL).await.counts(), [count, 0, 0, 0]);
    assert_eq!(world.import(REAL, Format::Ndjson).await.counts(), [count, 0, 0, 0]);
    world.is_sound().await;
    assert_eq!(world.import(REAL, Format::Ndjson).await.counts(), [0, 0, count, 0]);
    let document = world.export(Format::Ndjson).await;
    assert_eq!(world.import(&document, Format::Ndjson).await.counts(), [0, 0, count, 0]);
    let elsewhere = World::new();
    assert_eq!(elsewhere.import(&document, Format::Ndjson).await.counts(), [count, 0, 0, 0]);
    assert_eq!(elsewhere.export(Format::Csv).await, world.export(Format::Csv).await);
}

#[tokio::test]
async fn an_import_that_broke_off_is_sent_again() {
    let rows = children_first(900);
    let whole = World::new();
    whole.import_values(rows.clone()).await;
    let broken = World::new();
    let cut: Vec<_> = lines(&rows)
        .into_bytes()
        .chunks(1000)
        .take(40)
        .map(|c| Ok(bytes::Bytes::copy_from_slice(c)))
        .collect();
    let cut = cut.into_iter().chain([Err(std::io::Error::other("reset"))]);
    let upload = tokio_util::io::StreamReader::new(futures::stream::iter(cut));
    let rows_till_then = CategoryRows::of_upload(upload, Format::Ndjson);
    assert!(broken.run(rows_till_then, false).await.is_err());
    let again = broken.import_values(rows).await;
    assert_eq!(again.summary.rejected, 0);
    assert_eq!(broken.tree().await, whole.tree().await);
    broken.is_sound().await;
}

#[tokio::test]
async fn rows_without_a_parent_are_told_with_the_reason() {
    let world = World::new();
    world.import_values(vec![row("top", None), row("mid", Some("top"))]).await;
    let rows = [
        row("a", Some("nowhere")),
        row("b", Some("a")),
        row("x", Some("y")),
        row("y", Some("x")),
        row("below-y", Some("y")),
        row("self", Some("self")),
        row("top", Some("mid")),
        row("fine", Some("mid")),
    ];
    let answer = world.import(&lines(&rows), Format::Ndjson).await;
    assert_eq!(answer.counts(), [1, 0, 0, 7]);
    assert_eq!(
        answer.faults(),
        [
            "1 /parent_external_id unknown_parent",
            "2 /parent_external_id unknown_parent",
            "3 /parent_external_id cycle",
            "4 /parent_external_id cycle",
            "5 /parent_external_id unknown_parent",
            "6 /parent_external_id cycle",
            "7 /parent_external_id cycle",
        ]
    );
    world.is_sound().await;
}

#[tokio::test]
async fn a_file_may_turn_a_branch_upside_down() {
    let world = World::new();
    world.import_values(vec![row("a", None), row("b", Some("a")), row("c", Some("b"))]).await;
    let answer = world.import_values(vec![row("a", Some("b")), row("b", Some("c")), row("c", None)]).await;
    assert_eq!(answer.counts(), [0, 3, 0, 0]);
    assert_eq!(world.tree().await, [r#""a" < "b""#, r#""b" < "c""#, r#""c" < null"#]);
    world.is_sound().await;
}

#[tokio::test]
async fn of_two_rows_for_one_category_the_later_one_counts() {
    let world = World::new();
    let mut rows = vec![row("x", Some("late"))];
    rows.extend((0..ROWS_TOGETHER).map(|number| row(&format!("filler{number}"), None)));
    rows.extend([row("x", Some("filler0")), row("late", None)]);
    let answer = world.import_values(rows).await;
    assert_eq!(answer.faults(), ["1 /external_id superseded"]);
    assert!(world.tree().await.contains(&r#""x" < "filler0""#.to_owned()));
}

#[tokio::test]
async fn every_fault_of_every_bad_row_is_told_and_the_others_are_written() {
    let world = World::new();
    let file = "external_id,name,status,attributes\n\
                ok,Good,active,\n\
                ,,actve,{\n\
                b,\"x\ny\",,\"[{\"\"key\"\": \"\"A\"\"}]\"\n\
                ok2,Better,,\n";
    let answer = world.import(file, Format::Csv).await;
    assert_eq!(answer.counts(), [2, 0, 0, 2]);
    assert_eq!(
        answer.faults(),
        [
            "3 /attributes invalid_json",
            "3 /name required",
            "3 /status invalid_value",
            "4 /name invalid_text",
            "4 /attributes/0/key invalid_key",
            "4 /attributes/0/type required",
        ]
    );
    assert_eq!(answer.rejected[1]["external_id"], "b");
}

#[tokio::test]
async fn a_rehearsal_writes_nothing_and_knows_the_whole_file() {
    let world = World::new();
    world.import_values(vec![row("old", None), row("same", None)]).await;
    let before = world.export(Format::Ndjson).await;
    let mut rows =
        vec![row("child", Some("parent")), row("lost", Some("nowhere")), row("old", Some("parent"))];
    rows.push(json!({"name": ""}));
    rows.push(row("same", None));
    rows.extend((0..2 * ROWS_TOGETHER).map(|number| row(&format!("filler{number}"), None)));
    rows.push(row("parent", None));
    let answer = world.rehearse(&lines(&rows)).await;
    assert!(answer.summary.validate_only);
    assert_eq!(answer.counts(), [2 * ROWS_TOGETHER as u64 + 2, 1, 1, 2]);
    // That nothing in the file is the parent of a row is known at its end.
    assert_eq!(answer.faults(), ["4 /name too_short", "2 /parent_external_id unknown_parent"]);
    assert_eq!(world.export(Format::Ndjson).await, before);
}

#[tokio::test]
async fn what_dead_imports_left_is_swept_away() {
    let world = World::new();
    let dead = ImportId(uuid::Uuid::now_v7());
    let parent = ParentKey::external_id("p");
    let row = HeldRow { parent, line: 1, external_id: None, row: json!({}) };
    world.bulk.held.hold(dead, vec![row]).await.expect("held");
    world.import_values(vec![]).await;
    assert_eq!(world.bulk.held.page(dead, None, 10).await.expect("read").len(), 1, "it may still run");
    let later = clock();
    later.advance_seconds(25 * 60 * 60);
    let bulk = CategoryBulk { clock: later, ..world.bulk.clone() };
    bulk.import(CategoryRows::made(Vec::new()), false, &|_| ()).await.expect("imported");
    assert_eq!(world.bulk.held.page(dead, None, 10).await.expect("read"), []);
}

#[tokio::test]
async fn progress_never_goes_back_and_ends_with_all_rows() {
    let world = World::new();
    let seen = AtomicU64::new(0);
    let rows = CategoryRows::made(children_first(700));
    let progress = |rows: u64| assert!(seen.swap(rows, Ordering::SeqCst) <= rows);
    world.bulk.import(rows, false, &progress).await.expect("imported");
    assert_eq!(seen.load(Ordering::SeqCst), 700);
}

#[rstest]
#[case(Format::Ndjson)]
#[case(Format::Csv)]
#[tokio::test]
async fn parents_without_external_ids_are_named_by_their_slugs(#[case] format: Format) {
    let world = World::new();
    let rows = vec![
        json!({"slug": "top", "name": "Top"}),
        json!({"slug": "sub", "name": "Sub", "parent_slug": "top", "metadata": {"a": [1, null]}}),
        json!({"external_id": "leaf", "name": "Leaf", "parent_slug": "sub", "status": "draft", "image_url": "/a.jpg"}),
    ];
    assert_eq!(world.import_values(rows).await.counts(), [3, 0, 0, 0]);
    let document = world.export(format).await;
    assert_eq!(world.import(&document, format).await.counts(), [0, 0, 3, 0]);
    let elsewhere = World::new();
    assert_eq!(elsewhere.import(&document, format).await.counts(), [3, 0, 0, 0]);
    assert_eq!(elsewhere.export(format).await, document);
}

fn odd_line() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c\"',|;\\\\=é€𝄞 ]{1,8}", "\\PC{1,20}"].prop_map(|text| format!("x{text}y"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn an_export_imports_as_it_was(
        contents in proptest::collection::vec((odd_line(), odd_line(), any::<prop::sample::Index>(), any::<bool>()), 1..12)
    ) {
        let rows: Vec<Value> = contents
            .iter()
            .enumerate()
            .map(|(at, (name, description, parent, root))| {
                let parent = (!*root && at > 0).then(|| format!("id,{}", parent.index(at)));
                json!({
                    "external_id": format!("id,{at}"), "name": name, "parent_external_id": parent,
                    "description": format!("{description}\n\"{name}\""), "metadata": {name: [description, {"n": 1.5}]},
                })
            })
            .collect();
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let world = World::new();
            let count = rows.len() as u64;
            let mut reversed = rows.clone();
            reversed.reverse();
            assert_eq!(world.import_values(reversed).await.counts(), [count, 0, 0, 0]);
            for format in [Format::Ndjson, Format::Csv] {
                let document = world.export(format).await;
                assert_eq!(world.import(&document, format).await.counts(), [0, 0, count, 0]);
                let elsewhere = World::new();
                assert_eq!(elsewhere.import(&document, format).await.counts(), [count, 0, 0, 0]);
                assert_eq!(elsewhere.export(format).await, document);
            }
        });
    }
}
