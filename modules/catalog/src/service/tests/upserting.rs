//! Rows of an import, and batches.

use serde_json::{Value, json};
use vitrine_category_api::testing::SeedCategory;
use vitrine_kernel::{ErrorCode, Expected, ProductId};

use crate::domain::writable;
use crate::service::{BatchOptions, ProductWrite};
use crate::store::{OnError, Outcome};
use crate::world::{World, shirt, told};

fn faults_of(outcome: &Outcome) -> (ErrorCode, Vec<String>) {
    match outcome {
        Outcome::Rejected(failure) => told(Err::<(), _>(failure.clone())),
        other => panic!("{other:?}"),
    }
}

async fn upsert(world: &World, row: Value) -> Outcome {
    world.service.upsert(row, &world.actor).await.expect("an outcome")
}

#[tokio::test]
async fn a_row_creates_then_changes_nothing_then_changes_what_it_says() {
    let world = World::new();
    let row = json!({"external_id": "x1", "name": "Mug", "sku": "M", "tags": ["a"],
        "price": {"amount": "5.00", "currency": "EUR"}});
    let Outcome::Created(created) = upsert(&world, row.clone()).await else { panic!("not created") };
    assert!(matches!(upsert(&world, row.clone()).await, Outcome::Unchanged(same) if same == created));
    // A part of a row changes a part of the product; here it is found by its SKU.
    let part = json!({"sku": "M", "price": {"amount": "4.00", "currency": "EUR"}});
    let Outcome::Updated(updated) = upsert(&world, part).await else { panic!("not updated") };
    assert_eq!((updated.id, updated.version.0, updated.tags.len()), (created.id, 2, 1));
    assert_eq!(world.db.changes_after(0, 10).await.expect("events").len(), 2);
    world.is_sound().await;
}

#[tokio::test]
async fn what_is_exported_is_imported_without_a_change() {
    let world = World::new();
    let category = world.category();
    let mut body = shirt("A");
    body["category_ids"] = json!([category]);
    body["attributes"] = json!({"material": ["wool", "silk"], "weight": 1.5, "washable": true});
    body["media"] =
        json!([{"url": "https://example.com/a.jpg", "alt": "front"}, {"url": "/b.mp4", "kind": "video"}]);
    body["metadata"] = json!({"any": {"thing": [1, null]}});
    let product = world.create(body).await;
    let row = Value::Object(writable(&product).expect("JSON"));
    assert!(matches!(upsert(&world, row).await, Outcome::Unchanged(same) if same == product));
}

#[tokio::test]
async fn a_row_may_name_categories_by_slug_or_external_id() {
    let world = World::new();
    let seed = SeedCategory { external_id: Some("c-7".into()), ..SeedCategory::named("Cups") };
    let slug = seed.slug.clone();
    let category = world.categories.add(seed);
    for (at, names) in
        [json!({"category_external_ids": ["c-7"]}), json!({"category_slugs": [slug]})].into_iter().enumerate()
    {
        let mut row = json!({"name": "Mug", "external_id": format!("x{at}")});
        row.as_object_mut().expect("an object").extend(names.as_object().expect("an object").clone());
        let Outcome::Created(product) = upsert(&world, row.clone()).await else { panic!("not created") };
        assert_eq!(product.category_ids, [category]);
        assert!(matches!(upsert(&world, row).await, Outcome::Unchanged(_)));
    }
    let row =
        json!({"name": "Mug", "sku": "Z", "category_external_ids": ["none"], "category_slugs": ["cups"]});
    let (code, faults) = faults_of(&upsert(&world, row).await);
    assert_eq!((code, faults), (ErrorCode::Validation, vec!["/category_slugs conflicts".to_owned()]));
    let row = json!({"name": "Mug", "sku": "Z", "category_external_ids": ["c-7", "none"]});
    assert_eq!(faults_of(&upsert(&world, row).await).1, ["/category_external_ids/1 unknown_category"]);
    // A body of the API names categories by id only.
    let (_, faults) = told(world.try_create(json!({"name": "Mug", "category_slugs": ["cups"]})).await);
    assert_eq!(faults, ["/category_slugs unknown_field"]);
}

#[tokio::test]
async fn a_row_moves_a_product_into_another_category_by_its_name() {
    let world = World::new();
    let seed = SeedCategory { external_id: Some("c-8".into()), ..SeedCategory::named("Bowls") };
    let (old, new) = (world.category(), world.categories.add(seed));
    let product = world.create(json!({"name": "Mug", "external_id": "x", "category_ids": [old]})).await;
    let row = json!({"external_id": "x", "category_external_ids": ["c-8"], "attributes": {"a": 1}});
    let Outcome::Updated(updated) = upsert(&world, row).await else { panic!("not updated") };
    assert_eq!((updated.id, updated.category_ids), (product.id, vec![new]));
    // Its categories are needed and were not asked for: the transaction begins again.
    let row = json!({"external_id": "x", "attributes": {"a": 2}});
    assert!(matches!(upsert(&world, row).await, Outcome::Updated(_)));
}

#[tokio::test]
async fn rows_that_name_no_product_or_several_are_rejected() {
    let world = World::new();
    world.create(json!({"name": "One", "sku": "S1"})).await;
    world.create(json!({"name": "Two", "sku": "S2", "external_id": "x2"})).await;
    assert_eq!(faults_of(&upsert(&world, json!({"name": "Mug"})).await).1, ["/external_id required"]);
    let both = json!({"name": "Mug", "options": ["O"],
        "variants": [{"sku": "S1", "options": {"O": "1"}}, {"sku": "S2", "options": {"O": "2"}}]});
    let (code, faults) = faults_of(&upsert(&world, both).await);
    assert_eq!((code, faults), (ErrorCode::Conflict, vec!["/variants/1/sku duplicate_sku".to_owned()]));
    // Another external id says that it is another product, and the SKU is taken.
    let (code, _) = faults_of(&upsert(&world, json!({"external_id": "x3", "name": "N", "sku": "S2"})).await);
    assert_eq!(code, ErrorCode::Conflict);
    // A product without an external id takes the row's.
    let adopted = upsert(&world, json!({"external_id": "x1", "sku": "S1"})).await;
    assert!(matches!(adopted, Outcome::Updated(product) if product.external_id.as_deref() == Some("x1")));
}

#[tokio::test]
async fn later_rows_see_what_earlier_ones_did_and_bad_ones_leave_nothing() {
    let world = World::new();
    let rows = vec![
        json!({"external_id": "a", "name": "A", "sku": "1"}),
        json!({"external_id": "a", "description": "more"}),
        json!({"external_id": "b", "name": "B", "sku": "1"}),
        json!({"external_id": "c", "name": "", "tags": 5}),
        json!("nonsense"),
        json!({"external_id": "d", "name": "D", "sku": "2"}),
    ];
    let outcomes = world.service.upsert_many(rows, &world.actor).await.expect("outcomes");
    assert!(matches!(&outcomes[0], Outcome::Created(_)));
    assert!(matches!(&outcomes[1], Outcome::Updated(product) if product.description == "more"));
    assert_eq!(faults_of(&outcomes[2]).1, ["/sku duplicate_sku"]);
    assert_eq!(faults_of(&outcomes[3]).1, ["/name too_short", "/tags wrong_type"]);
    assert_eq!(faults_of(&outcomes[4]).0, ErrorCode::Validation);
    assert!(matches!(&outcomes[5], Outcome::Created(_)));
    assert_eq!(world.service.products_after(0, 10).await.expect("products").len(), 2);
    world.is_sound().await;
}

#[tokio::test]
async fn an_aborted_batch_and_a_validation_leave_nothing_and_tell_everything() {
    let world = World::new();
    let product = world.create(json!({"name": "Mug", "sku": "M"})).await;
    let writes = || {
        vec![
            ProductWrite::Create(json!({"name": "New", "sku": "N"})),
            ProductWrite::Update { id: product.id, expected: Expected::Any, patch: json!({"name": "Cup"}) },
            ProductWrite::Delete { id: ProductId::generate(), expected: Expected::Any },
            ProductWrite::Create(json!({"name": "Bad", "sku": "M"})),
            ProductWrite::Delete { id: product.id, expected: Expected::OneOf(vec![product.version]) },
        ]
    };
    let run = |on_error, validate_only| {
        let options = BatchOptions { on_error, validate_only };
        world.service.write_many(writes(), options, &world.actor, None)
    };
    for (on_error, validate_only) in [(OnError::Abort, false), (OnError::Skip, true), (OnError::Abort, true)]
    {
        let report = run(on_error, validate_only).await.expect("a report");
        assert!(!report.committed);
        let codes: Vec<_> = report
            .outcomes
            .iter()
            .map(|outcome| matches!(outcome, Outcome::Rejected(_)).then(|| faults_of(outcome).0))
            .collect();
        let wanted = [
            None,
            None,
            Some(ErrorCode::NotFound),
            Some(ErrorCode::Conflict),
            // The update before it made another version.
            Some(ErrorCode::PreconditionFailed),
        ];
        assert_eq!(codes, wanted);
        assert_eq!(world.find(product.id).await, Some(product.clone()));
        assert_eq!(world.db.changes_after(0, 10).await.expect("events").len(), 1);
    }
    let report = run(OnError::Skip, false).await.expect("a report");
    assert!(report.committed);
    assert_eq!(world.find(product.id).await.expect("there").name, "Cup");
    assert_eq!(world.db.changes_after(0, 10).await.expect("events").len(), 3);
    world.is_sound().await;
}

/// Rows of products in many categories, none of which the rows name: they are looked up together, not one after another.
#[tokio::test]
async fn a_batch_may_concern_any_number_of_categories() {
    let world = World::new();
    let mut rows = Vec::new();
    for n in 0..30 {
        let external_id = format!("x{n}");
        world
            .create(json!({"name": "Mug", "external_id": external_id, "category_ids": [world.category()]}))
            .await;
        rows.push(json!({"external_id": external_id, "attributes": {"a": n}}));
    }
    let calls = world.categories.calls();
    let outcomes = world.service.upsert_many(rows, &world.actor).await.expect("outcomes");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Updated(_))));
    assert_eq!(world.categories.calls(), calls + 1);
}
