//! Pages, put together, are the list.

use rstest::rstest;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use vitrine_kernel::text::fold;
use vitrine_kernel::{CountMode, Currency, Limit};
use vitrine_testing::Backend;

use super::cases;
use crate::domain::Product;
use crate::search::fixture::{Described as _, Fixture, browsing, product, searching};
use crate::search::request::{ListRequest, ProductFilter, Sort, SortKey};

async fn walk(fixture: &Fixture, request: &ListRequest, limit: u16) -> Vec<Product> {
    let mut request = ListRequest { limit: Limit::new(limit).expect("a limit"), ..request.clone() };
    let mut all = Vec::new();
    for _ in 0..1_000 {
        let answer = fixture.list(&request).await;
        assert!(answer.items.len() <= usize::from(limit));
        all.extend(answer.items.into_iter().map(|item| item.product));
        match answer.next_cursor {
            Some(cursor) => request.cursor = Some(cursor),
            None => return all,
        }
    }
    panic!("the pages never end");
}

fn ids(products: &[Product]) -> Vec<String> {
    products.iter().map(|product| product.id.to_string()).collect()
}

/// Few different names, prices, brands and times, so that many are equal.
fn any_product() -> impl Strategy<Value = Product> {
    let name = prop::sample::select(vec!["Red shoe", "red SHOE", "Blue shoe", "Red hat", "Été", "zebra red"]);
    let price = prop::option::of((prop::sample::select(vec!["1", "2.50", "2.51", "10"]), prop::bool::ANY));
    let brand = prop::option::of(prop::sample::select(vec!["Acme", "ÁCME", "Zed"]));
    let tags = prop::sample::subsequence(vec!["new", "sale"], 0..=2);
    (name, price, brand, tags, 0_i64..4).prop_map(|(name, price, brand, tags, millis)| {
        let mut made = product(name).tagged(&tags).at(millis);
        if let Some((amount, euros)) = price {
            made = made.priced(amount, if euros { "EUR" } else { "USD" });
        }
        match brand {
            Some(brand) => made.branded(brand),
            None => made,
        }
    })
}

fn any_filter() -> impl Strategy<Value = ProductFilter> {
    let brands = prop::option::of(prop::sample::select(vec!["acme", "zed"]));
    let tags = prop::option::of(prop::sample::select(vec!["new", "sale"]));
    let bounds = prop::option::of((0_i64..30_000, 0_i64..80_000));
    (brands, tags, bounds, prop::option::weighted(0.2, Just("EUR"))).prop_map(
        |(brand, tag, bounds, currency)| ProductFilter {
            brands: brand.map(str::to_owned).into_iter().collect(),
            tags: tag.map(str::to_owned).into_iter().collect(),
            price_min: bounds.map(|(min, _)| min),
            price_max: bounds.map(|(min, wide)| min + wide),
            currency: currency.and_then(Currency::parse),
            ..ProductFilter::default()
        },
    )
}

fn matches(filter: &ProductFilter, product: &Product) -> bool {
    let price = product.price_range().map(|range| range.min);
    let brand = product.brand.as_deref().map(fold);
    (filter.brands.is_empty() || brand.is_some_and(|brand| filter.brands.contains(&brand)))
        && (filter.tags.is_empty() || product.tags.iter().any(|tag| filter.tags.contains(tag)))
        && filter.currency.is_none_or(|wanted| price.is_some_and(|price| price.currency() == wanted))
        && filter.price_min.is_none_or(|min| price.is_some_and(|price| price.sort_key() >= min))
        && filter.price_max.is_none_or(|max| price.is_some_and(|price| price.sort_key() <= max))
}

/// What the list should be: by the sort value, absent prices last, then by age in the same direction.
fn expected(all: &[Product], filter: &ProductFilter, sort: Sort) -> Vec<String> {
    let mut found: Vec<(usize, &Product)> =
        all.iter().enumerate().filter(|(_, product)| matches(filter, product)).collect();
    let by_value = |a: &Product, b: &Product| match sort.key {
        SortKey::Name => fold(&a.name).cmp(&fold(&b.name)),
        SortKey::Price => {
            let key = |product: &Product| product.price_range().map(|range| range.min.sort_key());
            key(a).cmp(&key(b))
        }
        SortKey::CreatedAt => a.created_at.cmp(&b.created_at),
        SortKey::UpdatedAt => a.updated_at.cmp(&b.updated_at),
        SortKey::Relevance => unreachable!("not compared here"),
    };
    found.sort_by(|(at, a), (other_at, b)| {
        let absent = |product: &Product| sort.key == SortKey::Price && product.price_range().is_none();
        let order = by_value(a, b).then(at.cmp(other_at));
        absent(a).cmp(&absent(b)).then(if sort.descending { order.reverse() } else { order })
    });
    found.into_iter().map(|(_, product)| product.id.to_string()).collect()
}

#[rstest]
fn pages_of_any_size_make_the_sorted_list(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let keys = vec![SortKey::Name, SortKey::Price, SortKey::CreatedAt, SortKey::UpdatedAt];
    let lists =
        prop::collection::vec((prop::sample::select(keys), any::<bool>(), any_filter(), 1_u16..8), 10);
    let inputs = (prop::collection::vec(any_product(), 0..30), lists);
    TestRunner::new(cases(24))
        .run(&inputs, |(all, lists)| {
            runtime.block_on(async {
                let fixture = Fixture::with(backend, all.clone()).await;
                for (key, descending, filter, limit) in lists {
                    let sort = Sort { key, descending };
                    let request =
                        ListRequest { sort, filter: filter.clone(), count: CountMode::Exact, ..browsing() };
                    let found = walk(&fixture, &request, limit).await;
                    let wanted = expected(&all, &filter, sort);
                    prop_assert_eq!(ids(&found), wanted.clone(), "{:?}", request);
                    let total = fixture.list(&request).await.total;
                    prop_assert_eq!(total, Some(wanted.len() as u64));
                    let estimated = ListRequest { count: CountMode::Estimated, ..request };
                    prop_assert_eq!(fixture.list(&estimated).await.total, total);
                }
                Ok(())
            })
        })
        .expect("equal lists");
}

#[rstest]
fn pages_by_relevance_make_the_whole_list(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let texts =
        prop::sample::select(vec!["red", "red shoe", "sho", "rad", "-red", "shoe -blue", "ete", "rde shoe"]);
    let inputs = (prop::collection::vec(any_product(), 1..30), texts, any_filter(), 1_u16..6);
    TestRunner::new(cases(60))
        .run(&inputs, |(all, text, filter, limit)| {
            runtime.block_on(async {
                let fixture = Fixture::with(backend, all).await;
                let request = ListRequest { filter, ..searching(text) };
                let whole = walk(&fixture, &request, 100).await;
                let pages = walk(&fixture, &request, limit).await;
                prop_assert_eq!(ids(&pages), ids(&whole));
                Ok(())
            })
        })
        .expect("equal lists");
}

/// While products come and go, those that stay are found once each.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn writing_meanwhile_loses_and_repeats_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let staying: Vec<Product> = (0..60)
        .map(|n| {
            let made = product(["Red shoe", "Red hat", "Shoe red long"][n % 3])
                .at(i64::try_from(n % 4).expect("few"));
            if n % 5 == 0 { made } else { made.priced(["1", "2", "3"][n % 3], "EUR") }
        })
        .collect();
    let fixture = Fixture::with(backend, staying.clone()).await;
    let mut requests: Vec<ListRequest> =
        ["red", "rde", "red sho", "hat -blue"].into_iter().map(searching).collect();
    for key in [SortKey::Name, SortKey::Price, SortKey::CreatedAt, SortKey::UpdatedAt] {
        for descending in [false, true] {
            requests.push(ListRequest { sort: Sort { key, descending }, ..browsing() });
            requests.push(ListRequest { sort: Sort { key, descending }, ..searching("rde") });
        }
    }
    for request in requests {
        let before: Vec<String> = ids(&walk(&fixture, &request, 100).await);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut page = ListRequest { limit: Limit::new(7).expect("a limit"), ..request.clone() };
        let mut passing = Vec::new();
        loop {
            let answer = fixture.list(&page).await;
            for item in answer.items {
                *seen.entry(item.product.id.to_string()).or_default() += 1;
            }
            let Some(cursor) = answer.next_cursor else { break };
            page.cursor = Some(cursor);
            // A word that was unknown is known now: the next page must still mean what the first one meant.
            let new = ["Rde thing", "Red shoe", "Ash"]
                .into_iter()
                .map(|name| product(name).priced("2", "EUR").at(2));
            passing.extend(fixture.add_all(new.collect()).await);
            if passing.len() > 4 {
                fixture.remove(passing.remove(0)).await;
            }
        }
        for id in &before {
            assert_eq!(seen.get(id), Some(&1), "{id} of {request:?}");
        }
        assert!(seen.values().all(|times| *times == 1), "{request:?}");
        for id in passing {
            fixture.remove(id).await;
        }
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_serves_no_other_list(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let fixture = Fixture::with(backend, (0..5).map(|n| product(&format!("Red {n}")))).await;
    let request = ListRequest { limit: Limit::new(2).expect("a limit"), ..searching("red") };
    let cursor = fixture.list(&request).await.next_cursor;
    for other in [
        ListRequest { cursor: cursor.clone(), ..searching("red 1") },
        ListRequest { cursor: cursor.clone(), sort: Sort::NEWEST, ..searching("red") },
        ListRequest { cursor: cursor.clone(), ..browsing() },
    ] {
        let failure = fixture
            .search
            .list(&other, crate::search::request::Visibility::Published)
            .await
            .expect_err("other");
        assert_eq!(failure.code(), vitrine_kernel::ErrorCode::InvalidCursor);
    }
    let wider = ListRequest { cursor, limit: Limit::new(50).expect("a limit"), highlight: true, ..request };
    assert_eq!(fixture.list(&wider).await.items.len(), 3);
}
