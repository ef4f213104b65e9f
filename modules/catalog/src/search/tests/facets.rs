//! Facets against counting by hand.

use rstest::rstest;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;
use vitrine_category_api::CategoryStatus;
use vitrine_category_api::testing::SeedCategory;
use vitrine_kernel::text::fold;
use vitrine_kernel::{CategoryId, Slug};
use vitrine_testing::Backend;

use super::cases;
use crate::domain::{AttributeValue, Product};
use crate::search::facets::{FacetAnswer, FacetCategory};
use crate::search::fixture::{Described as _, Fixture, browsing, money, product};
use crate::search::request::{
    AttributeEquals, AttributeFilter, FacetName, ListRequest, ProductFilter, Visibility,
};

const TREE: usize = 5;

/// 0 is above 1 and 2, 2 is above 3; 4 stands alone.
fn parent(category: usize) -> Option<usize> {
    [None, Some(0), Some(0), Some(2), None][category]
}

fn category_id(category: usize) -> CategoryId {
    CategoryId(uuid::Uuid::from_u128(category as u128 + 1))
}

fn plant(fixture: &Fixture) {
    for category in 0..TREE {
        let mut seed = SeedCategory::named(&format!("Category {category}"));
        seed.slug = Slug::parse(&format!("c{category}")).expect("a slug");
        seed.parent = parent(category).map(category_id);
        fixture.categories.put(category_id(category), seed);
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::Text(value.to_owned())
}

fn any_product() -> impl Strategy<Value = Product> {
    (
        prop::option::of(prop::sample::select(vec!["Acme", "ÁCME", "Zed"])),
        prop::sample::subsequence(vec!["new", "Sale", "eco"], 0..=3),
        prop::option::of(prop::sample::select(vec!["Red", "red", "Blue"])),
        prop::option::of(0_u32..50),
        prop::sample::subsequence((0..TREE).collect::<Vec<_>>(), 0..=3),
    )
        .prop_map(|(brand, tags, color, price, categories)| {
            let ids: Vec<_> = categories.into_iter().map(category_id).collect();
            let mut made = product("Thing").tagged(&tags).in_categories(&ids);
            if let Some(brand) = brand {
                made = made.branded(brand);
            }
            if let Some(color) = color {
                made = made.with("color", text(color));
            }
            match price {
                Some(price) => made.priced(&price.to_string(), "EUR"),
                None => made,
            }
        })
}

#[derive(Debug, Clone)]
struct Choice {
    brand: Option<&'static str>,
    tag: Option<&'static str>,
    color: Option<&'static str>,
    category: Option<usize>,
    price_max: Option<i64>,
}

fn any_choice() -> impl Strategy<Value = Choice> {
    (
        prop::option::of(prop::sample::select(vec!["acme", "zed"])),
        prop::option::of(prop::sample::select(vec!["new", "sale"])),
        prop::option::of(prop::sample::select(vec!["red", "blue"])),
        prop::option::of(0..TREE),
        prop::option::of(0_i64..500_000),
    )
        .prop_map(|(brand, tag, color, category, price_max)| Choice {
            brand,
            tag,
            color,
            category,
            price_max,
        })
}

fn subtree(root: usize) -> BTreeSet<usize> {
    (0..TREE).filter(|category| trail(*category).contains(&root)).collect()
}

fn trail(category: usize) -> Vec<usize> {
    std::iter::successors(Some(category), |at| parent(*at)).collect()
}

fn categories_of(product: &Product) -> Vec<usize> {
    (0..TREE).filter(|category| product.category_ids.contains(&category_id(*category))).collect()
}

fn color_of(product: &Product) -> Option<String> {
    product.attributes.get("color").map(|value| value.indexed()[0].key.clone())
}

fn matches(choice: &Choice, product: &Product, without: &str) -> bool {
    let free = |name: &str, holds: bool| without == name || holds;
    let price = product.price_range().map(|range| range.min.sort_key());
    free(
        "brand",
        choice.brand.is_none_or(|brand| product.brand.as_deref().map(fold).as_deref() == Some(brand)),
    ) && free("tag", choice.tag.is_none_or(|tag| product.tags.iter().any(|has| fold(has) == tag)))
        && free("attr.color", choice.color.is_none_or(|color| color_of(product).as_deref() == Some(color)))
        && free(
            "category",
            choice
                .category
                .is_none_or(|root| categories_of(product).iter().any(|c| subtree(root).contains(c))),
        )
        && free("price", choice.price_max.is_none_or(|max| price.is_some_and(|price| price <= max)))
}

fn counted(values: impl Iterator<Item = String>) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts
}

fn folded(answer: &FacetAnswer) -> BTreeMap<String, i64> {
    let FacetAnswer::Values(values) = answer else { panic!("values") };
    assert!(values.is_sorted_by(|a, b| a.count >= b.count));
    values.iter().map(|value| (fold(&value.value), value.count)).collect()
}

fn check(all: &[Product], choice: &Choice, facets: &[(FacetName, FacetAnswer)]) {
    let meant = |without: &'static str| all.iter().filter(move |product| matches(choice, product, without));
    let [brand, tag, color, category, price] = facets else { panic!("five facets") };
    assert_eq!(folded(&brand.1), counted(meant("brand").filter_map(|p| p.brand.as_deref().map(fold))));
    assert_eq!(folded(&tag.1), counted(meant("tag").flat_map(|p| p.tags.iter().map(|tag| fold(tag)))));
    assert_eq!(folded(&color.1), counted(meant("attr.color").filter_map(color_of)));

    let FacetAnswer::Categories(categories) = &category.1 else { panic!("categories") };
    let reached = |product: &Product| -> BTreeSet<usize> {
        categories_of(product).into_iter().flat_map(trail).collect()
    };
    let rolled_up = counted(meant("category").flat_map(reached).map(|c| category_id(c).to_string()));
    let found: BTreeMap<String, i64> = categories.iter().map(|c| (c.value.to_string(), c.count)).collect();
    assert_eq!(found, rolled_up);
    let direct = counted(meant("category").flat_map(categories_of).map(|c| category_id(c).to_string()));
    for FacetCategory { value, direct_count, .. } in categories {
        assert_eq!(*direct_count, direct.get(&value.to_string()).copied().unwrap_or(0));
    }

    let prices: Vec<_> = meant("price").filter_map(|p| p.price_range().map(|range| range.min)).collect();
    let FacetAnswer::Price(found) = &price.1 else { panic!("prices") };
    assert_eq!(found.as_ref().map(|f| f.min.minor()), prices.iter().map(|price| price.minor()).min());
    let Some(found) = found else { return };
    assert_eq!(Some(found.max.minor()), prices.iter().map(|price| price.minor()).max());
    for step in &found.histogram {
        let inside = |minor: i64| step.from.minor() <= minor && minor < step.to.minor();
        assert_eq!(
            usize::try_from(step.count),
            Ok(prices.iter().filter(|price| inside(price.minor())).count())
        );
    }
    assert_eq!(usize::try_from(found.histogram.iter().map(|step| step.count).sum::<i64>()), Ok(prices.len()));
}

#[rstest]
fn facets_count_what_counting_by_hand_counts(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let inputs = (prop::collection::vec(any_product(), 0..40), prop::collection::vec(any_choice(), 6));
    let facets = vec![
        FacetName::Brand,
        FacetName::Tag,
        FacetName::Attribute("color".to_owned()),
        FacetName::Category,
        FacetName::Price,
    ];
    TestRunner::new(cases(24))
        .run(&inputs, |(all, choices)| {
            runtime.block_on(async {
                let fixture = Fixture::with(backend, all.clone()).await;
                plant(&fixture);
                for choice in choices {
                    let equals = |key: &str| AttributeEquals { key: key.to_owned(), number: None };
                    let attributes = choice.color.map(|color| {
                        let filter =
                            AttributeFilter { values: vec![equals(color)], ..AttributeFilter::default() };
                        ("color".to_owned(), filter)
                    });
                    let filter = ProductFilter {
                        brands: choice.brand.map(str::to_owned).into_iter().collect(),
                        tags: choice.tag.map(str::to_owned).into_iter().collect(),
                        attributes: attributes.into_iter().collect(),
                        price_max: choice.price_max,
                        ..ProductFilter::default()
                    };
                    let categories = choice.category.map(|c| format!("c{c}")).into_iter().collect();
                    let request = ListRequest { filter, categories, facets: facets.clone(), ..browsing() };
                    check(&all, &choice, &fixture.list(&request).await.facets);
                }
            });
            Ok(())
        })
        .expect("equal counts");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn prices_are_shown_in_the_currency_asked_for(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let fixture = Fixture::with(
        backend,
        [
            product("A").priced("10.50", "EUR").also_priced("1500", "JPY"),
            product("B").priced("20", "EUR").also_priced("3000", "JPY"),
            product("C").priced("5", "USD"),
            product("D"),
        ],
    )
    .await;
    let mut request = ListRequest { facets: vec![FacetName::Price], ..browsing() };
    let answer = fixture.list(&request).await;
    let FacetAnswer::Price(Some(price)) = &answer.facets[0].1 else { panic!("prices") };
    assert_eq!((price.min, price.max), (money("10.50", "EUR"), money("20", "EUR")));
    assert_eq!(price.histogram[0].from, money("10", "EUR"));

    request.filter.currency = vitrine_kernel::Currency::parse("JPY");
    let answer = fixture.list(&request).await;
    let FacetAnswer::Price(Some(price)) = &answer.facets[0].1 else { panic!("prices") };
    assert_eq!((answer.items.len(), price.max), (2, money("3000", "JPY")));
    assert_eq!(json!(price.currency), "JPY");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn hidden_categories_are_shown_to_those_who_see_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let fixture = Fixture::new(backend);
    let mut draft = SeedCategory::named("Next year");
    draft.status = CategoryStatus::Draft;
    let draft = fixture.categories.add(draft);
    fixture.add(product("Thing").in_categories(&[draft])).await;
    let request = ListRequest { facets: vec![FacetName::Category], ..browsing() };
    for (visibility, shown) in [(Visibility::Published, 0), (Visibility::All, 1)] {
        let answer = fixture.search.list(&request, visibility).await.expect("a list");
        let FacetAnswer::Categories(categories) = &answer.facets[0].1 else { panic!("categories") };
        assert_eq!(categories.len(), shown);
        let by_id = ListRequest { categories: vec![draft.to_string()], ..browsing() };
        assert_eq!(fixture.search.list(&by_id, visibility).await.is_ok(), shown == 1);
    }
}
