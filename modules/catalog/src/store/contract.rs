//! What every [`CatalogStore`] must do, as functions over a factory: a store for another database runs the same suite.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;

use serde_json::{Value, json};
use vitrine_kernel::{CategoryId, ErrorCode, Expected, ProductId, Slug, Version};
use vitrine_testing::{TempDb, clock};

use super::{
    CatalogStore, DatabaseStore, OnError, Outcome, Prepared, ProductKey, SlugMatch, Write, WriteBatch,
    WriteError, WriteReport,
};
use crate::MIGRATIONS;
use crate::domain::{Action, BodyKind, Candidate, CategoryDirectory, NewProduct, Product};
use crate::world::told;

/// Runs each case on a store of its own, which `open` makes.
pub(super) async fn all<S: CatalogStore, Opened: Future<Output = (S, TempDb)>>(open: impl Fn() -> Opened) {
    macro_rules! run {
        ($($case:ident),* $(,)?) => { $(
            let (store, _database) = open().await;
            $case(&store).await;
            sound(&store, stringify!($case)).await;
        )* };
    }
    run!(
        a_product_is_found_by_its_names,
        names_are_unique_among_what_is_not_deleted,
        an_update_is_for_one_version,
        an_update_that_changes_nothing_makes_no_version,
        former_slugs_lead_on,
        a_batch_is_all_or_nothing_where_it_says_so,
        categories_that_were_not_asked_for_stop_everything,
        histories_are_read_backwards,
        products_come_in_the_order_of_their_creation,
        reassigning_goes_by_steps,
    );
}

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    all(|| async {
        let database = TempDb::open(&[MIGRATIONS]);
        (DatabaseStore::new(database.handle(), clock()), database)
    })
    .await;
}

async fn sound(store: &dyn CatalogStore, case: &str) {
    let checked = store.check_indexes(0).await.expect("checked");
    assert_eq!(checked.problems, Vec::<String>::new(), "{case}");
}

pub(super) fn create(body: Value) -> Write {
    let new = NewProduct::read(body, BodyKind::Create).expect("a good body");
    let directory = directory_of(&new);
    let candidate = Candidate::create(new, &directory).expect("asked").expect("no fault");
    Write::Create(Box::new(Prepared::new(candidate)))
}

/// Every category exists and wants nothing.
fn directory_of(new: &NewProduct) -> CategoryDirectory {
    let keys: Vec<_> = new.categories.iter().map(|category| category.key.clone()).collect();
    let found = keys.iter().map(|key| {
        let vitrine_category_api::CategoryKey::Id(id) = key else { panic!("ids only") };
        let summary = vitrine_category_api::CategorySummary {
            id: *id,
            name: "Things".to_owned(),
            slug: Slug::parse("things").expect("a slug"),
            external_id: None,
            status: vitrine_category_api::CategoryStatus::Active,
            visible: true,
            trail: Vec::new(),
            attributes: Vec::new(),
        };
        (key.clone(), summary)
    });
    let mut directory = CategoryDirectory::default();
    directory.learn(keys.clone(), found.collect());
    directory
}

fn update(product: &Product, patch: Value) -> Write {
    Write::Update { id: product.id, expected: Expected::OneOf(vec![product.version]), patch }
}

pub(super) async fn run(
    store: &dyn CatalogStore,
    writes: Vec<Write>,
    on_error: OnError,
) -> Result<WriteReport, WriteError> {
    let batch = WriteBatch {
        writes,
        actor: "tester".to_owned(),
        directory: CategoryDirectory::default(),
        on_error,
        validate_only: false,
        record: None,
    };
    store.write(Arc::new(batch)).await
}

async fn one(store: &dyn CatalogStore, write: Write) -> Outcome {
    run(store, vec![write], OnError::Skip).await.expect("written").outcomes.remove(0)
}

async fn made(store: &dyn CatalogStore, body: Value) -> Product {
    match one(store, create(body)).await {
        Outcome::Created(product) => product,
        other => panic!("{other:?}"),
    }
}

async fn by_id(store: &dyn CatalogStore, id: ProductId) -> Option<Product> {
    store.find(ProductKey::Id(id)).await.expect("asked")
}

async fn a_product_is_found_by_its_names(store: &dyn CatalogStore) {
    let product = made(store, json!({"name": "Mug", "external_id": "x", "sku": "M"})).await;
    for key in [ProductKey::Id(product.id), ProductKey::Sku("M".into()), ProductKey::ExternalId("x".into())] {
        assert_eq!(store.find(key).await.expect("asked").as_ref(), Some(&product));
    }
    for key in [
        ProductKey::Id(ProductId::generate()),
        ProductKey::Sku("m".into()),
        ProductKey::ExternalId("X".into()),
    ] {
        assert_eq!(store.find(key).await.expect("asked"), None);
    }
}

async fn names_are_unique_among_what_is_not_deleted(store: &dyn CatalogStore) {
    let body = || json!({"name": "Mug", "slug": "mug", "external_id": "x", "sku": "M"});
    let first = made(store, body()).await;
    let Outcome::Rejected(failure) = one(store, create(body())).await else { panic!("taken") };
    assert_eq!(told(Err::<(), _>(failure)).1.len(), 3);
    one(store, Write::Delete { id: first.id, expected: Expected::Any }).await;
    assert_eq!(by_id(store, first.id).await, None);
    made(store, body()).await;
    let Outcome::Rejected(failure) = one(store, Write::Restore { id: first.id }).await else {
        panic!("taken")
    };
    assert_eq!(failure.code(), ErrorCode::Conflict);
}

async fn an_update_is_for_one_version(store: &dyn CatalogStore) {
    let product = made(store, json!({"name": "Mug"})).await;
    let Outcome::Updated(second) = one(store, update(&product, json!({"name": "Cup"}))).await else {
        panic!()
    };
    assert_eq!(second.version, Version(2));
    let Outcome::Rejected(failure) = one(store, update(&product, json!({"name": "Jug"}))).await else {
        panic!()
    };
    assert_eq!(failure.code(), ErrorCode::PreconditionFailed);
    assert_eq!(by_id(store, product.id).await, Some(second));
}

async fn an_update_that_changes_nothing_makes_no_version(store: &dyn CatalogStore) {
    let product = made(store, json!({"name": "Mug", "tags": ["a"]})).await;
    let outcome = one(store, update(&product, json!({"tags": ["a"], "brand": null}))).await;
    assert!(matches!(outcome, Outcome::Unchanged(same) if same == product));
    assert_eq!(store.history(product.id, None, 10).await.expect("asked").len(), 1);
}

async fn former_slugs_lead_on(store: &dyn CatalogStore) {
    let product = made(store, json!({"name": "Mug"})).await;
    let Outcome::Updated(product) = one(store, update(&product, json!({"slug": "cup"}))).await else {
        panic!()
    };
    let mug = || Slug::parse("mug").expect("a slug");
    let found = store.find_by_slug(mug()).await.expect("asked");
    assert_eq!(found, Some(SlugMatch::Former(Box::new(product))));
    let other = made(store, json!({"name": "Mug"})).await;
    assert_eq!(store.find_by_slug(mug()).await.expect("asked"), Some(SlugMatch::Current(Box::new(other))));
}

async fn a_batch_is_all_or_nothing_where_it_says_so(store: &dyn CatalogStore) {
    let writes = || {
        vec![
            create(json!({"name": "A", "sku": "S"})),
            create(json!({"name": "B", "sku": "S"})),
            create(json!({"name": "C"})),
        ]
    };
    let report = run(store, writes(), OnError::Abort).await.expect("decided");
    assert!(!report.committed && matches!(report.outcomes[1], Outcome::Rejected(_)));
    assert!(store.products_after(0, 10).await.expect("asked").is_empty());
    let report = run(store, writes(), OnError::Skip).await.expect("decided");
    assert!(report.committed);
    assert_eq!(store.products_after(0, 10).await.expect("asked").len(), 2);
}

async fn categories_that_were_not_asked_for_stop_everything(store: &dyn CatalogStore) {
    let product = made(store, json!({"name": "Mug"})).await;
    let patch = json!({"category_ids": [CategoryId::generate()]});
    let writes = vec![create(json!({"name": "Other"})), update(&product, patch)];
    assert!(
        matches!(run(store, writes, OnError::Skip).await, Err(WriteError::NotAsked(keys)) if keys.len() == 1)
    );
    assert_eq!(store.products_after(0, 10).await.expect("asked").len(), 1);
}

async fn histories_are_read_backwards(store: &dyn CatalogStore) {
    let mut product = made(store, json!({"name": "Mug"})).await;
    for round in 0..4 {
        let outcome = one(store, update(&product, json!({"brand": format!("b{round}")}))).await;
        let Outcome::Updated(next) = outcome else { panic!("{outcome:?}") };
        product = next;
    }
    let page = store.history(product.id, None, 2).await.expect("asked");
    assert_eq!(page.iter().map(|entry| entry.version.0).collect::<Vec<_>>(), [5, 4]);
    let rest = store.history(product.id, Some(Version(4)), 10).await.expect("asked");
    assert_eq!(rest.iter().map(|entry| entry.version.0).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!((rest[2].action, rest[2].actor.as_str()), (Action::Created, "tester"));
    assert_eq!(rest[1].changes["brand"], json!({"from": null, "to": "b0"}));
}

async fn products_come_in_the_order_of_their_creation(store: &dyn CatalogStore) {
    let mut ids = Vec::new();
    for name in ["B", "A", "C", "D"] {
        ids.push(made(store, json!({"name": name})).await.id);
    }
    one(store, Write::Delete { id: ids.remove(1), expected: Expected::Any }).await;
    let (mut seen, mut position) = (Vec::new(), 0);
    loop {
        let page = store.products_after(position, 2).await.expect("asked");
        let Some((last, _)) = page.last() else { break };
        position = *last;
        seen.extend(page.into_iter().map(|(_, product)| product.id));
    }
    assert_eq!(seen, ids);
}

async fn reassigning_goes_by_steps(store: &dyn CatalogStore) {
    let (old, new) = (CategoryId::generate(), CategoryId::generate());
    for _ in 0..5 {
        made(store, json!({"name": "Mug", "category_ids": [old]})).await;
    }
    let mut steps = Vec::new();
    for _ in 0..4 {
        steps
            .push(store.reassign_some(vec![old].into(), Some(new), "tester".into(), 2).await.expect("moved"));
    }
    assert_eq!(steps, [2, 2, 1, 0]);
    let used: HashSet<_> = store.categories_in_use().await.expect("asked").into_iter().collect();
    assert_eq!(used, HashSet::from([new]));
    assert_eq!(store.count_in_any(vec![new]).await.expect("asked").total, 5);
}
