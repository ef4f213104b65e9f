//! Lists, pages, searches.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vitrine_category_api::CategoryStatus;
use vitrine_kernel::{CategoryId, CountMode, Limit, Timestamp};

use super::TestStore;
use crate::domain::listing::{Filter, Listing, Scope, Sort, SortKey};
use crate::domain::search_text::SearchText;
use crate::domain::{Audience, NewCategory};

const SORTS: [SortKey; 4] = [SortKey::Position, SortKey::Name, SortKey::CreatedAt, SortKey::UpdatedAt];

pub async fn every_sort_pages_over_equal_values(test: TestStore) {
    let parent = test.named("Parent", None).await;
    for number in 0..23 {
        // Few names and few moments: most rows are equal to others.
        test.named(["Same", "Other", "Third"][number % 3], Some(parent.id)).await;
        if number % 9 == 0 {
            test.clock.advance_seconds(1);
        }
    }
    for scope in [Scope::Everything, Scope::ChildrenOf(parent.id), Scope::Below(parent.id)] {
        let filter = Filter::scope(Audience::Public, scope.clone());
        for key in SORTS {
            let mut orders = Vec::new();
            for descending in [false, true] {
                let sort = Sort { key, descending };
                let whole: Vec<CategoryId> =
                    test.pages(filter.clone(), sort, 100).await.iter().map(|category| category.id).collect();
                for limit in [1, 7, 23] {
                    let paged: Vec<CategoryId> = test
                        .pages(filter.clone(), sort, limit)
                        .await
                        .iter()
                        .map(|category| category.id)
                        .collect();
                    assert_eq!(paged, whole, "{scope:?} {sort:?} by {limit}");
                }
                orders.push(whole);
            }
            orders[1].reverse();
            assert_eq!(orders[0], orders[1], "{scope:?} {key:?}");
        }
    }
}

pub async fn pages_lose_and_repeat_nothing_while_others_write(test: TestStore) {
    let mut stable = HashSet::new();
    for number in 0..60 {
        stable.insert(test.named(&format!("Stable {}", number % 7), None).await.id);
    }
    let (stop, store) = (Arc::new(AtomicBool::new(false)), Arc::clone(&test.store));
    let stopped = Arc::clone(&stop);
    let writer = tokio::spawn(async move {
        let (mut made, mut gone) = (Vec::new(), 0);
        // Not for ever: a list that grows faster than it is read has no last page.
        while !stopped.load(Ordering::Relaxed) && made.len() + gone < 1000 {
            let name = format!("Stable {}", made.len() % 7);
            made.push(store.create(NewCategory::named(name), None).await.expect("created").category.id);
            if made.len() > 20 {
                let oldest = made.remove(0);
                gone += 1;
                let policy = crate::store::DeletePolicy::Refuse;
                store
                    .delete(oldest, vitrine_kernel::Expected::Any, policy, "t".to_owned())
                    .await
                    .expect("deleted");
            }
        }
    });
    for key in SORTS {
        for descending in [false, true] {
            let filter = Filter::scope(Audience::Staff, Scope::Everything);
            let seen = test.pages(filter, Sort { key, descending }, 3).await;
            let ids: HashSet<CategoryId> = seen.iter().map(|category| category.id).collect();
            assert_eq!(ids.len(), seen.len(), "{key:?}: nothing comes twice");
            assert!(stable.is_subset(&ids), "{key:?}: nothing is left out");
        }
    }
    stop.store(true, Ordering::Relaxed);
    writer.await.expect("no panic");
}

pub async fn filters_narrow_and_counts_count(test: TestStore) {
    let top = test.named("Top", None).await;
    for status in [CategoryStatus::Draft, CategoryStatus::Active, CategoryStatus::Archived] {
        test.add(NewCategory { status, ..NewCategory::named(status.name()).below(top.id) }).await;
    }
    test.clock.advance_seconds(10);
    let since = Timestamp::from_millis(test.get(top.id).await.category.updated_at.as_millis() + 1);
    test.named("Late", None).await;
    let listed = async |change: fn(&mut Filter), since: Option<Timestamp>| {
        let mut filter = Filter { updated_since: since, ..Filter::scope(Audience::Staff, Scope::Everything) };
        change(&mut filter);
        let limit = Limit::new(1).expect("a limit");
        let listing =
            Listing::new(filter.clone(), Sort::POSITION, None, limit, CountMode::Exact).expect("no cursor");
        let total = test.store.list(listing).await.expect("listed").total.expect("counted");
        let names: Vec<String> =
            test.pages(filter, Sort::POSITION, 2).await.into_iter().map(|category| category.name).collect();
        assert_eq!(usize::try_from(total).expect("small"), names.len());
        names
    };
    assert_eq!(listed(|_| (), None).await, ["Top", "draft", "active", "archived", "Late"]);
    assert_eq!(listed(|_| (), Some(since)).await, ["Late"]);
    assert_eq!(listed(|filter| filter.audience = Audience::Public, None).await, ["Top", "active", "Late"]);
    assert_eq!(
        listed(|filter| filter.status = vec![CategoryStatus::Draft, CategoryStatus::Archived], None).await,
        ["draft", "archived"]
    );
    assert!(
        listed(
            |filter| {
                filter.audience = Audience::Public;
                filter.status = vec![CategoryStatus::Draft];
            },
            None
        )
        .await
        .is_empty()
    );
    assert_eq!(listed(|filter| filter.scope = Scope::Roots, None).await, ["Top", "Late"]);
    assert!(listed(|filter| filter.scope = Scope::Below(CategoryId::generate()), None).await.is_empty());
}

pub async fn searches_find_words_in_any_script(test: TestStore) {
    for (name, description) in [
        ("Home Theater", "Speakers and screens"),
        ("Theater", ""),
        ("Movie tickets", "For the theatre, the theater and the cinema"),
        ("Crème brûlée sets", ""),
        ("手机壳", ""),
        ("Кофе машины", ""),
        ("Kids' toys", "Not for adults"),
    ] {
        test.add(NewCategory { description: description.to_owned(), ..NewCategory::named(name) }).await;
    }
    let found = async |typed: &str| -> Vec<String> {
        let search = SearchText::parse(typed);
        let filter = Filter { search, ..Filter::scope(Audience::Public, Scope::Everything) };
        let whole = test.pages(filter.clone(), Sort::RELEVANCE, 100).await;
        let paged = test.pages(filter, Sort::RELEVANCE, 1).await;
        assert_eq!(whole, paged, "{typed}");
        whole.into_iter().map(|category| category.name).collect()
    };
    assert_eq!(found("theater").await, ["Theater", "Home Theater", "Movie tickets"]);
    assert_eq!(found("THEAT").await, ["Theater", "Home Theater", "Movie tickets"]);
    assert_eq!(found("\"home theater\"").await, ["Home Theater"]);
    assert!(found("\"theater home\"").await.is_empty());
    assert_eq!(found("theater -home -movie").await, ["Theater"]);
    assert_eq!(found("creme BRULEE").await, ["Crème brûlée sets"]);
    assert_eq!(found("手机").await, ["手机壳"]);
    assert_eq!(found("кофе").await, ["Кофе машины"]);
    assert_eq!(found("-theater -kids").await.len(), 3);
    for hostile in
        ["\"", "a AND", "name:x", "NEAR(a b)", "*", "a* OR", "{name} : x", "'; DROP TABLE", "-\"x", "^a"]
    {
        found(hostile).await;
    }
}

pub async fn a_search_follows_its_categories(test: TestStore) {
    let made = test.named("Lamps", None).await;
    let count = async |typed: &str| {
        let search = SearchText::parse(typed);
        test.pages(
            Filter { search, ..Filter::scope(Audience::Staff, Scope::Everything) },
            Sort::RELEVANCE,
            10,
        )
        .await
        .len()
    };
    assert_eq!((count("lamps").await, count("lights").await), (1, 0));
    test.change(made.id, |fields| fields.name = "Lights".to_owned()).await.expect("changed");
    assert_eq!((count("lamps").await, count("lights").await), (0, 1));
    test.store
        .delete(made.id, vitrine_kernel::Expected::Any, crate::store::DeletePolicy::Refuse, "t".to_owned())
        .await
        .expect("deleted");
    test.named("Chairs", None).await;
    assert_eq!((count("lights").await, count("chairs").await), (0, 1));
}
