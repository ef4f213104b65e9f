use std::sync::Arc;

use async_trait::async_trait;
use rstest::rstest;
use serde_json::json;
use vitrine_catalog_api::CatalogPortError;
use vitrine_catalog_api::testing::{CatalogSeed as _, FakeCatalog, SeedStatus};
use vitrine_category_api::testing::{CategorySeed, SeedCategory, contract};
use vitrine_category_api::{CategoryKey, CategoryStatus};
use vitrine_kernel::{CategoryId, Clock, ErrorCode, Expected, Principal, Slug};
use vitrine_testing::TempDb;

use super::{CategoryService, DeletePolicy, LocalCategories, Located, TreeNode, TreeQuery};
use crate::domain::placement::Destination;
use crate::domain::{Audience, NewCategory};
use crate::store::CategoryStore;
use crate::store::sql::SqlCategoryStore;

struct World {
    service: CategoryService,
    store: Arc<dyn CategoryStore>,
    catalog: Arc<FakeCatalog>,
    _db: TempDb,
}

impl World {
    fn new() -> Self {
        let db = TempDb::open(&[crate::MIGRATIONS]);
        let clock: Arc<dyn Clock> = vitrine_testing::clock();
        let store: Arc<dyn CategoryStore> = Arc::new(SqlCategoryStore::new(db.handle(), clock));
        let catalog = Arc::new(FakeCatalog::new());
        let service = CategoryService::new(Arc::clone(&store), Arc::clone(&catalog) as _, 10);
        Self { service, store, catalog, _db: db }
    }

    async fn named(&self, name: &str, parent_id: Option<CategoryId>) -> CategoryId {
        self.add(NewCategory { parent_id, ..NewCategory::named(name) }).await
    }

    async fn add(&self, new: NewCategory) -> CategoryId {
        let detail = self.service.create(new, &Principal::operator(), None).await.expect("created");
        detail.placed.category.id
    }

    async fn delete(&self, id: CategoryId, policy: DeletePolicy) -> Result<(), vitrine_kernel::Failure> {
        self.service.delete(id, Expected::Any, policy, &Principal::operator()).await
    }

    async fn patch(&self, id: CategoryId, patch: serde_json::Value) {
        self.service.patch(id, Expected::Any, patch, &Principal::operator()).await.expect("changed");
    }
}

#[async_trait]
impl CategorySeed for World {
    async fn create(&self, category: SeedCategory) -> CategoryId {
        let SeedCategory { name, slug, parent, external_id, status, attributes } = category;
        let fields = NewCategory {
            slug: Some(slug),
            parent_id: parent,
            external_id,
            status,
            attributes,
            ..NewCategory::named(name)
        };
        self.add(fields).await
    }

    async fn rename(&self, id: CategoryId, name: &str) {
        self.patch(id, json!({ "name": name })).await;
    }

    async fn change_slug(&self, id: CategoryId, slug: &Slug) {
        self.patch(id, json!({ "slug": slug })).await;
    }

    async fn move_under(&self, id: CategoryId, parent: Option<CategoryId>) {
        let to = Destination::last_below(parent);
        self.service.relocate(id, Expected::Any, to, &Principal::operator(), None).await.expect("moved");
    }

    async fn delete(&self, id: CategoryId) {
        Self::delete(self, id, DeletePolicy::Refuse).await.expect("deleted");
    }
}

#[tokio::test]
async fn the_service_keeps_the_contract_of_the_port() {
    let world = World::new();
    contract::all(&LocalCategories::new(Arc::clone(&world.store)), &world).await;
}

#[tokio::test]
async fn the_port_says_what_the_public_sees() {
    let world = World::new();
    let draft = world.add(NewCategory { status: CategoryStatus::Draft, ..NewCategory::named("Draft") }).await;
    let below = world.named("Below", Some(draft)).await;
    let port = LocalCategories::new(Arc::clone(&world.store));
    let key = CategoryKey::Id(below);
    let found = vitrine_category_api::CategoryPort::find_many(&port, std::slice::from_ref(&key))
        .await
        .expect("answers");
    assert_eq!((found[&key].status, found[&key].visible), (CategoryStatus::Active, false));
}

#[tokio::test]
async fn a_detail_counts_the_active_products_below_and_lives_without_a_count() {
    let world = World::new();
    let top = world.named("Top", None).await;
    let child = world.named("Child", Some(top)).await;
    world.catalog.add(&[top, child], SeedStatus::Active);
    world.catalog.add(&[child], SeedStatus::Active);
    world.catalog.add(&[child], SeedStatus::Draft);
    let detail = world.service.detail(top, Audience::Public).await.expect("there");
    assert_eq!(detail.product_count, Some(2));
    world.catalog.fail_with(Some(CatalogPortError::Timeout));
    let detail = world.service.detail(top, Audience::Public).await.expect("there all the same");
    assert_eq!(detail.product_count, None);
}

#[tokio::test]
async fn what_is_hidden_is_not_there_for_the_public() {
    let world = World::new();
    let draft = world.add(NewCategory { status: CategoryStatus::Draft, ..NewCategory::named("Draft") }).await;
    let below = world.named("Below", Some(draft)).await;
    for (id, slug) in [(draft, "draft"), (below, "below")] {
        let slug = || Slug::parse(slug).expect("a slug");
        assert!(world.service.detail(id, Audience::Staff).await.is_ok());
        let missing = world.service.detail(id, Audience::Public).await.expect_err("hidden");
        assert_eq!(missing.code(), ErrorCode::NotFound);
        assert!(world.service.by_slug(slug(), Audience::Public).await.is_err());
        assert!(world.service.by_slug(slug(), Audience::Staff).await.is_ok());
        assert!(world.service.attribute_schema(id, Audience::Public, "/x").await.is_err());
        assert_eq!(world.service.find_named(&id.to_string(), Audience::Public).await.expect("read"), None);
        let query = TreeQuery { root: Some(CategoryKey::Id(id)), depth: 3 };
        assert!(world.service.tree(query, Audience::Public).await.is_err());
    }
}

#[tokio::test]
async fn a_former_slug_says_where_the_category_is_now() {
    let world = World::new();
    let id = world.named("Old", None).await;
    world.patch(id, json!({"slug": "new"})).await;
    let slug = |text| Slug::parse(text).expect("a slug");
    let moved = world.service.by_slug(slug("old"), Audience::Public).await.expect("found");
    assert_eq!(moved, Located::Moved(slug("new")));
    let here = world.service.by_slug(slug("new"), Audience::Public).await.expect("found");
    assert!(matches!(here, Located::Here(detail) if detail.placed.category.id == id));
}

fn sketch(nodes: &[TreeNode]) -> String {
    let node = |node: &TreeNode| {
        let more = if node.has_more { "…" } else { "" };
        let below =
            if node.children.is_empty() { String::new() } else { format!("({})", sketch(&node.children)) };
        format!("{}{more}{below}", node.entry.name)
    };
    nodes.iter().map(node).collect::<Vec<_>>().join(" ")
}

#[rstest]
#[case(None, 1, "A… B D…")]
#[case(None, 2, "A(AA… AB) B D(DA)")]
#[case(None, 64, "A(AA(AAA(AAAA)) AB) B D(DA)")]
#[case(Some("A"), 1, "A(AA… AB)")]
#[case(Some("AA"), 1, "AA(AAA…)")]
#[case(Some("B"), 64, "B")]
#[tokio::test]
async fn a_tree_is_nested_and_says_where_there_is_more(
    #[case] root: Option<&str>,
    #[case] depth: i32,
    #[case] wanted: &str,
) {
    let world = World::new();
    let a = world.named("A", None).await;
    let aa = world.named("AA", Some(a)).await;
    let aaa = world.named("AAA", Some(aa)).await;
    world.named("AAAA", Some(aaa)).await;
    world.named("B", None).await;
    let d = world.named("D", None).await;
    world.named("DA", Some(d)).await;
    world.named("AB", Some(a)).await;
    let root = root.map(|name| CategoryKey::Slug(Slug::parse(&name.to_lowercase()).expect("a slug")));
    let tree = world.service.tree(TreeQuery { root, depth }, Audience::Public).await.expect("read");
    assert_eq!(sketch(&tree), wanted);
}

#[tokio::test]
async fn a_tree_that_is_too_large_is_refused() {
    let world = World::new();
    let top = world.named("Top", None).await;
    for number in 0..10 {
        world.named(&format!("Child {number}"), Some(top)).await;
    }
    let query = |depth| TreeQuery { root: None, depth };
    let failure = world.service.tree(query(2), Audience::Staff).await.expect_err("too large");
    assert_eq!((failure.code(), failure.faults()[0].pointer.as_str()), (ErrorCode::InvalidQuery, "depth"));
}

#[tokio::test]
async fn a_category_with_products_is_deleted_only_by_a_policy_that_says_so() {
    let world = World::new();
    let top = world.named("Top", None).await;
    let child = world.named("Child", Some(top)).await;
    let product = world.catalog.add(&[child], SeedStatus::Draft);
    let refused = world.delete(child, DeletePolicy::Refuse).await.expect_err("a product");
    assert_eq!(refused.code(), ErrorCode::CategoryNotEmpty);
    world.catalog.fail_with(Some(CatalogPortError::Timeout));
    let unknown = world.delete(child, DeletePolicy::Refuse).await.expect_err("nobody knows");
    assert_eq!(unknown.code(), ErrorCode::Unavailable);
    world.catalog.fail_with(None);
    world.delete(child, DeletePolicy::Reparent).await.expect("deleted");
    assert_eq!(world.catalog.categories_of(product).await, [top]);
    assert_eq!(world.catalog.last_actor(product).await, "operator");
    world.delete(top, DeletePolicy::Cascade).await.expect("deleted");
    assert!(world.catalog.categories_of(product).await.is_empty());
}

#[tokio::test]
async fn products_follow_a_deletion_once_the_catalog_answers_again() {
    let world = World::new();
    let top = world.named("Top", None).await;
    let child = world.named("Child", Some(top)).await;
    let product = world.catalog.add(&[child], SeedStatus::Active);
    world.catalog.fail_with(Some(CatalogPortError::Unavailable("away".to_owned())));
    world.delete(child, DeletePolicy::Reparent).await.expect("deleted all the same");
    world.catalog.fail_with(None);
    assert_eq!(world.catalog.categories_of(product).await, [child]);
    assert_eq!(world.service.finish_reassignments().await.expect("done"), 1);
    assert_eq!(world.catalog.categories_of(product).await, [top]);
    assert_eq!(world.service.finish_reassignments().await.expect("nothing left"), 0);
}

#[tokio::test]
async fn a_sound_tree_has_no_problems() {
    let world = World::new();
    let top = world.named("Top", None).await;
    world.named("Child", Some(top)).await;
    assert_eq!(world.service.check().await.expect("checked"), []);
    assert_eq!(world.service.repair().await.expect("repaired"), 0);
}

#[tokio::test]
async fn a_server_finishes_at_its_start_what_a_crash_has_left() {
    let world = World::new();
    let id = world.named("Gone", None).await;
    let product = world.catalog.add(&[id], SeedStatus::Active);
    // The deletion is committed; then the process dies.
    world
        .store
        .delete(id, Expected::Any, DeletePolicy::Cascade, "operator".to_owned())
        .await
        .expect("deleted");
    let service = world.service.clone();
    let maintaining = tokio::spawn(async move { service.maintain().await });
    let done = async {
        while !world.catalog.categories_of(product).await.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    vitrine_testing::within(std::time::Duration::from_secs(10), "taking the product out", done).await;
    maintaining.abort();
}
