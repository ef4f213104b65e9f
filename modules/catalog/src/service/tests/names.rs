//! Names that only one product may have.

use serde_json::json;
use vitrine_kernel::{ErrorCode, Slug};

use crate::service::{FoundBySlug, Visibility};
use crate::world::{World, shirt, told};

#[tokio::test]
async fn every_name_in_use_is_a_conflict_with_its_pointer() {
    let world = World::new();
    world.create(json!({"name": "One", "slug": "one", "external_id": "x1", "sku": "S1"})).await;
    let mut body = shirt("A");
    body["slug"] = json!("one");
    body["external_id"] = json!("x1");
    body["variants"][1]["sku"] = json!("S1");
    let (code, faults) = told(world.try_create(body).await);
    assert_eq!(code, ErrorCode::Conflict);
    assert_eq!(
        faults,
        ["/external_id duplicate_external_id", "/slug duplicate_slug", "/variants/1/sku duplicate_sku"]
    );
    // The shorthand's fault points to where the body has it.
    let (_, faults) = told(world.try_create(json!({"name": "Two", "sku": "S1"})).await);
    assert_eq!(faults, ["/sku duplicate_sku"]);
    let two = world.create(json!({"name": "Two", "sku": "S2"})).await;
    let (code, faults) = told(world.patch(&two, json!({"sku": "S1", "slug": "one"})).await);
    assert_eq!((code, faults.len()), (ErrorCode::Conflict, 2));
    world.is_sound().await;
}

#[tokio::test]
async fn products_of_one_name_get_slugs_of_their_own() {
    let world = World::new();
    let mut slugs = Vec::new();
    for _ in 0..8 {
        slugs.push(world.create(json!({"name": "Кофе"})).await.slug);
    }
    assert_eq!(slugs[0].as_str(), "kofe");
    assert_eq!(slugs[1].as_str(), "kofe-2");
    assert!(slugs.iter().all(|slug| Slug::parse(slug.as_str()).as_ref() == Some(slug)));
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 8);
}

#[tokio::test]
async fn a_former_slug_leads_to_the_current_one_until_another_product_takes_it() {
    let world = World::new();
    let product = world.create(json!({"name": "Mug", "status": "active"})).await;
    let product = world.patch(&product, json!({"slug": "cup"})).await.expect("patched");
    let product = world.patch(&product, json!({"slug": "beaker"})).await.expect("patched");
    let find = |slug: &str| {
        let slug = Slug::parse(slug).expect("a slug");
        let service = world.service.clone();
        async move { service.find_by_slug(slug, Visibility::Published).await.expect("asked") }
    };
    assert_eq!(find("mug").await, Some(FoundBySlug::Moved(product.slug.clone())));
    assert_eq!(find("cup").await, Some(FoundBySlug::Moved(product.slug.clone())));
    assert!(matches!(find("beaker").await, Some(FoundBySlug::Current(_))));

    let other = world.create(json!({"name": "Mug", "status": "active"})).await;
    assert_eq!(other.slug.as_str(), "mug");
    assert!(matches!(find("mug").await, Some(FoundBySlug::Current(found)) if found.product.id == other.id));
    // Back to where it was: it is its current slug again, and the one it leaves is a former one.
    let product = world.patch(&product, json!({"slug": "cup"})).await.expect("patched");
    assert!(matches!(find("cup").await, Some(FoundBySlug::Current(_))));
    assert_eq!(find("beaker").await, Some(FoundBySlug::Moved(product.slug.clone())));
    world.delete(&product).await;
    assert_eq!(find("beaker").await, None);
    assert_eq!(find("cup").await, None);
}

#[tokio::test]
async fn deletion_frees_names_and_restoring_asks_for_them_again() {
    let world = World::new();
    let first = world.create(json!({"name": "Mug", "slug": "mug", "external_id": "x", "sku": "S"})).await;
    world.delete(&first).await;
    assert_eq!(world.find(first.id).await, None);
    let second = world.create(json!({"name": "Mug", "slug": "mug", "external_id": "x", "sku": "S"})).await;

    let (code, faults) = told(world.service.restore(first.id, &world.actor).await);
    assert_eq!(code, ErrorCode::Conflict);
    let wanted =
        ["/external_id duplicate_external_id", "/slug duplicate_slug", "/variants/0/sku duplicate_sku"];
    assert_eq!(faults, wanted);
    assert_eq!(world.find(first.id).await, None);

    world.delete(&second).await;
    let restored = world.service.restore(first.id, &world.actor).await.expect("restored").product;
    assert_eq!(restored.version.0, 3);
    assert_eq!(world.find(first.id).await, Some(restored.clone()));
    // A second time there is nothing to take back.
    let again = world.service.restore(first.id, &world.actor).await.expect("as it is").product;
    assert_eq!(again, restored);
    world.is_sound().await;
}

#[tokio::test]
async fn a_deleted_product_is_gone_for_every_change() {
    let world = World::new();
    let product = world.create(json!({"name": "Mug"})).await;
    world.delete(&product).await;
    assert_eq!(told(world.patch(&product, json!({"name": "Cup"})).await).0, ErrorCode::NotFound);
    let again = world.service.delete(product.id, vitrine_kernel::Expected::Any, &world.actor).await;
    assert_eq!(told(again).0, ErrorCode::NotFound);
}
