//! Addresses.

use std::collections::HashSet;
use std::sync::Arc;

use vitrine_kernel::{Expected, Slug};

use super::TestStore;
use crate::domain::NewCategory;
use crate::store::DeletePolicy;

pub async fn a_slug_is_made_from_the_name_and_stays(test: TestStore) {
    let first = test.named("Кофе & Tea", None).await;
    assert_eq!(first.slug.as_str(), "kofe-tea");
    let renamed = test.change(first.id, |fields| fields.name = "Drinks".to_owned()).await.expect("changed");
    assert_eq!(renamed.slug, first.slug);
    let remade = test.change(first.id, |fields| fields.slug = None).await.expect("changed");
    assert_eq!(remade.slug.as_str(), "drinks");
    assert_eq!(test.named("☃☃☃", None).await.slug.as_str(), "snowman-snowman-snowman");
    assert_eq!(test.named("!", None).await.slug.as_str(), "category");
}

pub async fn names_in_use_are_numbered(test: TestStore) {
    let mut slugs = Vec::new();
    for _ in 0..6 {
        slugs.push(test.named("Shoes", None).await.slug.to_string());
    }
    assert_eq!(slugs[..2], ["shoes", "shoes-2"]);
    assert_eq!(slugs.iter().collect::<HashSet<_>>().len(), 6);
    assert!(slugs.iter().all(|slug| slug.starts_with("shoes")));
}

pub async fn parallel_creates_of_one_name_get_slugs_of_their_own(test: TestStore) {
    let mut creating = Vec::new();
    for _ in 0..20 {
        let store = Arc::clone(&test.store);
        creating.push(tokio::spawn(async move { store.create(NewCategory::named("Same"), None).await }));
    }
    let mut slugs = HashSet::new();
    for created in creating {
        slugs.insert(created.await.expect("no panic").expect("created").category.slug);
    }
    assert_eq!(slugs.len(), 20);
    test.assert_sound().await;
}

pub async fn a_former_slug_leads_to_the_category_until_it_is_taken_over(test: TestStore) {
    let made = test.named("Old", None).await;
    test.change(made.id, |fields| fields.slug = Slug::parse("new")).await.expect("changed");
    test.change(made.id, |fields| fields.slug = Slug::parse("newer")).await.expect("changed");
    for slug in ["old", "new", "newer"] {
        assert_eq!(test.by_slug(slug).await.expect("found").category.id, made.id, "{slug}");
    }
    // A slug made from a name leaves redirects alone; one that somebody chose takes them.
    let automatic = test.named("Old", None).await;
    assert_eq!(automatic.slug.as_str(), "old-2");
    let chosen = test.add(NewCategory { slug: Slug::parse("old"), ..NewCategory::named("Chosen") }).await;
    assert_eq!(test.by_slug("old").await.expect("found").category.id, chosen.id);
    // Back to a slug of its own past.
    let back = test.change(made.id, |fields| fields.slug = Slug::parse("new")).await.expect("changed");
    assert_eq!(back.slug.as_str(), "new");
    assert_eq!(test.by_slug("newer").await.expect("found").category.id, made.id);
    test.assert_sound().await;
    test.store.delete(made.id, Expected::Any, DeletePolicy::Refuse, "t".to_owned()).await.expect("deleted");
    assert_eq!(test.by_slug("newer").await, None);
    assert_eq!(test.named("Newer", None).await.slug.as_str(), "newer");
    test.assert_sound().await;
}
