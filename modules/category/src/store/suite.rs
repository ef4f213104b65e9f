//! What every adapter of [`CategoryStore`] must do. `suite!` makes tests of it over every database, for one that a function opens.

pub mod import;
pub mod listing;
pub mod model;
pub mod paging;
pub mod slugs;
pub mod tree;
pub mod writes;

use std::sync::Arc;

use vitrine_category_api::CategoryKey;
use vitrine_kernel::{CategoryId, CountMode, Expected, Failure, Limit, ManualClock, Slug};
use vitrine_testing::TempDb;

use super::CategoryStore;
use crate::domain::listing::{Filter, Listing, Scope, Sort};
use crate::domain::{Audience, Category, NewCategory, Placed};

/// A store on an empty database, and what its tests look at from outside.
pub struct TestStore {
    pub store: Arc<dyn CategoryStore>,
    pub db: TempDb,
    pub clock: Arc<ManualClock>,
}

macro_rules! suite {
    ($open:path, $($module:ident :: { $($name:ident),* $(,)? }),* $(,)?) => {
        $( mod $module { $(
            #[rstest::rstest]
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name(
                #[values(vitrine_testing::Backend::Sqlite, vitrine_testing::Backend::Postgres)]
                backend: vitrine_testing::Backend,
            ) {
                crate::store::suite::$module::$name($open(backend)).await;
            }
        )* } )*
    };
}
pub(crate) use suite;

impl TestStore {
    pub async fn add(&self, new: NewCategory) -> Category {
        self.store.create(new, None).await.expect("created").category
    }

    /// A root, or a child, with this name.
    pub async fn named(&self, name: &str, parent: Option<CategoryId>) -> Category {
        self.add(NewCategory { parent_id: parent, ..NewCategory::named(name) }).await
    }

    pub async fn find(&self, key: CategoryKey) -> Option<Placed> {
        self.store.find_many(vec![key]).await.expect("read").pop().map(|(_, placed)| placed)
    }

    pub async fn get(&self, id: CategoryId) -> Placed {
        self.find(CategoryKey::Id(id)).await.expect("it is there")
    }

    pub async fn by_slug(&self, slug: &str) -> Option<Placed> {
        self.find(CategoryKey::Slug(Slug::parse(slug).expect("a slug"))).await
    }

    /// Changes the fields, whatever the version.
    pub async fn change(
        &self,
        id: CategoryId,
        change: impl FnOnce(&mut NewCategory) + Send + 'static,
    ) -> Result<Category, Failure> {
        let patch = move |current: &Category| {
            let mut fields = NewCategory::patched(current, &serde_json::json!({}))?;
            change(&mut fields);
            Ok(fields)
        };
        self.store.change(id, Expected::Any, Box::new(patch)).await.map(|placed| placed.category)
    }

    /// The names of a part of the tree, in its order.
    pub async fn names(&self, audience: Audience, scope: Scope) -> Vec<String> {
        let filter = Filter::scope(audience, scope);
        self.pages(filter, Sort::POSITION, 100).await.into_iter().map(|category| category.name).collect()
    }

    /// All pages of a list, one after the other.
    pub async fn pages(&self, filter: Filter, sort: Sort, limit: u16) -> Vec<Category> {
        let mut pager = Pager::new(filter, sort, limit);
        while pager.turn(self).await {}
        pager.seen
    }

    pub async fn assert_sound(&self) {
        assert_eq!(self.store.problems().await.expect("checked"), []);
    }
}

/// Someone who reads a list page by page.
pub struct Pager {
    filter: Filter,
    sort: Sort,
    limit: Limit,
    cursor: Option<String>,
    ended: bool,
    /// Everything read so far.
    pub seen: Vec<Category>,
}

impl Pager {
    pub fn new(filter: Filter, sort: Sort, limit: u16) -> Self {
        let limit = Limit::new(limit).expect("a limit");
        Self { filter, sort, limit, cursor: None, ended: false, seen: Vec::new() }
    }

    /// Reads a page; whether there is another one.
    pub async fn turn(&mut self, test: &TestStore) -> bool {
        if self.ended {
            return false;
        }
        let (filter, cursor) = (self.filter.clone(), self.cursor.as_deref());
        let listing =
            Listing::new(filter, self.sort, cursor, self.limit, CountMode::None).expect("our own cursor");
        let page = test.store.list(listing.clone()).await.expect("listed");
        if let Some((last, score)) = page.items.last() {
            self.cursor = Some(listing.cursor_after(last, *score, page.respaced));
        }
        self.seen.extend(page.items.into_iter().map(|(category, _)| category));
        assert!(self.seen.len() < 10_000, "the pages never end");
        self.ended = !page.more;
        page.more
    }
}

pub fn codes(failure: &Failure) -> Vec<(&str, &str)> {
    failure.faults().iter().map(|fault| (fault.pointer.as_str(), fault.code.as_str())).collect()
}
