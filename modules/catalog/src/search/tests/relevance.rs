use proptest::test_runner::TestRunner;
use rstest::rstest;
use serde_json::json;
use vitrine_testing::Backend;

use super::cases;
use crate::domain::ProductStatus;
use crate::search::fixture::{Described as _, Fixture, names, product, searching};
use crate::search::request::{ListRequest, Sort, Visibility};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_word_counts_most_where_it_names_the_product(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let fixture = Fixture::with(
        backend,
        [
            product("In description").described("There is amber in it."),
            product("In attributes").with("color", serde_json::from_value(json!("Amber")).expect("a value")),
            product("In tags").tagged(&["amber"]),
            product("In brand").branded("Amber"),
            product("In SKU").coded("X-AMBER-1"),
            product("Lamp of amber glass"),
            product("Amber lamp, large"),
            product("Amber"),
        ],
    )
    .await;
    let wanted = [
        "Amber",
        "Amber lamp, large",
        "Lamp of amber glass",
        "In SKU",
        "In brand",
        "In tags",
        "In attributes",
        "In description",
    ];
    assert_eq!(fixture.found("AMBER").await, wanted);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nearer_words_come_first(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let fixture = Fixture::with(
        backend,
        [
            product("Red shoes big"),
            product("Red shoelace"),
            product("Red shoe big"),
            product("Shoe, not quite red"),
            product("Blue shoe"),
        ],
    )
    .await;
    let wanted = ["Red shoe big", "Shoe, not quite red", "Red shoes big", "Red shoelace"];
    let found = fixture.found("red shoe").await;
    assert_eq!(found[0], wanted[0]);
    assert_eq!(found.last().map(String::as_str), Some(wanted[3]));
    assert_eq!(found.len(), 4);
}

#[rstest]
#[case("BEA-ESS-001", "Mascara")]
#[case("bea ess 001", "Mascara")]
#[case("beaess001", "Mascara")]
#[case("ess-001", "Mascara")]
#[tokio::test(flavor = "multi_thread")]
async fn a_sku_leads_to_its_product(
    #[case] text: &str,
    #[case] wanted: &str,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let fixture = Fixture::with(
        backend,
        [
            product("BEA ESS 001 in the name").described("bea ess 001"),
            product("Mascara").coded("BEA-ESS-001"),
        ],
    )
    .await;
    let found = fixture.found(text).await;
    let whole = text != "ess-001";
    if whole {
        assert_eq!(found[0], wanted);
    }
    assert!(found.iter().any(|name| name == wanted));
}

#[rstest]
#[case("creme brulee", &["Crème Brûlée"])]
#[case("CRÈME", &["Crème Brûlée"])]
#[case("кофемашина", &["Кофемашина Ёлка"])]
#[case("елка", &["Кофемашина Ёлка"])]
#[case("手机", &["红色手机壳"])]
#[case("机手", &[])]
#[case("strasse", &["Straße"])]
#[case("knives", &["Knife"])]
#[case("batteries", &["Battery"])]
#[case("\"brulee creme\"", &[])]
#[case("creme -brulee", &[])]
#[case("-creme -knife -battery -strasse -headphones -手机 -\"sun glasses\"", &["Кофемашина Ёлка"])]
#[case("head phones", &["Headphones"])]
#[case("sunglasses", &["Sun Glasses"])]
#[case("kofemashina", &[])]
#[case("%", &[])]
#[case("_", &[])]
#[case("!!!", &[])]
#[tokio::test(flavor = "multi_thread")]
async fn texts_find_what_people_mean(
    #[case] text: &str,
    #[case] wanted: &[&str],
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let all = [
        "Crème Brûlée",
        "Кофемашина Ёлка",
        "红色手机壳",
        "Straße",
        "Knife",
        "Battery",
        "Headphones",
        "Sun Glasses",
    ];
    let fixture = Fixture::with(backend, all.map(product)).await;
    assert_eq!(fixture.found(text).await, wanted);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_query_says_what_it_was_taken_for(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let fixture =
        Fixture::with(backend, [product("iPhone 13 Pro"), product("Phone case"), product("Laptop")]).await;
    let answer = fixture.list(&searching("iphnoe pro")).await;
    assert_eq!(names(&answer), ["iPhone 13 Pro"]);
    assert_eq!(answer.did_you_mean.as_deref(), Some("iphone pro"));
    let right = fixture.list(&searching("iphone pro")).await;
    assert_eq!(right.did_you_mean, None);
    let hopeless = fixture.list(&searching("zzzzzz")).await;
    assert_eq!((hopeless.items.len(), hopeless.did_you_mean), (0, None));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_finds_nothing_corrects_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let fixture =
        Fixture::with(backend, [product("Laptop").branded("Asus"), product("Lapdop").branded("Dell")]).await;
    let mut request = searching("laptop");
    request.filter.brands = vec!["dell".to_owned()];
    let answer = fixture.list(&request).await;
    assert_eq!((answer.items.len(), answer.did_you_mean), (0, None));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_neither_found_nor_betrayed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let fixture = Fixture::with(
        backend,
        [product("Secretphone").with_status(ProductStatus::Draft), product("Telephone")],
    )
    .await;
    for text in ["secretphone", "secretphon", "secretphoen"] {
        let answer = fixture.list(&searching(text)).await;
        assert_eq!((answer.items.len(), answer.did_you_mean), (0, None), "{text}");
        let all = fixture.search.list(&searching(text), Visibility::All).await.expect("a list");
        assert_eq!(names(&all), ["Secretphone"], "{text}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_product_is_not_found(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let fixture = Fixture::new(backend);
    let id = fixture.add(product("Lamp")).await;
    fixture.remove(id).await;
    assert!(fixture.found("lamp").await.is_empty());
    assert!(fixture.found("-x").await.is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_is_marked_also_when_it_was_corrected(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let fixture = Fixture::with(backend, [product("iPhone <13>").described("An iPhones' case & more")]).await;
    let request = ListRequest { highlight: true, ..searching("iphnoe") };
    let answer = fixture.list(&request).await;
    let highlight = answer.items[0].highlight.clone().expect("asked for");
    assert_eq!(highlight.name, "<mark>iPhone</mark> &lt;13&gt;");
    let inflected = fixture.list(&ListRequest { highlight: true, ..searching("iphone") }).await;
    let highlight = inflected.items[0].highlight.clone().expect("asked for");
    assert_eq!(highlight.description, "An <mark>iPhones</mark>&#39; case &amp; more");
}

/// The corpus of the reliability vectors, C; what comes on top comes from proptest below.
const HOSTILE: &[&str] = &[
    "'",
    "\"",
    "\\",
    "&",
    "|",
    "!",
    "(",
    ")",
    ":*",
    "<->",
    "a:b",
    "a & ",
    "!!",
    "O'Brien",
    "401 (k)",
    ":*:*",
    "\\ud800",
    "a\"b",
    "AND",
    "OR hello",
    "NOT x",
    "NEAR(a b)",
    "NEAR(a b, 5)",
    "col:secret",
    "a-b",
    "^a",
    "a*",
    "*",
    "{a b}:c",
    "@nasa",
    "50%",
    "why?",
    "%",
    "_",
    "_%_%",
    "name;drop",
    "(select 1)",
    "name desc,name desc",
    "NaN",
    "-0",
    "1e999",
    "\u{E000}",
    "a \u{E000} b",
    "\u{202E}abc",
    "\u{0}",
    "a\u{0}b",
    "\u{FEFF}",
    "e\u{301}\u{301}\u{301}",
    "🦀🦀",
    "\u{10FFFF}",
    "ﬀ ﬁ ﷺ",
    "İIıi",
    "-\"",
    "--",
    "-\"a",
    "\"\"\"\"",
    "a\"\"b",
    "“",
    "»«",
    "name : a",
    "- name : a",
    "+a +b",
    "a + b",
    "x AND",
    "\"a\" *",
    "rank MATCH 'x'",
    "catalog_search MATCH 'a'",
];

async fn asks_everything(fixture: &Fixture, text: &str) {
    for sort in [Sort::RELEVANCE, Sort::NEWEST] {
        let request = ListRequest { sort, highlight: true, ..searching(text) };
        fixture
            .search
            .list(&request, Visibility::Published)
            .await
            .unwrap_or_else(|e| panic!("{text:?}: {e}"));
    }
    let limit = vitrine_kernel::Limit::default();
    fixture
        .search
        .suggest(text, limit, Visibility::Published)
        .await
        .unwrap_or_else(|e| panic!("{text:?}: {e}"));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_are_only_texts(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let fixture =
        Fixture::with(backend, [product("a b c AND or not near"), product("O'Brien 401(k) 50%")]).await;
    for text in HOSTILE {
        asks_everything(&fixture, text).await;
    }
    for text in [
        "!".repeat(10_240),
        "%".repeat(100),
        "\"".repeat(5_000),
        "-".repeat(5_000),
        "a ".repeat(5_000),
        "x".repeat(50_000),
    ] {
        asks_everything(&fixture, &text).await;
    }
    assert_eq!(fixture.found("o'brien").await, ["O'Brien 401(k) 50%"]);
}

#[rstest]
fn no_text_can_make_a_search_fail(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let fixture =
        runtime.block_on(Fixture::with(backend, [product("a b c and or not"), product("кофе 手机 é")]));
    let mut runner = TestRunner::new(cases(150));
    let hostile_pieces = proptest::sample::select(HOSTILE);
    let mixed = proptest::collection::vec(
        proptest::prop_oneof![
            proptest::strategy::Strategy::prop_map(hostile_pieces, str::to_owned),
            "(?s).{0,20}",
            "\\PC{0,20}",
            "[a-c]{1,4}"
        ],
        0..8,
    );
    runner
        .run(&mixed, |pieces| {
            runtime.block_on(asks_everything(&fixture, &pieces.concat()));
            runtime.block_on(asks_everything(&fixture, &pieces.join(" ")));
            Ok(())
        })
        .expect("no failure");
}
