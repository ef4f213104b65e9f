//! Imports and exports.

use std::io::Cursor;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};
use vitrine_bulk::{Format, Summary};
use vitrine_category_api::AttributeType;
use vitrine_category_api::testing::SeedCategory;
use vitrine_kernel::{Failure, Slug};

use crate::seed;
use crate::service::{ImportOptions, ProductRows};
use crate::store::ProductKey;
use crate::world::{World, attribute};

const DEMO: &str = include_str!("../../../../../demo/products.ndjson");

struct Answer {
    summary: Summary,
    rejected: Vec<Value>,
}

impl Answer {
    /// Created, updated, unchanged, rejected.
    fn counts(&self) -> [u64; 4] {
        let summary = self.summary;
        assert_eq!(summary.rows, summary.created + summary.updated + summary.unchanged + summary.rejected);
        [summary.created, summary.updated, summary.unchanged, summary.rejected]
    }

    /// `line pointer code` of every fault.
    fn faults(&self) -> Vec<String> {
        let text = |fault: &Value, name: &str| fault[name].as_str().expect("text").to_owned();
        self.rejected
            .iter()
            .flat_map(|row| {
                let errors = row["errors"].as_array().expect("errors");
                errors.iter().map(|fault| {
                    format!("{} {} {}", row["line"], text(fault, "pointer"), text(fault, "code"))
                })
            })
            .collect()
    }
}

async fn try_run(world: &World, rows: ProductRows, validate_only: bool) -> Result<Answer, Failure> {
    let options = ImportOptions { validate_only };
    let finished = world.service.import(rows, options, &world.actor, &|_| ()).await?;
    let summary = finished.summary;
    let document = String::from_utf8(finished.into_stream().collect().await?).expect("UTF-8");
    let mut rejected: Vec<Value> =
        document.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    rejected.pop();
    Ok(Answer { summary, rejected })
}

async fn import(world: &World, text: &str, format: Format) -> Answer {
    let rows = ProductRows::of_file(Cursor::new(text.to_owned()), format);
    try_run(world, rows, false).await.expect("imported")
}

async fn import_values(world: &World, rows: Vec<Value>) -> Answer {
    try_run(world, ProductRows::made(rows.into_iter()), false).await.expect("imported")
}

async fn export(world: &World, format: Format) -> String {
    String::from_utf8(world.service.export(format).collect().await.expect("exported")).expect("UTF-8")
}

/// The categories that synthetic and demo products name, as the fake has them.
fn add_categories(world: &World, external_ids: impl IntoIterator<Item = String>) {
    for external_id in external_ids {
        let mut category = SeedCategory::named(&external_id);
        category.external_id = Some(external_id);
        category.attributes = vec![
            attribute("weight", AttributeType::Number),
            attribute("warranty_years", AttributeType::Number),
            attribute("refurbished", AttributeType::Boolean),
        ];
        world.categories.add(category);
    }
}

fn demo_categories() -> impl Iterator<Item = String> {
    let mut ids: Vec<String> = DEMO
        .lines()
        .flat_map(|line| {
            let row: Value = serde_json::from_str(line).expect("JSON");
            row["category_external_ids"].as_array().expect("categories").clone()
        })
        .map(|id| id.as_str().expect("an id").to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    ids.into_iter()
}

#[tokio::test]
async fn the_demo_imports_and_comes_back_as_it_is() {
    let world = World::new();
    add_categories(&world, demo_categories());
    let first = import(&world, DEMO, Format::Ndjson).await;
    assert_eq!(first.counts(), [194, 0, 0, 0], "{:?}", first.faults());
    world.is_sound().await;
    assert_eq!(import(&world, DEMO, Format::Ndjson).await.counts(), [0, 0, 194, 0]);
    for format in [Format::Ndjson, Format::Csv] {
        let document = export(&world, format).await;
        let again = import(&world, &document, format).await;
        assert_eq!(again.counts(), [0, 0, 194, 0], "{:?}", again.faults());
        let elsewhere = World::new();
        add_categories(&elsewhere, demo_categories());
        let there = import(&elsewhere, &document, format).await;
        assert_eq!(there.counts(), [194, 0, 0, 0], "{:?}", there.faults());
        assert_eq!(export(&elsewhere, format).await, document);
    }
}

#[tokio::test]
async fn a_synthetic_catalog_imports_whole_and_comes_back_as_it_is() {
    let world = World::new();
    add_categories(&world, seed::kinds().into_iter().map(|kind| kind.category));
    let rows = || ProductRows::made(seed::product_rows(120, seed::kinds()));
    let first = try_run(&world, rows(), false).await.expect("seeded");
    assert_eq!(first.counts(), [120, 0, 0, 0], "{:?}", first.faults());
    assert_eq!(try_run(&world, rows(), false).await.expect("seeded").counts(), [0, 0, 120, 0]);
    for format in [Format::Ndjson, Format::Csv] {
        let document = export(&world, format).await;
        let again = import(&world, &document, format).await;
        assert_eq!(again.counts(), [0, 0, 120, 0], "{:?}", again.faults());
    }
    world.is_sound().await;
}

#[tokio::test]
async fn cells_are_typed_by_the_schema_and_by_nothing_else() {
    let world = World::new();
    let mut category = SeedCategory::named("Cups");
    category.slug = Slug::parse("cups").expect("a slug");
    category.attributes = vec![
        attribute("weight", AttributeType::Number),
        attribute("hot", AttributeType::Boolean),
        attribute("since", AttributeType::Date),
    ];
    world.categories.add(category);
    let file = "external_id,name,category_slugs,price,currency,tags,attr.weight,attr.hot,attr.since,attr.code\n\
                1,Mug,cups,5.00,EUR,a|b\\|c,320,true,2026-01-31,007\n\
                2,Cup,cups,,,,heavy,yes,tomorrow,\n\
                3,Jug,,1.50,USD,,12,,,\n";
    let answer = import(&world, file, Format::Csv).await;
    assert_eq!(
        answer.faults(),
        ["3 /attributes/hot wrong_type", "3 /attributes/since wrong_type", "3 /attributes/weight wrong_type"]
    );
    let find = async |id: &str| {
        let key = ProductKey::ExternalId(id.to_owned());
        let found = world.service.find(key, crate::service::Visibility::All).await.expect("found");
        serde_json::to_value(found.expect("there").product).expect("JSON")
    };
    let mug = find("1").await;
    assert_eq!(mug["attributes"], json!({"weight": 320, "hot": true, "since": "2026-01-31", "code": "007"}));
    assert_eq!(mug["tags"], json!(["a", "b|c"]));
    assert_eq!(mug["variants"][0]["price"], json!({"amount": "5.00", "currency": "EUR"}));
    assert_eq!(
        find("3").await["attributes"],
        json!({"weight": "12"}),
        "no category says that it is a number"
    );

    // A part of the columns changes a part of the products, typed by the categories that they have.
    let part = "external_id,attr.weight\n1,330.5\n3,\n";
    assert_eq!(import(&world, part, Format::Csv).await.counts(), [0, 1, 1, 0]);
    let mug = find("1").await;
    assert_eq!(
        mug["attributes"],
        json!({"weight": 330.5, "hot": true, "since": "2026-01-31", "code": "007"})
    );
    let document = export(&world, Format::Csv).await;
    assert_eq!(import(&world, &document, Format::Csv).await.counts(), [0, 0, 2, 0]);
    world.is_sound().await;
}

#[tokio::test]
async fn every_bad_row_is_told_and_the_others_are_written() {
    let world = World::new();
    world.create(json!({"name": "Taken", "sku": "TAKEN", "external_id": "t"})).await;
    let rows = [
        r#"{"external_id": "1", "name": "Good", "sku": "A"}"#.to_owned(),
        r#"{"external_id": "2", "nam": "Bad", "sku": "B", "price": {"amount": "1.999", "currency": "EUR"}}"#
            .to_owned(),
        r#"{"external_id": "3", "name": "#.to_owned(),
        String::new(),
        r#"{"external_id": "4", "name": "Thief", "sku": "TAKEN"}"#.to_owned(),
        r#"{"external_id": "5", "name": "Lost", "category_external_ids": ["nowhere"]}"#.to_owned(),
        r#"{"name": "Nameless"}"#.to_owned(),
        r#"{"external_id": "6", "name": "Twin", "sku": "A"}"#.to_owned(),
        r#"{"external_id": "7", "name": "Good too"}"#.to_owned(),
    ];
    let answer = import(&world, &rows.join("\n"), Format::Ndjson).await;
    assert_eq!(answer.counts(), [2, 0, 0, 6]);
    let mut faults = answer.faults();
    faults.sort();
    assert_eq!(
        faults,
        [
            "2 /nam unknown_field",
            "2 /name required",
            "2 /price/amount invalid_amount",
            "3  invalid_json",
            "5 /sku duplicate_sku",
            "6 /category_external_ids/0 unknown_category",
            "7 /external_id required",
            "8 /sku duplicate_sku",
        ]
    );
    world.is_sound().await;
}

#[tokio::test]
async fn a_rehearsal_writes_nothing() {
    let world = World::new();
    world.create(json!({"name": "Mug", "external_id": "1"})).await;
    let before = export(&world, Format::Ndjson).await;
    let rows = vec![
        json!({"external_id": "1", "name": "Cup"}),
        json!({"external_id": "2", "name": "New"}),
        json!({"external_id": "3"}),
    ];
    let answer = try_run(&world, ProductRows::made(rows.into_iter()), true).await.expect("rehearsed");
    assert_eq!((answer.counts(), answer.summary.validate_only), ([1, 1, 0, 1], true));
    assert_eq!(export(&world, Format::Ndjson).await, before);
}

#[tokio::test]
async fn an_import_that_broke_off_is_sent_again() {
    let world = World::new();
    let rows: Vec<Value> =
        (0..300).map(|at| json!({"external_id": format!("p{at}"), "name": format!("Thing {at}")})).collect();
    let text: String = rows.iter().flat_map(|row| [row.to_string(), "\n".to_owned()]).collect();
    let half = bytes::Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 2 - 7]);
    let chunks = futures::stream::iter([Ok(half), Err(std::io::Error::other("reset"))]);
    let upload = ProductRows::of_upload(tokio_util::io::StreamReader::new(chunks), Format::Ndjson);
    assert!(try_run(&world, upload, false).await.is_err());
    let again = import_values(&world, rows).await;
    assert_eq!((again.summary.rows, again.summary.rejected, again.summary.updated), (300, 0, 0));
    assert!(again.summary.unchanged > 0 && again.summary.created > 0);
    world.is_sound().await;
}

#[rstest]
#[case(Format::Ndjson)]
#[case(Format::Csv)]
#[tokio::test]
async fn products_with_neither_external_id_nor_sku_are_found_by_their_slugs(#[case] format: Format) {
    let world = World::new();
    let nameless = world.create(json!({"name": "Mug"})).await;
    world.create(json!({"name": "Mug"})).await;
    // Categories without external ids are named by their slugs.
    let category = world.category();
    world
        .create(json!({"name": "Cup", "sku": "C", "category_ids": [category], "description": "a\r\n\"b\""}))
        .await;
    let document = export(&world, format).await;
    assert!(!document.contains(&nameless.id.to_string()), "ids mean nothing elsewhere");
    assert_eq!(import(&world, &document, format).await.counts(), [0, 0, 3, 0]);
}

#[tokio::test]
async fn a_csv_header_that_is_wrong_is_told_as_a_whole() {
    let world = World::new();
    let file = "external_id,nmae,attr.color,price,price\n1,x,y,1,1\n";
    let rows = ProductRows::of_file(Cursor::new(file), Format::Csv);
    let failure = try_run(&world, rows, false).await.err().expect("refused");
    let found: Vec<_> = failure.faults().iter().map(|f| (f.pointer.as_str(), f.code.as_str())).collect();
    assert_eq!(found, [("nmae", "unknown_column"), ("price", "duplicate_column")]);
}

#[tokio::test]
async fn a_page_of_rows_asks_for_its_categories_once() {
    let world = World::new();
    add_categories(&world, ["a".to_owned(), "b".to_owned()]);
    let rows = (0..100)
        .map(|at| {
            let category = if at % 2 == 0 { "a" } else { "b" };
            json!({"external_id": format!("p{at}"), "name": "Thing", "category_external_ids": [category]})
        })
        .collect();
    let before = world.categories.calls();
    assert_eq!(import_values(&world, rows).await.counts(), [100, 0, 0, 0]);
    assert_eq!(world.categories.calls() - before, 1);
    let before = world.categories.calls();
    export(&world, Format::Csv).await;
    assert_eq!(world.categories.calls() - before, 1);
}

fn odd() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c\"',|;\\\\=é€𝄞 ]{1,8}", "\\PC{1,16}"].prop_map(|text| format!("x{text}y"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 20, ..ProptestConfig::default() })]
    #[test]
    fn an_export_imports_as_it_was(
        contents in proptest::collection::vec((odd(), odd(), odd(), any::<i32>(), any::<bool>()), 1..8)
    ) {
        let rows: Vec<Value> = contents
            .iter()
            .enumerate()
            .map(|(at, (name, description, tag, number, flag))| {
                let mut row = json!({
                    "external_id": format!("id|{at}"), "name": name, "brand": tag, "tags": [tag, format!("{tag}2")],
                    "description": format!("{description}\n\"{name}\""), "category_external_ids": ["a,b|c"],
                    "attributes": {
                        "weight": number, "refurbished": flag, "text": description, "looks_like_a_number": number.to_string(),
                        "free_number": number, "free_flag": flag, "several": [name, "1"], "Odd Key": tag,
                    },
                    "metadata": {name: [description, {"n": 1.5}]},
                    "media": [{"url": "/a.jpg", "alt": name}],
                });
                if *flag {
                    // An option's name has no dots.
                    let option = format!("{name}|,").replace('.', "");
                    row["options"] = json!([option]);
                    row["variants"] = json!([{"options": {option: tag}, "attributes": {"weight": 1}}]);
                } else {
                    row["price"] = json!({"amount": "12.30", "currency": "EUR"});
                    row["prices"] = json!([{"amount": "1500", "currency": "JPY"}]);
                }
                row
            })
            .collect();
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let world = World::new();
            add_categories(&world, ["a,b|c".to_owned()]);
            let count = rows.len() as u64;
            let first = import_values(&world, rows.clone()).await;
            assert_eq!(first.counts(), [count, 0, 0, 0], "{:?}", first.faults());
            for format in [Format::Ndjson, Format::Csv] {
                let document = export(&world, format).await;
                let again = import(&world, &document, format).await;
                assert_eq!(again.counts(), [0, 0, count, 0], "{:?} {document}", again.faults());
                let elsewhere = World::new();
                add_categories(&elsewhere, ["a,b|c".to_owned()]);
                assert_eq!(import(&elsewhere, &document, format).await.counts(), [count, 0, 0, 0]);
                assert_eq!(export(&elsewhere, format).await, document);
            }
        });
    }
}
