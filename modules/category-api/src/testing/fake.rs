use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use vitrine_kernel::{CategoryId, Slug};

use super::{CategorySeed, SeedCategory};
use crate::{
    AttributeDefinition, Breadcrumb, CategoryKey, CategoryPort, CategoryPortError, CategoryStatus,
    CategorySummary,
};

/// Categories in memory. What it holds and how it fails is set by the test; see also [`CategorySeed`], which it implements.
#[derive(Default)]
pub struct FakeCategories(Mutex<State>);

#[derive(Default)]
struct State {
    categories: BTreeMap<CategoryId, SeedCategory>,
    former_slugs: HashMap<Slug, CategoryId>,
    failure: Option<CategoryPortError>,
    calls: u64,
}

impl FakeCategories {
    /// Without categories.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a category (or replaces it) under an id that the test chose.
    pub fn put(&self, id: CategoryId, category: SeedCategory) {
        self.state().categories.insert(id, category);
    }

    /// Adds a category under a new id.
    pub fn add(&self, category: SeedCategory) -> CategoryId {
        let id = CategoryId::generate();
        self.put(id, category);
        id
    }

    /// From now on every call fails this way; `None` ends that.
    pub fn fail_with(&self, failure: Option<CategoryPortError>) {
        self.state().failure = failure;
    }

    /// How many calls of the port there were: for tests that a page of products asks once, not once for each.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn called(&self) -> Result<MutexGuard<'_, State>, CategoryPortError> {
        let mut state = self.state();
        state.calls += 1;
        match state.failure.clone() {
            Some(failure) => Err(failure),
            None => Ok(state),
        }
    }
}

impl State {
    fn find(&self, key: &CategoryKey) -> Option<CategoryId> {
        let by = |wanted: &dyn Fn(&SeedCategory) -> bool| {
            self.categories.iter().find(|(_, category)| wanted(category)).map(|(id, _)| *id)
        };
        match key {
            CategoryKey::Id(id) => self.categories.contains_key(id).then_some(*id),
            CategoryKey::Slug(slug) => {
                by(&|category| category.slug == *slug).or_else(|| self.former_slugs.get(slug).copied())
            }
            CategoryKey::ExternalId(external) => {
                by(&|category| category.external_id.as_ref() == Some(external))
            }
        }
    }

    /// From the root down to the category, itself included.
    fn lineage(&self, id: CategoryId) -> Vec<(CategoryId, &SeedCategory)> {
        let mut lineage = Vec::new();
        let mut next = Some(id);
        while let Some((id, category)) = next.and_then(|id| Some((id, self.categories.get(&id)?))) {
            lineage.push((id, category));
            next = category.parent;
        }
        lineage.reverse();
        lineage
    }

    fn summary(&self, id: CategoryId) -> Option<CategorySummary> {
        let category = self.categories.get(&id)?;
        let lineage = self.lineage(id);
        let mut attributes: Vec<AttributeDefinition> = Vec::new();
        for definition in lineage.iter().flat_map(|(_, category)| &category.attributes) {
            match attributes.iter_mut().find(|known| known.key == definition.key) {
                Some(known) => *known = definition.clone(),
                None => attributes.push(definition.clone()),
            }
        }
        let crumb = |(id, category): &(CategoryId, &SeedCategory)| Breadcrumb {
            id: *id,
            name: category.name.clone(),
            slug: category.slug.clone(),
        };
        Some(CategorySummary {
            id,
            name: category.name.clone(),
            slug: category.slug.clone(),
            external_id: category.external_id.clone(),
            status: category.status,
            visible: lineage.iter().all(|(_, category)| category.status == CategoryStatus::Active),
            trail: lineage.iter().map(crumb).collect(),
            attributes,
        })
    }
}

#[async_trait]
impl CategoryPort for FakeCategories {
    async fn find_many(
        &self,
        keys: &[CategoryKey],
    ) -> Result<HashMap<CategoryKey, CategorySummary>, CategoryPortError> {
        let state = self.called()?;
        let found = |key: &CategoryKey| Some((key.clone(), state.summary(state.find(key)?)?));
        Ok(keys.iter().filter_map(found).collect())
    }

    async fn subtree_ids(&self, key: &CategoryKey) -> Result<Option<Vec<CategoryId>>, CategoryPortError> {
        let state = self.called()?;
        let Some(root) = state.find(key) else { return Ok(None) };
        let below = |id: &CategoryId| state.lineage(*id).iter().any(|(ancestor, _)| *ancestor == root);
        Ok(Some(state.categories.keys().copied().filter(below).collect()))
    }
}

#[async_trait]
impl CategorySeed for FakeCategories {
    async fn create(&self, category: SeedCategory) -> CategoryId {
        let id = self.add(category.clone());
        self.state().former_slugs.remove(&category.slug);
        id
    }

    async fn rename(&self, id: CategoryId, name: &str) {
        if let Some(category) = self.state().categories.get_mut(&id) {
            name.clone_into(&mut category.name);
        }
    }

    async fn change_slug(&self, id: CategoryId, slug: &Slug) {
        let mut state = self.state();
        let Some(category) = state.categories.get_mut(&id) else { return };
        let former = std::mem::replace(&mut category.slug, slug.clone());
        state.former_slugs.insert(former, id);
        state.former_slugs.remove(slug);
    }

    async fn move_under(&self, id: CategoryId, parent: Option<CategoryId>) {
        if let Some(category) = self.state().categories.get_mut(&id) {
            category.parent = parent;
        }
    }

    async fn delete(&self, id: CategoryId) {
        let mut state = self.state();
        state.categories.remove(&id);
        state.former_slugs.retain(|_, category| *category != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_fake_keeps_the_contract() {
        let fake = FakeCategories::new();
        super::super::contract::all(&fake, &fake).await;
    }

    #[tokio::test]
    async fn the_fake_fails_when_told_to() {
        let fake = FakeCategories::new();
        fake.fail_with(Some(CategoryPortError::Timeout));
        assert!(matches!(fake.find_many(&[]).await, Err(CategoryPortError::Timeout)));
        fake.fail_with(None);
        assert!(fake.find_many(&[]).await.is_ok());
        assert_eq!(fake.calls(), 2);
    }
}
