//! What the tests of this module start from: an empty catalog beside categories in memory.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use vitrine_catalog_api::testing::{CatalogSeed, SeedStatus};
use vitrine_category_api::testing::{FakeCategories, SeedCategory};
use vitrine_category_api::{AttributeDefinition, AttributeType};
use vitrine_kernel::{CategoryId, ErrorCode, Expected, Failure, Limit, ManualClock, Principal, ProductId};
use vitrine_testing::{TempDb, clock};

use crate::MIGRATIONS;
use crate::domain::Product;
use crate::service::{CatalogService, ProductDetails, Visibility};
use crate::store::{DatabaseStore, ProductKey};

pub(crate) struct World {
    pub db: TempDb,
    pub categories: Arc<FakeCategories>,
    pub clock: Arc<ManualClock>,
    pub service: CatalogService,
    pub actor: Principal,
}

impl World {
    pub(crate) fn new() -> Self {
        let db = TempDb::open(&[MIGRATIONS]);
        let (categories, clock) = (Arc::new(FakeCategories::new()), clock());
        let store = Arc::new(DatabaseStore::new(db.handle(), clock.clone()));
        let service = CatalogService::new(store, categories.clone());
        Self { db, categories, clock, service, actor: Principal::operator() }
    }

    pub(crate) fn category(&self) -> CategoryId {
        self.categories.add(SeedCategory::named("Things"))
    }

    pub(crate) async fn create(&self, body: Value) -> Product {
        self.try_create(body).await.expect("created").product
    }

    pub(crate) async fn try_create(&self, body: Value) -> Result<ProductDetails, Failure> {
        self.service.create(body, &self.actor, None).await
    }

    pub(crate) async fn patch(&self, product: &Product, patch: Value) -> Result<Product, Failure> {
        let expected = Expected::OneOf(vec![product.version]);
        Ok(self.service.patch(product.id, expected, patch, &self.actor).await?.product)
    }

    pub(crate) async fn delete(&self, product: &Product) {
        self.service.delete(product.id, Expected::Any, &self.actor).await.expect("deleted");
    }

    pub(crate) async fn find(&self, id: ProductId) -> Option<Product> {
        let found = self.service.find(ProductKey::Id(id), Visibility::All).await.expect("found");
        found.map(|details| details.product)
    }

    /// Nothing that is made from the products may disagree with them, whatever a test did.
    pub(crate) async fn is_sound(&self) {
        assert_eq!(self.service.check().await.expect("checked"), Vec::<String>::new());
        assert_eq!(self.db.integrity_problems().await.expect("checked"), Vec::<String>::new());
    }
}

pub(crate) fn attribute(key: &str, kind: AttributeType) -> AttributeDefinition {
    AttributeDefinition {
        key: key.to_owned(),
        label: key.to_owned(),
        kind,
        unit: None,
        values: None,
        required: false,
        facet: false,
    }
}

/// The code of a failure and its faults as `pointer code`.
pub(crate) fn told<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> (ErrorCode, Vec<String>) {
    let failure = outcome.expect_err("a failure");
    let faults = failure.faults().iter().map(|fault| format!("{} {}", fault.pointer, fault.code));
    (failure.code(), faults.collect())
}

/// A body with two variants.
pub(crate) fn shirt(sku: &str) -> Value {
    let variant = |size: &str, amount: &str| {
        json!({
            "sku": format!("{sku}-{size}"),
            "options": {"Size": size},
            "price": {"amount": amount, "currency": "EUR"},
        })
    };
    json!({
        "name": "Shirt",
        "status": "active",
        "tags": ["Cotton", "Summer"],
        "options": ["Size"],
        "variants": [variant("S", "19.99"), variant("M", "24.99")],
    })
}

#[async_trait]
impl CatalogSeed for World {
    async fn category(&self) -> CategoryId {
        Self::category(self)
    }

    async fn create(&self, categories: &[CategoryId], status: SeedStatus) -> ProductId {
        let status = match status {
            SeedStatus::Draft => "draft",
            SeedStatus::Active => "active",
            SeedStatus::Archived => "archived",
        };
        Self::create(self, json!({"name": "Thing", "status": status, "category_ids": categories})).await.id
    }

    async fn delete(&self, id: ProductId) {
        self.service.delete(id, Expected::Any, &self.actor).await.expect("deleted");
    }

    async fn restore(&self, id: ProductId) {
        self.service.restore(id, &self.actor).await.expect("restored");
    }

    async fn categories_of(&self, id: ProductId) -> Vec<CategoryId> {
        self.find(id).await.expect("a product").category_ids
    }

    async fn last_actor(&self, id: ProductId) -> String {
        let page = self.service.history(id, None, Limit::default()).await.expect("a history");
        page.items[0].actor.clone()
    }
}
