//! A category that goes between the question whether it exists and the commit: here the fake goes on saying that it does.

use serde_json::{Value, json};
use vitrine_catalog_api::CatalogPort as _;
use vitrine_kernel::{CategoryId, ErrorCode, Failure};

use crate::domain::Product;
use crate::service::{BatchOptions, ProductWrite};
use crate::store::{OnError, Outcome};
use crate::world::{World, told};

/// What the category module has the catalog do after a deletion.
async fn goes(world: &World, category: CategoryId, target: Option<CategoryId>) -> u64 {
    world.service.reassign(&[category], target, "somebody").await.expect("reassigned")
}

fn is_refused<T: std::fmt::Debug>(outcome: Result<T, Failure>, pointer: &str) {
    assert_eq!(told(outcome), (ErrorCode::Validation, vec![format!("{pointer} unknown_category")]));
}

#[tokio::test]
async fn nothing_is_created_in_a_category_that_has_gone() {
    let world = World::new();
    let (stays, gone) = (world.category(), world.category());
    assert_eq!(goes(&world, gone, None).await, 0);
    let body = json!({"name": "Mug", "category_ids": [stays, gone]});
    is_refused(world.try_create(body.clone()).await, "/category_ids/1");
    let write = |write: ProductWrite| async {
        let options = BatchOptions { on_error: OnError::Skip, validate_only: false };
        let report = world.service.write_many(vec![write], options, &world.actor, None).await;
        match report.expect("a report").outcomes.remove(0) {
            Outcome::Rejected(failure) => Err::<(), _>(failure),
            other => panic!("{other:?}"),
        }
    };
    is_refused(write(ProductWrite::Create(body)).await, "/category_ids/1");
    let row = json!({"external_id": "m", "name": "Mug", "category_ids": [gone]});
    is_refused(write(ProductWrite::Upsert(row)).await, "/category_ids/0");
    world.create(json!({"name": "Mug", "category_ids": [stays]})).await;
    assert_eq!(world.service.products_after(0, 10).await.expect("products").len(), 1);
    world.is_sound().await;
}

#[tokio::test]
async fn nothing_is_moved_into_a_category_that_has_gone() {
    let world = World::new();
    let (stays, gone) = (world.category(), world.category());
    let body = json!({"name": "Mug", "external_id": "m", "category_ids": [stays]});
    let product = world.create(body).await;
    goes(&world, gone, Some(stays)).await;
    is_refused(world.patch(&product, json!({"category_ids": [gone]})).await, "/category_ids/0");
    let row: Value = json!({"external_id": "m", "category_ids": [stays, gone]});
    match world.service.upsert(row, &world.actor).await.expect("an outcome") {
        Outcome::Rejected(failure) => is_refused(Err::<(), _>(failure), "/category_ids/1"),
        other => panic!("{other:?}"),
    }
    assert_eq!(world.find(product.id).await, Some(product.clone()));
    world.patch(&product, json!({"category_ids": []})).await.expect("any other change");
    world.is_sound().await;
}

#[tokio::test]
async fn a_restored_product_is_in_the_categories_that_are_left() {
    let world = World::new();
    let (stays, gone, heir) = (world.category(), world.category(), world.category());
    let restored = async |product: &Product| {
        world.service.restore(product.id, &world.actor).await.expect("restored").product.category_ids
    };
    let mug = world.create(json!({"name": "Mug", "category_ids": [gone, stays]})).await;
    world.delete(&mug).await;
    assert_eq!(goes(&world, gone, None).await, 1);
    assert_eq!(restored(&mug).await, [stays]);

    let gone = world.category();
    let cup = world.create(json!({"name": "Cup", "category_ids": [gone]})).await;
    world.delete(&cup).await;
    goes(&world, gone, Some(heir)).await;
    assert_eq!(restored(&cup).await, [heir]);
    world.is_sound().await;
}

#[tokio::test]
async fn who_changes_something_else_meanwhile_is_not_refused() {
    let world = World::new();
    let category = world.category();
    let product = world.create(json!({"name": "Mug", "category_ids": [category]})).await;
    goes(&world, category, None).await;
    let now = world.find(product.id).await.expect("there");
    assert_eq!(now.category_ids, []);
    let now = world.patch(&now, json!({"name": "Cup"})).await.expect("patched");
    // The body of a page opened before the deletion names the category still.
    is_refused(world.patch(&now, json!({"category_ids": [category]})).await, "/category_ids/0");
}

/// What is remembered is forgotten after a day, long after every request that could have asked before has ended.
#[tokio::test]
async fn what_went_is_not_remembered_for_ever() {
    let world = World::new();
    let (first, second) = (world.category(), world.category());
    goes(&world, first, None).await;
    world.clock.advance_seconds(24 * 60 * 60 - 1);
    goes(&world, second, None).await;
    is_refused(world.try_create(json!({"name": "A", "category_ids": [first]})).await, "/category_ids/0");
    world.clock.advance_seconds(2);
    goes(&world, world.category(), None).await;
    world.try_create(json!({"name": "A", "category_ids": [first]})).await.expect("no longer remembered");
    is_refused(world.try_create(json!({"name": "A", "category_ids": [second]})).await, "/category_ids/0");
}
