//! What a page costs must not depend on how many products there are, so no page may read the whole table.

use rstest::rstest;
use vitrine_db::DbId;
use vitrine_kernel::{CategoryId, Currency, Timestamp};
use vitrine_testing::{Backend, TempDb};

use super::*;
use crate::domain::ProductStatus;
use crate::search::plan::{Alternative, Nearness, Plan};
use crate::search::request::{AttributeEquals, AttributeFilter, Bound, ProductFilter, Visibility};

const PRODUCTS: i64 = 5_000;

/// Columns and index tables as products would fill them; nothing here reads a document.
async fn fill(conn: &mut Conn) -> Result<(), DbError> {
    let numbers = || {
        let mut sql = Sql::new("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ");
        sql.bind(PRODUCTS).push(") ");
        sql
    };
    let mut products = numbers();
    products.push(
        "INSERT INTO catalog_products \
         (seq, id, slug, name_key, brand_key, status, price_key, version, created_at, updated_at, document) SELECT i, ",
    );
    products.push_either("randomblob(16)", "gen_random_uuid()");
    products.push(
        ", 'p-' || i, 'thing ' || i % 100, 'brand ' || i % 50, CASE WHEN i % 10 = 0 THEN 'draft' ELSE 'active' END, \
         CASE WHEN i % 7 = 0 THEN NULL ELSE i % 1000 END, 1, i, i, '{}' FROM n",
    );
    products.execute(conn).await?;
    for insert in [
        "INSERT INTO catalog_prices (currency, product_seq, min_key, max_key) SELECT 'EUR', i, i % 1000, i % 1000 FROM n",
        "INSERT INTO catalog_skus (sku, product_seq) SELECT 'sku-' || i, i FROM n",
        "INSERT INTO catalog_product_tags (tag_key, product_seq, tag) SELECT 'tag ' || i % 20, i, 'Tag' FROM n",
        "INSERT INTO catalog_product_attributes (key, value_key, product_seq, value, number) SELECT 'size', i % 30, i, 'x', i % 30 FROM n",
    ] {
        let mut sql = numbers();
        sql.push(insert);
        sql.execute(conn).await?;
    }
    let mut categories = numbers();
    categories.push("INSERT INTO catalog_product_categories (category_id, product_seq) SELECT ");
    categories.bind(DbId::from(category())).push(", i FROM n WHERE i % 5 = 0");
    categories.execute(conn).await?;
    let mut texts = numbers();
    texts.push_either(
        "INSERT INTO catalog_search (rowid, name) SELECT i, 'thing ' || i % 100 FROM n",
        "INSERT INTO catalog_search (product_seq, status, name_key, fields, document) \
         SELECT i, 'active', 'thing ' || i % 100, array_to_tsvector(ARRAY['thing']), array_to_tsvector(ARRAY['thing', CAST(i % 100 AS TEXT)]) FROM n",
    );
    texts.execute(conn).await?;
    let mut statistics = Sql::default();
    // Nobody makes statistics for SQLite in production.
    statistics.push_either("SELECT 1", "ANALYZE");
    statistics.execute(conn).await
}

fn category() -> CategoryId {
    CategoryId(uuid::Uuid::from_u128(7))
}

async fn filled(backend: Backend) -> TempDb {
    let db = TempDb::on(backend, &[crate::MIGRATIONS]);
    db.write(|conn| Box::pin(fill(conn))).await.expect("filled");
    db
}

/// Every filter there is, each alone, and none.
fn filters() -> Vec<ProductFilter> {
    let none = ProductFilter::default;
    let attribute = |filter: AttributeFilter| ProductFilter {
        attributes: std::iter::once(("size".to_owned(), filter)).collect(),
        ..none()
    };
    vec![
        none(),
        ProductFilter { categories: Some(vec![category()]), ..none() },
        ProductFilter { brands: vec!["brand 7".to_owned(), "brand 8".to_owned()], ..none() },
        ProductFilter { tags: vec!["tag 3".to_owned()], ..none() },
        ProductFilter { statuses: vec![ProductStatus::Active], ..none() },
        ProductFilter { skus: vec!["sku-5".to_owned()], ..none() },
        ProductFilter { price_min: Some(10), price_max: Some(20), ..none() },
        ProductFilter { currency: Currency::parse("EUR"), price_max: Some(20), ..none() },
        ProductFilter { updated_since: Some(Timestamp::from_millis(PRODUCTS - 10)), ..none() },
        attribute(AttributeFilter {
            values: vec![AttributeEquals { key: "5".to_owned(), number: Some(5.0) }],
            ..AttributeFilter::default()
        }),
        attribute(AttributeFilter { min: Some(Bound::Number(28.0)), ..AttributeFilter::default() }),
        attribute(AttributeFilter {
            max: Some(Bound::Date("2026-01-01".to_owned())),
            ..AttributeFilter::default()
        }),
    ]
}

fn sorts() -> Vec<Sort> {
    let keys = [SortKey::Price, SortKey::Name, SortKey::CreatedAt, SortKey::UpdatedAt];
    keys.into_iter().flat_map(|key| [false, true].map(|descending| Sort { key, descending })).collect()
}

/// The first page, one in the middle, and where a price is what it is sorted by, one behind the prices.
fn positions(sort: Sort) -> Vec<Option<Row>> {
    let middle = match sort.key {
        SortKey::Name => Row { seq: 2_000, number: None, text: Some("thing 50".to_owned()) },
        _ => Row { seq: 2_000, number: Some(500), text: None },
    };
    let mut positions = vec![None, Some(middle)];
    if sort.key == SortKey::Price {
        positions.push(Some(Row { seq: 2_000, number: None, text: None }));
    }
    positions
}

/// Steps of a plan that read all products, or all their texts.
fn reads_everything(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '-', '>']);
    let table = ["SCAN p", "SCAN catalog_products"].into_iter().any(|scan| line == scan);
    table
        || line.starts_with("Seq Scan on catalog_products")
        || line.starts_with("Parallel Seq Scan on catalog_products")
        || line.starts_with("Seq Scan on catalog_search")
}

fn sorts_everything(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '-', '>']);
    line.starts_with("Sort ") || line == "USE TEMP B-TREE FOR ORDER BY"
}

/// How the parts would be run. A table of some thousand rows is read whole with good reason, so PostgreSQL is asked how it would do
/// without: `can_help` says so.
async fn plans(db: &TempDb, parts: Vec<Sql>, can_help: bool) -> Vec<Vec<String>> {
    db.read(move |conn| Box::pin(explain(conn, parts, can_help))).await.expect("explained")
}

async fn explain(conn: &mut Conn, parts: Vec<Sql>, can_help: bool) -> Result<Vec<Vec<String>>, DbError> {
    let mut help = Sql::default();
    help.push_either("SELECT 1", if can_help { "SET LOCAL enable_seqscan = off" } else { "SELECT 1" });
    help.execute(conn).await?;
    let mut plans = Vec::new();
    for part in parts {
        plans.push(part.explained(conn).await?);
    }
    Ok(plans)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_any_list_reads_every_product(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let db = filled(backend).await;
    let engine = if backend == Backend::Sqlite { Engine::Sqlite } else { Engine::Postgres };
    let mut asked = 0;
    for filter in filters() {
        let plain = filter == ProductFilter::default();
        for sort in sorts() {
            for after in positions(sort) {
                for visibility in [Visibility::Published, Visibility::All] {
                    let selection = Selection {
                        filter: &filter,
                        visibility,
                        plan: None,
                        without: None,
                        impossible: false,
                    };
                    for plan in plans(&db, parts(engine, &selection, sort, after.as_ref(), 21), !plain).await
                    {
                        asked += 1;
                        let bad =
                            |line: &&String| reads_everything(line) || (plain && sorts_everything(line));
                        let bad: Vec<_> = plan.iter().filter(bad).collect();
                        assert!(bad.is_empty(), "{filter:?} {sort:?} {after:?}: {plan:#?}");
                    }
                }
            }
        }
    }
    assert!(asked > 400, "{asked}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_search_reads_what_it_finds(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let db = filled(backend).await;
    let engine = if backend == Backend::Sqlite { Engine::Sqlite } else { Engine::Postgres };
    let word = |word: &str| {
        vec![Alternative::word(word, Nearness::Exact), Alternative::word(word, Nearness::Prefix)]
    };
    let plan =
        Plan { groups: vec![word("57"), word("thing")], compact: "57thing".to_owned(), ..Plan::default() };
    for filter in filters() {
        for sort in sorts().into_iter().chain([Sort::RELEVANCE]) {
            let visibility = Visibility::Published;
            let selection = Selection {
                filter: &filter,
                visibility,
                plan: Some(&plan),
                without: None,
                impossible: false,
            };
            for plan in plans(&db, parts(engine, &selection, sort, None, 21), true).await {
                assert!(!plan.iter().any(|line| reads_everything(line)), "{filter:?} {sort:?}: {plan:#?}");
            }
        }
    }
}
