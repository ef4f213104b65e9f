mod bulk;
mod categories;
mod concurrency;
mod gone;
mod names;
mod patching;
mod upserting;
mod variants;

use serde_json::json;
use vitrine_catalog_api::testing::contract;
use vitrine_kernel::{ErrorCode, Limit, Version};

use crate::domain::{Action, ProductStatus};
use crate::service::Visibility;
use crate::store::ProductKey;
use crate::world::{World, shirt, told};

#[tokio::test]
async fn a_created_product_is_found_by_id_sku_and_slug() {
    let world = World::new();
    let product = world.create(shirt("A")).await;
    assert_eq!(product.version, Version::FIRST);
    assert_eq!(product.slug.as_str(), "shirt");
    assert_eq!(product.published_at, Some(product.created_at));
    let range = product.price_range().expect("priced");
    assert_eq!((range.min.to_string(), range.max.to_string()), ("19.99 EUR".into(), "24.99 EUR".into()));
    for key in [ProductKey::Id(product.id), ProductKey::Sku("A-M".into())] {
        let found = world.service.find(key, Visibility::Published).await.expect("found").expect("there");
        assert_eq!(found.product, product);
    }
    assert!(world.service.find(ProductKey::Sku("A".into()), Visibility::All).await.expect("asked").is_none());
    world.is_sound().await;
}

#[tokio::test]
async fn only_active_products_are_published() {
    let world = World::new();
    let draft = world.create(json!({"name": "Secret"})).await;
    assert_eq!((draft.status, draft.published_at), (ProductStatus::Draft, None));
    let seen = |visibility| world.service.find(ProductKey::Id(draft.id), visibility);
    assert!(seen(Visibility::Published).await.expect("asked").is_none());
    assert!(seen(Visibility::All).await.expect("asked").is_some());

    let active = world.patch(&draft, json!({"status": "active"})).await.expect("patched");
    assert!(seen(Visibility::Published).await.expect("asked").is_some());
    world.clock.advance_seconds(60);
    let archived = world.patch(&active, json!({"status": "archived"})).await.expect("patched");
    assert!(seen(Visibility::Published).await.expect("asked").is_none());
    let again = world.patch(&archived, json!({"status": "active"})).await.expect("patched");
    assert_eq!(again.published_at, active.published_at, "the first time counts");
}

#[tokio::test]
async fn the_history_tells_who_did_what_and_outlives_the_product() {
    let world = World::new();
    let product = world.create(json!({"name": "Mug"})).await;
    world.clock.advance_seconds(1);
    let cup = world.patch(&product, json!({"name": "Cup", "tags": ["blue"]})).await.expect("patched");
    world.delete(&cup).await;
    let limit = Limit::new(2).expect("a limit");
    let first = world.service.history(product.id, None, limit).await.expect("a page");
    let cursor = first.next_cursor.as_deref();
    let second = world.service.history(product.id, cursor, limit).await.expect("a page");
    let actions: Vec<_> = first.items.iter().chain(&second.items).map(|entry| entry.action).collect();
    assert_eq!(actions, [Action::Deleted, Action::Updated, Action::Created]);
    assert_eq!(second.next_cursor, None);
    let update = &first.items[1];
    assert_eq!((update.version, update.actor.as_str()), (Version(2), "operator"));
    assert_eq!(update.occurred_at, cup.updated_at);
    assert_eq!(
        serde_json::to_value(&update.changes).expect("JSON"),
        json!({"name": {"from": "Mug", "to": "Cup"}, "tags": {"from": [], "to": ["blue"]}})
    );
    // A cursor of another history is none of this one's.
    let other = world.create(json!({"name": "Other"})).await;
    let (code, _) = told(world.service.history(other.id, cursor, limit).await);
    assert_eq!(code, ErrorCode::InvalidCursor);
}

#[tokio::test]
async fn every_version_has_its_event() {
    let world = World::new();
    let product = world.create(json!({"name": "Mug"})).await;
    let product = world.patch(&product, json!({"name": "Cup"})).await.expect("patched");
    world.patch(&product, json!({"name": "Cup"})).await.expect("nothing to do");
    world.delete(&product).await;
    world.service.restore(product.id, &world.actor).await.expect("restored");
    let events = world.db.changes_after(0, 10).await.expect("events");
    let told: Vec<_> = events.iter().map(|event| (event.kind.as_str(), event.version.0)).collect();
    let wanted =
        [("product.created", 1), ("product.updated", 2), ("product.deleted", 3), ("product.restored", 4)];
    assert_eq!(told, wanted);
    assert!(events.iter().all(|event| event.key == product.id.0));
}

#[tokio::test]
async fn the_service_keeps_the_contract_of_the_port() {
    let world = World::new();
    contract::all(&world.service, &world).await;
    world.is_sound().await;
}

#[tokio::test]
async fn damaged_indexes_are_found_and_repaired() {
    use diesel_async::SimpleAsyncConnection as _;
    use vitrine_db::{DbError, on_conn};

    let world = World::new();
    let product = world.create(shirt("A")).await;
    let gone = world.create(shirt("B")).await;
    world.delete(&gone).await;
    for damage in [
        "DELETE FROM catalog_skus WHERE sku = 'A-M'",
        "UPDATE catalog_prices SET min_key = 1",
        "DELETE FROM catalog_product_tags",
        "UPDATE catalog_product_attributes SET value = 'XL' WHERE value = 'S'",
        "DELETE FROM catalog_search",
        "INSERT INTO catalog_search (rowid, name) SELECT seq, 'x' FROM catalog_products WHERE deleted_at IS NOT NULL",
        "UPDATE catalog_products SET status = 'draft'",
        "UPDATE catalog_products SET price_key = 0",
    ] {
        let outcome: Result<(), DbError> = world
            .db
            .write(move |conn| Box::pin(async move { on_conn!(conn, |c| c.batch_execute(damage)) }))
            .await;
        outcome.expect("damaged");
        assert!(!world.service.check().await.expect("checked").is_empty(), "{damage}");
        assert_eq!(world.service.repair().await.expect("repaired"), 2);
        world.is_sound().await;
    }
    assert_eq!(world.find(product.id).await, Some(product));
}
