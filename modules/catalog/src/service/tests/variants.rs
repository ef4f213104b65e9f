//! Variants keep their ids.

use serde_json::{Value, json};
use vitrine_kernel::VariantId;

use crate::world::{World, shirt, told};

fn size(sku: Option<&str>, size: &str) -> Value {
    json!({"sku": sku, "options": {"Size": size}})
}

#[tokio::test]
async fn a_variant_is_known_by_its_id_its_sku_or_its_options() {
    let world = World::new();
    let product = world.create(shirt("A")).await;
    let (small, medium) = (product.variants[0].id, product.variants[1].id);
    // In another order, one under another SKU, a third one new.
    let mut by_id = size(Some("B-M"), "M");
    by_id["id"] = json!(medium);
    let patch = json!({"variants": [by_id, size(Some("A-L"), "L"), size(Some("A-S"), "S")]});
    let product = world.patch(&product, patch).await.expect("patched");
    let ids: Vec<_> = product.variants.iter().map(|variant| variant.id).collect();
    assert_eq!((ids[0], ids[2]), (medium, small));
    let large = ids[1];
    assert!(![small, medium].contains(&large));
    // By SKU though the size is another one; by size though the SKU is gone.
    let patch = json!({"variants": [size(Some("A-S"), "XS"), size(None, "L"), size(Some("B-M"), "M")]});
    let product = world.patch(&product, patch).await.expect("patched");
    let ids: Vec<_> = product.variants.iter().map(|variant| variant.id).collect();
    assert_eq!(ids, [small, large, medium]);
    world.is_sound().await;
}

#[tokio::test]
async fn an_id_beats_a_sku() {
    let world = World::new();
    let product = world.create(shirt("A")).await;
    let (small, medium) = (product.variants[0].id, product.variants[1].id);
    // The small one takes the SKU of the medium one, which gets a new SKU.
    let mut first = size(Some("A-M"), "S");
    first["id"] = json!(small);
    let patch = json!({"variants": [first, size(Some("A-M2"), "M")]});
    let product = world.patch(&product, patch).await.expect("patched");
    let ids: Vec<_> = product.variants.iter().map(|variant| variant.id).collect();
    assert_eq!(ids, [small, medium]);
    world.is_sound().await;
}

#[tokio::test]
async fn ids_that_are_not_the_products_are_faults() {
    let world = World::new();
    let product = world.create(shirt("A")).await;
    let other = world.create(shirt("B")).await;
    let with = |id: VariantId, name: &str| {
        let mut variant = size(None, name);
        variant["id"] = json!(id);
        variant
    };
    let patch = json!({"variants": [with(other.variants[0].id, "S"), with(VariantId::generate(), "M")]});
    let (_, faults) = told(world.patch(&product, patch).await);
    assert_eq!(faults, ["/variants/0/id unknown_variant", "/variants/1/id unknown_variant"]);
    let own = product.variants[0].id;
    let (_, faults) =
        told(world.patch(&product, json!({"variants": [with(own, "S"), with(own, "M")]})).await);
    assert_eq!(faults, ["/variants/1/id duplicate"]);
    let mut body = shirt("C");
    body["variants"][0]["id"] = json!(own);
    let (_, faults) = told(world.try_create(body).await);
    assert_eq!(faults, ["/variants/0/id server_owned"]);
}

#[tokio::test]
async fn one_product_may_swap_the_skus_of_its_variants() {
    let world = World::new();
    let product = world.create(shirt("A")).await;
    let patch = json!({"variants": [size(Some("A-M"), "S"), size(Some("A-S"), "M")]});
    world.patch(&product, patch).await.expect("patched");
    world.is_sound().await;
}

#[tokio::test]
async fn a_product_can_gain_and_lose_options() {
    let world = World::new();
    let plain = world.create(json!({"name": "Shirt", "sku": "P"})).await;
    let only = plain.variants[0].id;
    let patch = json!({"options": ["Size"], "variants": [size(Some("P"), "S"), size(Some("P-M"), "M")]});
    let sized = world.patch(&plain, patch).await.expect("patched");
    assert_eq!(sized.variants[0].id, only, "known by its SKU");
    assert_eq!(sized.sku(), None);
    let patch = json!({"options": [], "variants": [{"sku": "P"}]});
    let plain = world.patch(&sized, patch).await.expect("patched");
    assert_eq!((plain.variants[0].id, plain.sku()), (only, Some("P")));
    world.create(json!({"name": "Other", "sku": "P-M"})).await;
    world.is_sound().await;
}
