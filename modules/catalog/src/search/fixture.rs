//! For the tests of search: a database with products.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Map;
use vitrine_category_api::testing::FakeCategories;
use vitrine_kernel::{
    CategoryId, Clock, CountMode, Currency, Expected, Limit, Money, ProductId, Slug, Timestamp, VariantId,
    Version,
};
use vitrine_testing::{Backend, TempDb};

use super::query::SearchQuery;
use super::request::{ListRequest, ProductFilter, Sort, Visibility};
use super::service::{ListAnswer, ProductSearch};
use crate::domain::{AttributeValue, Candidate, CategoryDirectory, Product, ProductStatus, Variant};
use crate::store::{CatalogStore, DatabaseStore, OnError, Outcome, Prepared, Write, WriteBatch};

/// Shows the time of the product that is being written.
struct GivenTime(AtomicI64);

impl Clock for GivenTime {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

pub(super) struct Fixture {
    pub(super) categories: Arc<FakeCategories>,
    pub(super) search: ProductSearch,
    store: DatabaseStore,
    clock: Arc<GivenTime>,
    _db: TempDb,
}

impl Fixture {
    pub(super) fn new(backend: Backend) -> Self {
        let db = TempDb::on(backend, &[crate::MIGRATIONS]);
        let (categories, clock) = (Arc::new(FakeCategories::new()), Arc::new(GivenTime(AtomicI64::new(0))));
        let search = ProductSearch::new(db.handle(), categories.clone());
        let store = DatabaseStore::new(db.handle(), clock.clone());
        Self { categories, search, store, clock, _db: db }
    }

    pub(super) async fn with(backend: Backend, all: impl IntoIterator<Item = Product>) -> Self {
        let fixture = Self::new(backend);
        fixture.add_all(all.into_iter().collect()).await;
        fixture
    }

    pub(super) async fn add(&self, product: Product) -> ProductId {
        let id = product.id;
        self.add_all(vec![product]).await;
        id
    }

    /// Products are created in this order, each at its own time.
    pub(super) async fn add_all(&self, all: Vec<Product>) -> Vec<ProductId> {
        for at_once in all.chunk_by(|a, b| a.created_at == b.created_at) {
            let Some(first) = at_once.first() else { continue };
            self.clock.0.store(first.created_at.as_millis(), Ordering::SeqCst);
            let create = |product: &Product| {
                Write::Create(Box::new(Prepared::new(Candidate::unchanged(product.clone()))))
            };
            self.write(at_once.iter().map(create).collect()).await;
        }
        all.iter().map(|product| product.id).collect()
    }

    pub(super) async fn remove(&self, id: ProductId) {
        self.write(vec![Write::Delete { id, expected: Expected::Any }]).await;
    }

    async fn write(&self, writes: Vec<Write>) {
        let batch = WriteBatch {
            writes,
            actor: "test".to_owned(),
            directory: CategoryDirectory::default(),
            on_error: OnError::Abort,
            validate_only: false,
            record: None,
        };
        let report = self.store.write(Arc::new(batch)).await.expect("written");
        for outcome in &report.outcomes {
            assert!(matches!(outcome, Outcome::Created(_) | Outcome::Deleted(..)), "{outcome:?}");
        }
        assert!(report.committed);
    }

    pub(super) async fn list(&self, request: &ListRequest) -> ListAnswer {
        self.search.list(request, Visibility::Published).await.expect("a list")
    }

    /// The names that a text finds, the best first.
    pub(super) async fn found(&self, text: &str) -> Vec<String> {
        names(&self.list(&searching(text)).await)
    }
}

pub(super) fn names(answer: &ListAnswer) -> Vec<String> {
    answer.items.iter().map(|item| item.product.name.clone()).collect()
}

pub(super) fn browsing() -> ListRequest {
    ListRequest {
        query: None,
        filter: ProductFilter::default(),
        categories: Vec::new(),
        descendants: true,
        sort: Sort::NEWEST,
        limit: Limit::new(100).expect("a limit"),
        cursor: None,
        count: CountMode::None,
        facets: Vec::new(),
        highlight: false,
    }
}

pub(super) fn searching(text: &str) -> ListRequest {
    ListRequest { query: Some(SearchQuery::parse(text)), sort: Sort::RELEVANCE, ..browsing() }
}

/// An active product.
pub(super) fn product(name: &str) -> Product {
    let id = ProductId::generate();
    Product {
        id,
        external_id: None,
        slug: Slug::parse(&format!("p-{id}")).expect("a slug"),
        name: name.to_owned(),
        description: String::new(),
        brand: None,
        status: ProductStatus::Active,
        category_ids: Vec::new(),
        tags: Vec::new(),
        attributes: BTreeMap::new(),
        options: Vec::new(),
        variants: vec![Variant {
            id: VariantId::generate(),
            sku: None,
            options: BTreeMap::new(),
            price: None,
            compare_at_price: None,
            prices: Vec::new(),
            barcode: None,
            attributes: BTreeMap::new(),
        }],
        media: Vec::new(),
        metadata: Map::new(),
        version: Version::FIRST,
        created_at: Timestamp::from_millis(1_000),
        updated_at: Timestamp::from_millis(1_000),
        published_at: None,
    }
}

pub(super) fn money(amount: &str, currency: &str) -> Money {
    Money::parse(amount, Currency::parse(currency).expect("a currency")).expect("an amount")
}

/// What tests say of a product, one after the other.
pub(super) trait Described: Sized {
    fn described(self, text: &str) -> Self;
    fn branded(self, brand: &str) -> Self;
    fn tagged(self, tags: &[&str]) -> Self;
    fn coded(self, sku: &str) -> Self;
    fn priced(self, amount: &str, currency: &str) -> Self;
    fn also_priced(self, amount: &str, currency: &str) -> Self;
    fn with(self, key: &str, value: AttributeValue) -> Self;
    fn in_categories(self, ids: &[CategoryId]) -> Self;
    fn with_status(self, status: ProductStatus) -> Self;
    fn at(self, millis: i64) -> Self;
}

impl Described for Product {
    fn described(mut self, text: &str) -> Self {
        text.clone_into(&mut self.description);
        self
    }

    fn branded(mut self, brand: &str) -> Self {
        self.brand = Some(brand.to_owned());
        self
    }

    fn tagged(mut self, tags: &[&str]) -> Self {
        self.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self
    }

    fn coded(mut self, sku: &str) -> Self {
        self.variants[0].sku = Some(sku.to_owned());
        self
    }

    fn priced(mut self, amount: &str, currency: &str) -> Self {
        self.variants[0].price = Some(money(amount, currency));
        self
    }

    fn also_priced(mut self, amount: &str, currency: &str) -> Self {
        self.variants[0].prices.push(money(amount, currency));
        self
    }

    fn with(mut self, key: &str, value: AttributeValue) -> Self {
        self.attributes.insert(key.to_owned(), value);
        self
    }

    fn in_categories(mut self, ids: &[CategoryId]) -> Self {
        self.category_ids = ids.to_vec();
        self
    }

    fn with_status(mut self, status: ProductStatus) -> Self {
        self.status = status;
        self
    }

    fn at(mut self, millis: i64) -> Self {
        self.created_at = Timestamp::from_millis(millis);
        self.updated_at = Timestamp::from_millis(millis);
        self
    }
}
