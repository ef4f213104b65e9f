//! What every [`CategoryPort`] must do: the service in the process, the client over HTTP and the fake run the same suite.
//!
//! ```ignore
//! #[tokio::test]
//! async fn the_service_keeps_the_contract_of_the_port() {
//!     let world = World::start().await;            // the module over an empty database
//!     contract::all(world.module.port().as_ref(), &world).await;   // `impl CategorySeed for World` by the use cases
//! }
//! ```
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a contract that is broken panics")]

use vitrine_kernel::{CategoryId, Slug};

use super::{CategorySeed, SeedCategory};
use crate::{AttributeDefinition, AttributeType, CategoryKey, CategoryPort, CategoryStatus, CategorySummary};

/// Runs the whole suite. The cases share the port and don't disturb each other.
pub async fn all(port: &dyn CategoryPort, seed: &dyn CategorySeed) {
    a_category_is_found_by_each_of_its_keys(port, seed).await;
    keys_that_name_nothing_are_absent(port, seed).await;
    a_thousand_keys_are_one_question(port, seed).await;
    drafts_are_found_with_their_status(port, seed).await;
    a_former_slug_leads_to_its_category_until_another_takes_it(port, seed).await;
    the_trail_goes_from_the_root_to_the_category(port, seed).await;
    a_read_sees_what_was_acknowledged_before_it(port, seed).await;
    attributes_are_inherited_and_the_nearest_definition_wins(port, seed).await;
    a_subtree_has_the_category_and_everything_below_it(port, seed).await;
    a_deleted_category_is_gone(port, seed).await;
}

async fn find(port: &dyn CategoryPort, key: CategoryKey) -> Option<CategorySummary> {
    let mut found = port.find_many(std::slice::from_ref(&key)).await.expect("the port answers");
    assert!(found.len() <= 1, "asked for one key, got {}", found.len());
    found.remove(&key)
}

async fn subtree(port: &dyn CategoryPort, key: CategoryKey) -> Option<Vec<CategoryId>> {
    let mut ids = port.subtree_ids(&key).await.expect("the port answers")?;
    ids.sort();
    Some(ids)
}

fn sorted<const N: usize>(mut ids: [CategoryId; N]) -> Vec<CategoryId> {
    ids.sort();
    ids.to_vec()
}

fn attribute(key: &str, label: &str) -> AttributeDefinition {
    AttributeDefinition {
        key: key.to_owned(),
        label: label.to_owned(),
        kind: AttributeType::Text,
        unit: None,
        values: None,
        required: false,
        facet: false,
    }
}

/// Id, slug and external id lead to the same summary, also when one call asks for all three.
pub async fn a_category_is_found_by_each_of_its_keys(port: &dyn CategoryPort, seed: &dyn CategorySeed) {
    let mut wanted = SeedCategory::named("Keys");
    let external = format!("ext-{}", wanted.slug);
    wanted.external_id = Some(external.clone());
    let id = seed.create(wanted.clone()).await;
    let keys = [
        CategoryKey::Id(id),
        CategoryKey::Slug(wanted.slug.clone()),
        CategoryKey::ExternalId(external.clone()),
        CategoryKey::Id(id),
    ];
    let found = port.find_many(&keys).await.expect("the port answers");
    assert_eq!(found.len(), 3, "one entry for each different key");
    for key in &keys {
        let summary = found.get(key).expect("found");
        assert_eq!((summary.id, summary.name.as_str(), &summary.slug), (id, "Keys", &wanted.slug));
        assert_eq!(summary.external_id.as_deref(), Some(external.as_str()));
        assert_eq!((summary.status, summary.visible), (CategoryStatus::Active, true));
    }
}

/// They are no error, and no entry.
pub async fn keys_that_name_nothing_are_absent(port: &dyn CategoryPort, seed: &dyn CategorySeed) {
    let known = CategoryKey::Id(seed.create(SeedCategory::named("Known")).await);
    let nobody = [
        CategoryKey::Id(CategoryId::generate()),
        CategoryKey::Slug(SeedCategory::named("Nobody").slug),
        CategoryKey::ExternalId("nobody".to_owned()),
        CategoryKey::ExternalId(String::new()),
    ];
    for key in &nobody {
        assert_eq!(find(port, key.clone()).await, None);
        assert_eq!(subtree(port, key.clone()).await, None);
    }
    let mut keys = nobody.to_vec();
    keys.push(known.clone());
    let found = port.find_many(&keys).await.expect("the port answers");
    assert_eq!(found.keys().collect::<Vec<_>>(), [&known]);
    assert!(port.find_many(&[]).await.expect("the port answers").is_empty());
}

/// A batch is not bounded by what a statement can bind.
pub async fn a_thousand_keys_are_one_question(port: &dyn CategoryPort, seed: &dyn CategorySeed) {
    let known = CategoryKey::Id(seed.create(SeedCategory::named("One in a thousand")).await);
    let mut keys: Vec<_> = (0..1000).map(|_| CategoryKey::Id(CategoryId::generate())).collect();
    keys.extend((0..1000).map(|n| CategoryKey::ExternalId(format!("none-{n}"))));
    keys.push(known.clone());
    let found = port.find_many(&keys).await.expect("the port answers");
    assert_eq!(found.keys().collect::<Vec<_>>(), [&known]);
}

/// Who may see them is for the asking module to decide; what is below them is not visible either.
pub async fn drafts_are_found_with_their_status(port: &dyn CategoryPort, seed: &dyn CategorySeed) {
    for status in [CategoryStatus::Draft, CategoryStatus::Archived] {
        let id = seed.create(SeedCategory { status, ..SeedCategory::named("Unseen") }).await;
        let below = seed.create(SeedCategory::named("Active below").under(id)).await;
        let unseen = find(port, CategoryKey::Id(id)).await.expect("found");
        assert_eq!((unseen.status, unseen.visible), (status, false));
        let hidden = find(port, CategoryKey::Id(below)).await.expect("found");
        assert_eq!((hidden.status, hidden.visible), (CategoryStatus::Active, false));
        assert_eq!(subtree(port, CategoryKey::Id(id)).await, Some(sorted([id, below])));
    }
}

/// The summary shows the current slug.
pub async fn a_former_slug_leads_to_its_category_until_another_takes_it(
    port: &dyn CategoryPort,
    seed: &dyn CategorySeed,
) {
    let (first, second) = (SeedCategory::named("First slug"), SeedCategory::named("Second slug"));
    let id = seed.create(first.clone()).await;
    seed.change_slug(id, &second.slug).await;
    let by_former =
        find(port, CategoryKey::Slug(first.slug.clone())).await.expect("found by the former slug");
    assert_eq!((by_former.id, by_former.slug), (id, second.slug.clone()));
    assert_eq!(subtree(port, CategoryKey::Slug(first.slug.clone())).await, Some(vec![id]));

    let heir = seed.create(first.clone()).await;
    assert_eq!(find(port, CategoryKey::Slug(first.slug)).await.expect("found").id, heir);
    assert_eq!(find(port, CategoryKey::Slug(second.slug)).await.expect("found").id, id);
}

/// Breadcrumbs stand in the order in which people read them.
pub async fn the_trail_goes_from_the_root_to_the_category(port: &dyn CategoryPort, seed: &dyn CategorySeed) {
    let root = seed.create(SeedCategory::named("Root")).await;
    let middle = seed.create(SeedCategory::named("Middle").under(root)).await;
    let leaf = seed.create(SeedCategory::named("Leaf").under(middle)).await;
    let summary = find(port, CategoryKey::Id(leaf)).await.expect("found");
    let trail: Vec<_> = summary.trail.iter().map(|crumb| (crumb.id, crumb.name.as_str())).collect();
    assert_eq!(trail, [(root, "Root"), (middle, "Middle"), (leaf, "Leaf")]);
    assert_eq!(summary.trail.last().map(|crumb| &crumb.slug), Some(&summary.slug));
}

/// Names, places and attributes of ancestors change the summaries below them at once: no cache may show the old ones.
pub async fn a_read_sees_what_was_acknowledged_before_it(port: &dyn CategoryPort, seed: &dyn CategorySeed) {
    let old_home = seed.create(SeedCategory::named("Old home").with(attribute("old", "Old"))).await;
    let new_home = seed.create(SeedCategory::named("New home").with(attribute("new", "New"))).await;
    let child = seed.create(SeedCategory::named("Child").under(old_home)).await;
    let names = |summary: &CategorySummary| summary.trail.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&find(port, CategoryKey::Id(child)).await.expect("found")), ["Old home", "Child"]);

    seed.rename(old_home, "Older home").await;
    assert_eq!(names(&find(port, CategoryKey::Id(child)).await.expect("found")), ["Older home", "Child"]);

    seed.move_under(child, Some(new_home)).await;
    let moved = find(port, CategoryKey::Id(child)).await.expect("found");
    assert_eq!(names(&moved), ["New home", "Child"]);
    assert_eq!(moved.attributes, [attribute("new", "New")]);
    assert_eq!(subtree(port, CategoryKey::Id(old_home)).await, Some(vec![old_home]));
    assert_eq!(subtree(port, CategoryKey::Id(new_home)).await, Some(sorted([new_home, child])));

    seed.move_under(child, None).await;
    assert_eq!(names(&find(port, CategoryKey::Id(child)).await.expect("found")), ["Child"]);
}

/// Outermost first; a key defined twice stands once.
pub async fn attributes_are_inherited_and_the_nearest_definition_wins(
    port: &dyn CategoryPort,
    seed: &dyn CategorySeed,
) {
    let root =
        SeedCategory::named("Root").with(attribute("warranty", "Warranty")).with(attribute("size", "Size"));
    let root = seed.create(root).await;
    let middle =
        seed.create(SeedCategory::named("Middle").under(root).with(attribute("colour", "Colour"))).await;
    let shoes = SeedCategory::named("Shoes").under(middle).with(attribute("size", "Shoe size"));
    let shoes = seed.create(shoes).await;

    let here = find(port, CategoryKey::Id(shoes)).await.expect("found").attributes;
    assert_eq!(
        here.iter().filter(|a| a.key == "size").collect::<Vec<_>>(),
        [&attribute("size", "Shoe size")]
    );
    let others: Vec<_> = here.iter().filter(|a| a.key != "size").map(|a| a.key.as_str()).collect();
    assert_eq!(others, ["warranty", "colour"]);
    let above = find(port, CategoryKey::Id(root)).await.expect("found").attributes;
    assert_eq!(above, [attribute("warranty", "Warranty"), attribute("size", "Size")]);
}

/// By any key, in any order, and nothing beside it.
pub async fn a_subtree_has_the_category_and_everything_below_it(
    port: &dyn CategoryPort,
    seed: &dyn CategorySeed,
) {
    let root = SeedCategory::named("Subtree");
    let slug: Slug = root.slug.clone();
    let root = seed.create(root).await;
    let left = seed.create(SeedCategory::named("Left").under(root)).await;
    let right = seed.create(SeedCategory::named("Right").under(root)).await;
    let below = seed.create(SeedCategory::named("Below").under(left)).await;
    assert_eq!(subtree(port, CategoryKey::Slug(slug)).await, Some(sorted([root, left, right, below])));
    assert_eq!(subtree(port, CategoryKey::Id(left)).await, Some(sorted([left, below])));
    assert_eq!(subtree(port, CategoryKey::Id(right)).await, Some(vec![right]));
}

/// By every key, its former slugs too.
pub async fn a_deleted_category_is_gone(port: &dyn CategoryPort, seed: &dyn CategorySeed) {
    let parent = seed.create(SeedCategory::named("Parent")).await;
    let (before, after) = (SeedCategory::named("Before"), SeedCategory::named("After"));
    let id = seed.create(before.clone().under(parent)).await;
    seed.change_slug(id, &after.slug).await;
    seed.delete(id).await;
    for key in [CategoryKey::Id(id), CategoryKey::Slug(before.slug), CategoryKey::Slug(after.slug)] {
        assert_eq!(find(port, key.clone()).await, None, "{key:?}");
        assert_eq!(subtree(port, key).await, None);
    }
    assert_eq!(subtree(port, CategoryKey::Id(parent)).await, Some(vec![parent]));
}
