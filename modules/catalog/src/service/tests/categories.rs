//! Categories and the attributes they want.

use rstest::rstest;
use serde_json::{Value, json};
use vitrine_category_api::testing::{CategorySeed as _, SeedCategory};
use vitrine_category_api::{AttributeDefinition, AttributeType, CategoryPortError};
use vitrine_kernel::{CategoryId, ErrorCode};

use crate::world::{World, attribute, told};

fn screens(world: &World) -> CategoryId {
    let size = AttributeDefinition { required: true, ..attribute("screen_size", AttributeType::Number) };
    let panel = AttributeDefinition {
        values: Some(vec!["OLED".into(), "LCD".into()]),
        ..attribute("panel", AttributeType::Enum)
    };
    let parent = world.categories.add(SeedCategory::named("Electronics").with(size));
    let category = SeedCategory::named("Screens")
        .under(parent)
        .with(panel)
        .with(attribute("curved", AttributeType::Boolean))
        .with(attribute("since", AttributeType::Date))
        .with(attribute("note", AttributeType::Text));
    world.categories.add(category)
}

#[rstest]
#[case(json!({"screen_size": 27, "panel": "OLED", "curved": true, "since": "2024-02-29", "note": "x", "free": [ "a" ]}), &[])]
#[case(json!({"screen_size": 27.5, "panel": ["OLED", "LCD"], "note": ["a", "b"]}), &[])]
#[case(json!({"screen_size": "27"}), &["/attributes/screen_size wrong_type"])]
#[case(json!({"panel": "CRT", "screen_size": 1}), &["/attributes/panel not_allowed"])]
#[case(json!({"panel": ["OLED", "CRT"], "screen_size": 1}), &["/attributes/panel not_allowed"])]
#[case(json!({"curved": "yes", "screen_size": 1}), &["/attributes/curved wrong_type"])]
#[case(json!({"since": "2023-02-29", "screen_size": 1}), &["/attributes/since wrong_type"])]
#[case(json!({"since": "2023-2-9", "screen_size": 1}), &["/attributes/since wrong_type"])]
#[case(json!({"note": 5, "curved": 1}),
    &["/attributes/curved wrong_type", "/attributes/note wrong_type", "/attributes/screen_size required"])]
#[tokio::test]
async fn attributes_follow_the_schema_in_force(#[case] attributes: Value, #[case] wanted: &[&str]) {
    let world = World::new();
    let category = screens(&world);
    let body =
        json!({"name": "TV", "status": "active", "category_ids": [category], "attributes": attributes});
    let outcome = world.try_create(body).await;
    if wanted.is_empty() {
        outcome.expect("created");
    } else {
        assert_eq!(told(outcome), (ErrorCode::Validation, wanted.iter().map(|w| (*w).to_owned()).collect()));
    }
}

#[tokio::test]
async fn what_is_required_is_required_of_active_products() {
    let world = World::new();
    let category = screens(&world);
    let draft = world.create(json!({"name": "TV", "category_ids": [category]})).await;
    let (_, faults) = told(world.patch(&draft, json!({"status": "active"})).await);
    assert_eq!(faults, ["/attributes/screen_size required"]);
    let patch = json!({"status": "active", "attributes": {"Screen Size": 42}});
    world.patch(&draft, patch).await.expect("an attribute by the name that people see");
}

#[tokio::test]
async fn variants_may_say_what_the_product_does_not() {
    let world = World::new();
    let category = screens(&world);
    let variant = |size: &str| json!({"options": {"Screen Size": size}});
    let body = |first: &str| {
        json!({"name": "TV", "status": "active", "category_ids": [category], "options": ["Screen Size"],
            "variants": [variant(first), variant("42")]})
    };
    world.create(body("27")).await;
    let (_, faults) = told(world.try_create(body("big")).await);
    assert_eq!(faults, ["/variants/0/options/Screen Size wrong_type"]);
    let body = json!({"name": "TV", "category_ids": [category],
        "variants": [{"attributes": {"panel": "CRT"}}]});
    let (_, faults) = told(world.try_create(body).await);
    assert_eq!(faults, ["/variants/0/attributes/panel not_allowed"]);
}

#[tokio::test]
async fn unknown_and_repeated_categories_are_faults() {
    let world = World::new();
    let category = world.category();
    let body = json!({"name": "TV", "category_ids": [CategoryId::generate(), category]});
    let (code, faults) = told(world.try_create(body).await);
    assert_eq!((code, faults), (ErrorCode::Validation, vec!["/category_ids/0 unknown_category".to_owned()]));
    let body = json!({"name": "TV", "category_ids": [category, category, "?"]});
    let (_, faults) = told(world.try_create(body).await);
    assert_eq!(faults, ["/category_ids/2 invalid_value", "/category_ids/1 duplicate"]);
}

#[tokio::test]
async fn details_carry_the_categories_and_the_trail() {
    let world = World::new();
    let category = screens(&world);
    let other = world.category();
    let details = world.try_create(json!({"name": "TV", "category_ids": [category, other]})).await;
    let details = details.expect("created");
    assert_eq!(details.categories[0].trail.len(), 2);
    assert_eq!(details.categories.iter().map(|c| c.id).collect::<Vec<_>>(), [category, other]);
}

/// A change of the categories must not make every later change of a product fail.
#[tokio::test]
async fn only_what_a_change_touches_is_checked_again() {
    let world = World::new();
    let category = world.category();
    let product = world
        .create(
            json!({"name": "TV", "status": "active", "category_ids": [category], "attributes": {"a": "x"}}),
        )
        .await;
    let strict = SeedCategory::named("Strict").with(attribute("a", AttributeType::Number));
    world.categories.put(category, strict);
    let product = world.patch(&product, json!({"name": "Television"})).await.expect("patched");
    let (_, faults) = told(world.patch(&product, json!({"attributes": {"b": 1}})).await);
    assert_eq!(faults, ["/attributes/a wrong_type"]);

    world.categories.delete(category).await;
    let product = world.patch(&product, json!({"name": "TV set"})).await.expect("patched");
    let other = world.category();
    let patch = json!({"category_ids": [category, other]});
    let (_, faults) = told(world.patch(&product, patch).await);
    assert_eq!(faults, ["/category_ids/0 unknown_category"]);
    assert_eq!(world.service.check().await.expect("checked").len(), 1, "the check tells of it");
}

#[tokio::test]
async fn without_the_category_module_writing_waits() {
    let world = World::new();
    let category = world.category();
    world.categories.fail_with(Some(CategoryPortError::Unavailable("away".into())));
    let outcome = world.try_create(json!({"name": "TV", "category_ids": [category]})).await;
    assert_eq!(told(outcome).0, ErrorCode::Unavailable);
    // What needs no category needs no category module.
    world.create(json!({"name": "TV"})).await;
}
