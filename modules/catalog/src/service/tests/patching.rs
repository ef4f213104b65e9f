//! Merge patches.

use rstest::rstest;
use serde_json::{Value, json};
use vitrine_kernel::{ErrorCode, Expected, Version};

use crate::world::{World, shirt, told};

#[tokio::test]
async fn a_patch_changes_what_it_names_and_nothing_else() {
    let world = World::new();
    let product = world
        .create(json!({
            "name": "Mug", "description": "Holds coffee", "brand": "Acme", "sku": "M1",
            "price": {"amount": "5.00", "currency": "EUR"},
            "attributes": {"color": "blue", "weight": 300}, "metadata": {"a": {"b": 1}, "c": 2},
        }))
        .await;
    world.clock.advance_seconds(5);
    let patched = world
        .patch(
            &product,
            json!({
                "brand": null, "attributes": {"color": "red", "weight": null}, "metadata": {"a": {"d": 3}},
                "price": {"amount": "4.50"}, "compare_at_price": {"amount": "5", "currency": "EUR"},
            }),
        )
        .await
        .expect("patched");
    assert_eq!((patched.brand.as_ref(), patched.description.as_str()), (None, "Holds coffee"));
    assert_eq!(serde_json::to_value(&patched.attributes).expect("JSON"), json!({"color": "red"}));
    assert_eq!(Value::Object(patched.metadata.clone()), json!({"a": {"b": 1, "d": 3}, "c": 2}));
    let variant = &patched.variants[0];
    assert_eq!(variant.id, product.variants[0].id);
    assert_eq!(variant.price.expect("a price").to_string(), "4.50 EUR");
    assert_eq!(variant.sku.as_deref(), Some("M1"));
    assert_eq!((patched.version, patched.created_at), (Version(2), product.created_at));
    assert!(patched.updated_at > product.updated_at);
    world.is_sound().await;
}

#[tokio::test]
async fn a_patch_that_changes_nothing_makes_no_version() {
    let world = World::new();
    let product = world.create(shirt("A")).await;
    let same = world.patch(&product, json!({"name": "Shirt", "tags": ["Cotton", "Summer"]})).await;
    assert_eq!(same.expect("as it is"), product);
}

#[rstest]
#[case(json!([1]), &[" wrong_type"])]
#[case(json!({"id": null, "version": 7}), &["/id server_owned", "/version server_owned"])]
#[case(json!({"nmae": null, "colour": "red"}), &["/nmae unknown_field", "/colour unknown_field"])]
#[case(json!({"name": null}), &["/name required"])]
#[case(json!({"variants": null}), &["/variants required"])]
#[case(json!({"variants": []}), &["/variants too_few"])]
#[case(json!({"sku": "X"}), &["/sku has_options"])]
#[case(json!({"sku": "X", "variants": []}), &["/sku conflicts_with_variants", "/variants too_few"])]
#[case(json!({"options": null}), &[
    "/variants/0/options/Size unknown_option", "/variants/1/options/Size unknown_option", "/variants too_many"])]
#[case(json!({"options": null, "sku": "X"}), &["/sku has_variants",
    "/variants/0/options/Size unknown_option", "/variants/1/options/Size unknown_option", "/variants too_many"])]
#[case(json!({"name": "", "status": "sold", "tags": ["a", "A"], "category_ids": ["x"]}),
    &["/name too_short", "/status invalid_value", "/category_ids/0 invalid_value", "/tags/1 duplicate"])]
#[tokio::test]
async fn all_faults_of_a_patch_are_told(#[case] patch: Value, #[case] wanted: &[&str]) {
    let world = World::new();
    let product = world.create(shirt("A")).await;
    let (code, faults) = told(world.patch(&product, patch).await);
    assert_eq!(code, ErrorCode::Validation);
    assert_eq!(faults, wanted);
    assert_eq!(world.find(product.id).await, Some(product));
}

#[tokio::test]
async fn faults_of_the_shorthand_point_to_where_the_patch_has_them() {
    let world = World::new();
    let product = world.create(json!({"name": "Mug", "price": {"amount": "5", "currency": "EUR"}})).await;
    let patch = json!({"price": {"amount": "1.234"}, "compare_at_price": {"amount": 7, "currency": "EUR"}});
    let (_, faults) = told(world.patch(&product, patch).await);
    assert_eq!(faults, ["/price/amount invalid_amount", "/compare_at_price/amount wrong_type"]);
}

#[tokio::test]
async fn a_stale_version_is_refused() {
    let world = World::new();
    let product = world.create(json!({"name": "Mug"})).await;
    world.patch(&product, json!({"name": "Cup"})).await.expect("patched");
    assert_eq!(told(world.patch(&product, json!({"name": "Bowl"})).await).0, ErrorCode::PreconditionFailed);
    let stale = Expected::OneOf(vec![Version(1)]);
    let deleted = world.service.delete(product.id, stale, &world.actor).await;
    assert_eq!(told(deleted).0, ErrorCode::PreconditionFailed);
    let any = world.service.patch(product.id, Expected::Any, json!({"name": "Bowl"}), &world.actor).await;
    assert_eq!(any.expect("patched").product.version, Version(3));
}

#[tokio::test]
async fn without_a_slug_the_name_makes_one() {
    let world = World::new();
    let product = world.create(json!({"name": "Mug", "slug": "special"})).await;
    let product = world.patch(&product, json!({"name": "Big Mug"})).await.expect("patched");
    assert_eq!(product.slug.as_str(), "special", "a new name leaves the address alone");
    let product = world.patch(&product, json!({"slug": null})).await.expect("patched");
    assert_eq!(product.slug.as_str(), "big-mug");
}
