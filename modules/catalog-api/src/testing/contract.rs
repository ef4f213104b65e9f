//! What every [`CatalogPort`] must do: the service in the process, the client over HTTP and the fake run the same suite.
//!
//! ```ignore
//! #[tokio::test]
//! async fn the_service_keeps_the_contract_of_the_port() {
//!     let world = World::start().await;            // the module over an empty database and `FakeCategories`
//!     contract::all(world.module.port().as_ref(), &world).await;   // `impl CatalogSeed for World` by the use cases
//! }
//! ```
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a contract that is broken panics")]

use vitrine_kernel::CategoryId;

use super::{CatalogSeed, SeedStatus};
use crate::{CatalogPort, ProductCounts};

/// Runs the whole suite. The cases share the port and don't disturb each other.
pub async fn all(port: &dyn CatalogPort, seed: &dyn CatalogSeed) {
    counts_are_of_the_category_itself(port, seed).await;
    deleted_products_do_not_count(port, seed).await;
    a_product_in_two_categories_counts_once_in_any(port, seed).await;
    a_thousand_categories_are_one_question(port, seed).await;
    reassigning_puts_products_into_the_target_once(port, seed).await;
    reassigning_to_nothing_takes_products_out(port, seed).await;
    reassigning_reaches_deleted_products(port, seed).await;
    reassigning_is_recorded_with_its_actor(port, seed).await;
}

async fn counts(port: &dyn CatalogPort, category: CategoryId) -> ProductCounts {
    let found = port.count_by_category(&[category]).await.expect("the port answers");
    assert!(found.keys().all(|id| *id == category), "only what was asked for");
    let counts = found.get(&category).copied().unwrap_or_default();
    assert_eq!(port.count_in_any(&[category]).await.expect("the port answers"), counts);
    counts
}

/// Active ones and all.
pub async fn counts_are_of_the_category_itself(port: &dyn CatalogPort, seed: &dyn CatalogSeed) {
    let (full, empty) = (seed.category().await, seed.category().await);
    for status in [SeedStatus::Draft, SeedStatus::Active, SeedStatus::Active, SeedStatus::Archived] {
        seed.create(&[full], status).await;
    }
    assert_eq!(counts(port, full).await, ProductCounts { active: 2, total: 4 });
    assert_eq!(counts(port, empty).await, ProductCounts::default());
    let both = port.count_by_category(&[full, empty]).await.expect("the port answers");
    assert_eq!(both.get(&full), Some(&ProductCounts { active: 2, total: 4 }));
    assert_eq!(both.get(&empty).copied().unwrap_or_default(), ProductCounts::default());
}

/// Until they are restored.
pub async fn deleted_products_do_not_count(port: &dyn CatalogPort, seed: &dyn CatalogSeed) {
    let category = seed.category().await;
    let product = seed.create(&[category], SeedStatus::Active).await;
    seed.delete(product).await;
    assert_eq!(counts(port, category).await, ProductCounts::default());
    seed.restore(product).await;
    assert_eq!(counts(port, category).await, ProductCounts { active: 1, total: 1 });
}

/// The count of a subtree is not the sum over its categories.
pub async fn a_product_in_two_categories_counts_once_in_any(port: &dyn CatalogPort, seed: &dyn CatalogSeed) {
    let (a, b) = (seed.category().await, seed.category().await);
    seed.create(&[a, b], SeedStatus::Active).await;
    seed.create(&[b], SeedStatus::Draft).await;
    let any = port.count_in_any(&[a, b, a]).await.expect("the port answers");
    assert_eq!(any, ProductCounts { active: 1, total: 2 });
    assert_eq!(counts(port, a).await, ProductCounts { active: 1, total: 1 });
    assert_eq!(counts(port, b).await, ProductCounts { active: 1, total: 2 });
}

/// A batch is not bounded by what a statement can bind, and may be empty.
pub async fn a_thousand_categories_are_one_question(port: &dyn CatalogPort, seed: &dyn CatalogSeed) {
    let (category, target) = (seed.category().await, seed.category().await);
    seed.create(&[category], SeedStatus::Active).await;
    let mut many: Vec<_> = (0..5000).map(|_| CategoryId::generate()).collect();
    many.push(category);
    let one = ProductCounts { active: 1, total: 1 };
    assert_eq!(port.count_in_any(&many).await.expect("the port answers"), one);
    let found = port.count_by_category(&many).await.expect("the port answers");
    assert_eq!(found.values().map(|counts| counts.total).sum::<u64>(), 1);
    assert_eq!(port.reassign(&many, Some(target), "test").await.expect("the port answers"), 1);
    assert_eq!(counts(port, target).await, one);

    assert_eq!(port.count_in_any(&[]).await.expect("the port answers"), ProductCounts::default());
    assert!(port.count_by_category(&[]).await.expect("the port answers").is_empty());
    assert_eq!(port.reassign(&[], Some(target), "test").await.expect("the port answers"), 0);
}

/// Where the first of the old categories stood; other categories stay; a second time changes nothing.
pub async fn reassigning_puts_products_into_the_target_once(port: &dyn CatalogPort, seed: &dyn CatalogSeed) {
    let (old, older) = (seed.category().await, seed.category().await);
    let (target, other) = (seed.category().await, seed.category().await);
    let primary = seed.create(&[old, other], SeedStatus::Active).await;
    let secondary = seed.create(&[other, older, old], SeedStatus::Draft).await;
    let there_already = seed.create(&[target, old], SeedStatus::Active).await;
    let untouched = seed.create(&[other], SeedStatus::Active).await;

    assert_eq!(port.reassign(&[old, older], Some(target), "test").await.expect("the port answers"), 3);
    assert_eq!(seed.categories_of(primary).await, [target, other]);
    assert_eq!(seed.categories_of(secondary).await, [other, target]);
    assert_eq!(seed.categories_of(there_already).await, [target]);
    assert_eq!(seed.categories_of(untouched).await, [other]);
    assert_eq!(counts(port, old).await, ProductCounts::default());
    assert_eq!(counts(port, target).await, ProductCounts { active: 2, total: 3 });
    assert_eq!(counts(port, other).await, ProductCounts { active: 2, total: 3 });

    assert_eq!(port.reassign(&[old, older], Some(target), "test").await.expect("the port answers"), 0);
    assert_eq!(counts(port, target).await, ProductCounts { active: 2, total: 3 });
}

/// A product may be in no category at all.
pub async fn reassigning_to_nothing_takes_products_out(port: &dyn CatalogPort, seed: &dyn CatalogSeed) {
    let (old, other) = (seed.category().await, seed.category().await);
    let alone = seed.create(&[old], SeedStatus::Active).await;
    let shared = seed.create(&[old, other], SeedStatus::Active).await;
    assert_eq!(port.reassign(&[old], None, "test").await.expect("the port answers"), 2);
    assert!(seed.categories_of(alone).await.is_empty());
    assert_eq!(seed.categories_of(shared).await, [other]);
    assert_eq!(counts(port, old).await, ProductCounts::default());
}

/// Else one that is restored later would point to a category that is gone.
pub async fn reassigning_reaches_deleted_products(port: &dyn CatalogPort, seed: &dyn CatalogSeed) {
    let (old, target) = (seed.category().await, seed.category().await);
    let product = seed.create(&[old], SeedStatus::Active).await;
    seed.delete(product).await;
    assert_eq!(port.reassign(&[old], Some(target), "test").await.expect("the port answers"), 1);
    assert_eq!(counts(port, target).await, ProductCounts::default());
    seed.restore(product).await;
    assert_eq!(seed.categories_of(product).await, [target]);
    assert_eq!(counts(port, target).await, ProductCounts { active: 1, total: 1 });
}

/// Histories tell who did it.
pub async fn reassigning_is_recorded_with_its_actor(port: &dyn CatalogPort, seed: &dyn CatalogSeed) {
    let (old, target) = (seed.category().await, seed.category().await);
    let product = seed.create(&[old], SeedStatus::Active).await;
    port.reassign(&[old], Some(target), "key:somebody").await.expect("the port answers");
    assert_eq!(seed.last_actor(product).await, "key:somebody");
}
