use rstest::rstest;
use vitrine_category_api::testing::SeedCategory;
use vitrine_kernel::Limit;
use vitrine_testing::Backend;

use crate::domain::ProductStatus;
use crate::search::fixture::{Described as _, Fixture, product};
use crate::search::request::Visibility;
use crate::search::suggest::{SuggestionKind, Suggestions};

async fn shop(backend: Backend) -> Fixture {
    let fixture = Fixture::new(backend);
    let phones = fixture.categories.add(SeedCategory::named("Smartphones"));
    fixture
        .add_all(vec![
            product("iPhone 13 Pro").branded("Apple").in_categories(&[phones]).tagged(&["smartphones"]),
            product("iPhone X").branded("Apple").in_categories(&[phones]).tagged(&["smartphones"]),
            product("Apfel-Smoothie Größe L"),
            product("Smartwatch").branded("Apple"),
            product("Smuggled").with_status(ProductStatus::Draft),
        ])
        .await;
    fixture
}

fn texts(answer: &Suggestions, kind: SuggestionKind) -> Vec<&str> {
    answer.suggestions.iter().filter(|s| s.kind == kind).map(|s| s.text.as_str()).collect()
}

#[rstest]
#[case("iph", SuggestionKind::Product, &["iPhone X", "iPhone 13 Pro"])]
#[case("IPHONE p", SuggestionKind::Product, &["iPhone 13 Pro"])]
#[case("ap", SuggestionKind::Brand, &["Apple"])]
#[case("smartp", SuggestionKind::Category, &["Smartphones"])]
#[case("ap", SuggestionKind::Word, &["apple", "apfel"])]
#[case("iphone pr", SuggestionKind::Word, &["iphone pro"])]
#[case("grosse", SuggestionKind::Product, &["Apfel-Smoothie Größe L"])]
#[case("GRÖ", SuggestionKind::Product, &["Apfel-Smoothie Größe L"])]
#[case("smug", SuggestionKind::Product, &[])]
#[case("", SuggestionKind::Product, &[])]
#[tokio::test(flavor = "multi_thread")]
async fn beginnings_are_completed(
    #[case] text: &str,
    #[case] kind: SuggestionKind,
    #[case] wanted: &[&str],
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let fixture = shop(backend).await;
    let answer =
        fixture.search.suggest(text, Limit::default(), Visibility::Published).await.expect("an answer");
    assert_eq!(texts(&answer, kind), wanted);
    assert_eq!(answer.did_you_mean, None);
}

#[rstest]
#[case("ihpone", "iphone")]
#[case("ipjo", "iphone")]
#[case("smartwtach", "smartwatch")]
#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_beginning_is_completed_too(
    #[case] text: &str,
    #[case] meant: &str,
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let fixture = shop(backend).await;
    let answer =
        fixture.search.suggest(text, Limit::default(), Visibility::Published).await.expect("an answer");
    assert_eq!(answer.did_you_mean.as_deref(), Some(meant));
    assert!(
        texts(&answer, SuggestionKind::Product).iter().any(|name| name.to_lowercase().starts_with(meant))
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn there_are_never_more_than_were_asked_for(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let fixture = shop(backend).await;
    for limit in 1..=10 {
        let limit = Limit::new(limit).expect("a limit");
        let answer = fixture.search.suggest("ap", limit, Visibility::Published).await.expect("an answer");
        assert!(answer.suggestions.len() <= limit.as_usize());
    }
}
