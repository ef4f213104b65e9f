//! Random work beside a model that is too simple to be wrong.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vitrine_category_api::{CategoryKey, CategoryStatus};
use vitrine_kernel::{CategoryId, ErrorCode, Expected};

use super::TestStore;
use crate::domain::listing::Scope;
use crate::domain::placement::Destination;
use crate::domain::{Audience, NewCategory};
use crate::store::DeletePolicy;

#[derive(Debug, Clone)]
enum Step {
    Create { parent: Option<usize>, active: bool },
    Move { which: usize, parent: Option<usize> },
    MoveBeside { which: usize, sibling: usize, before: bool },
    Show { which: usize, active: bool },
    Delete { which: usize, cascade: bool },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = || 0..1000_usize;
    let step = prop_oneof![
        4 => (prop::option::weighted(0.8, at()), prop::bool::weighted(0.8))
            .prop_map(|(parent, active)| Step::Create { parent, active }),
        3 => (at(), prop::option::weighted(0.8, at())).prop_map(|(which, parent)| Step::Move { which, parent }),
        3 => (at(), at(), any::<bool>())
            .prop_map(|(which, sibling, before)| Step::MoveBeside { which, sibling, before }),
        1 => (at(), any::<bool>()).prop_map(|(which, active)| Step::Show { which, active }),
        1 => (at(), any::<bool>()).prop_map(|(which, cascade)| Step::Delete { which, cascade }),
    ];
    prop::collection::vec(step, 30)
}

/// Children in their order, and who is active.
#[derive(Default)]
struct Model {
    children: BTreeMap<Option<CategoryId>, Vec<CategoryId>>,
    active: BTreeMap<CategoryId, bool>,
}

impl Model {
    fn pick(&self, at: usize) -> Option<CategoryId> {
        let all: Vec<_> = self.active.keys().copied().collect();
        (!all.is_empty()).then(|| all[at % all.len()])
    }

    fn parent(&self, id: CategoryId) -> Option<CategoryId> {
        self.children.iter().find(|(_, children)| children.contains(&id)).and_then(|(parent, _)| *parent)
    }

    fn ancestors(&self, id: CategoryId) -> Vec<CategoryId> {
        let mut found = Vec::new();
        let mut above = self.parent(id);
        while let Some(id) = above {
            found.insert(0, id);
            above = self.parent(id);
        }
        found
    }

    fn below(&self, top: Option<CategoryId>) -> Vec<CategoryId> {
        let children = self.children.get(&top).cloned().unwrap_or_default();
        children.into_iter().flat_map(|child| [vec![child], self.below(Some(child))].concat()).collect()
    }

    fn is_visible(&self, id: CategoryId) -> bool {
        self.active[&id] && self.ancestors(id).iter().all(|above| self.active[above])
    }

    fn detach(&mut self, id: CategoryId) {
        for children in self.children.values_mut() {
            children.retain(|child| *child != id);
        }
    }

    fn put(&mut self, id: CategoryId, parent: Option<CategoryId>, at: Option<usize>) {
        let siblings = self.children.entry(parent).or_default();
        siblings.insert(at.unwrap_or(siblings.len()), id);
    }
}

pub async fn random_work_agrees_with_a_simple_model(test: TestStore) {
    let backend = test.db.backend();
    let work = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut runner =
            TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        runner
            .run(&steps(), |steps| {
                runtime.block_on(agree(super::super::sql_tests::open(backend), steps));
                Ok(())
            })
            .expect("the store and the model agree");
    });
    work.await.expect("no panic");
}

async fn agree(test: TestStore, steps: Vec<Step>) {
    let mut model = Model::default();
    for step in steps {
        apply(&test, &mut model, step).await;
        test.assert_sound().await;
    }
    let names_and_ids = test.store.outline(None, 64, Audience::Staff, 1000).await.expect("read");
    assert_eq!(names_and_ids.iter().map(|entry| entry.id).collect::<Vec<_>>(), model.below(None));
    let public = test.store.outline(None, 64, Audience::Public, 1000).await.expect("read");
    let wanted: Vec<_> = model.below(None).into_iter().filter(|id| model.is_visible(*id)).collect();
    assert_eq!(public.iter().map(|entry| entry.id).collect::<Vec<_>>(), wanted);
    for id in model.active.keys().copied() {
        let found = test.get(id).await;
        assert_eq!(found.category.place.parent_id, model.parent(id));
        assert_eq!(
            found.ancestors.iter().map(|above| above.crumb.id).collect::<Vec<_>>(),
            model.ancestors(id)
        );
        let mut subtree = test.store.subtree_ids(CategoryKey::Id(id)).await.expect("read").expect("there");
        subtree.sort_unstable();
        let mut wanted = [vec![id], model.below(Some(id))].concat();
        wanted.sort_unstable();
        assert_eq!(subtree, wanted);
    }
    assert_eq!(test.names(Audience::Staff, Scope::Everything).await.len(), model.active.len());
}

async fn apply(test: &TestStore, model: &mut Model, step: Step) {
    match step {
        Step::Create { parent, active } => {
            let parent_id = parent.and_then(|at| model.pick(at));
            let status = if active { CategoryStatus::Active } else { CategoryStatus::Draft };
            let new = NewCategory { parent_id, status, ..NewCategory::named("N") };
            let id = test.add(new).await.id;
            model.put(id, parent_id, None);
            model.active.insert(id, active);
        }
        Step::Move { which, parent } => {
            let Some(id) = model.pick(which) else { return };
            let parent = parent.and_then(|at| model.pick(at));
            let cycle = parent.is_some_and(|parent| parent == id || model.ancestors(parent).contains(&id));
            let to = Destination::last_below(parent);
            match test.store.relocate(id, Expected::Any, to, None, None).await {
                Ok(_) => {
                    assert!(!cycle);
                    model.detach(id);
                    model.put(id, parent, None);
                }
                Err(failure) => assert!(cycle && failure.code() == ErrorCode::CategoryCycle, "{failure}"),
            }
        }
        Step::MoveBeside { which, sibling, before } => {
            let (Some(id), Some(sibling)) = (model.pick(which), model.pick(sibling)) else { return };
            let parent = model.parent(sibling);
            let (anchor, other) = if before { (Some(sibling), None) } else { (None, Some(sibling)) };
            let to = Destination { parent_id: None, before: anchor, after: other };
            let impossible = sibling == id || model.ancestors(sibling).contains(&id);
            match test.store.relocate(id, Expected::Any, to, None, None).await {
                Ok(_) => {
                    assert!(!impossible);
                    model.detach(id);
                    let siblings = model.children.get(&parent).cloned().unwrap_or_default();
                    let at = siblings.iter().position(|other| *other == sibling).expect("it is there");
                    model.put(id, parent, Some(if before { at } else { at + 1 }));
                }
                Err(failure) => assert!(impossible, "{failure}"),
            }
        }
        Step::Show { which, active } => {
            let Some(id) = model.pick(which) else { return };
            let status = if active { CategoryStatus::Active } else { CategoryStatus::Archived };
            test.change(id, move |fields| fields.status = status).await.expect("changed");
            model.active.insert(id, active);
        }
        Step::Delete { which, cascade } => {
            let Some(id) = model.pick(which) else { return };
            let policy = if cascade { DeletePolicy::Cascade } else { DeletePolicy::Reparent };
            test.store.delete(id, Expected::Any, policy, "model".to_owned()).await.expect("deleted");
            let parent = model.parent(id);
            let at = model.children[&parent].iter().position(|child| *child == id).expect("it is there");
            let gone = if cascade { model.below(Some(id)) } else { Vec::new() };
            let children = model.children.remove(&Some(id)).unwrap_or_default();
            model.detach(id);
            if !cascade {
                for (offset, child) in children.into_iter().enumerate() {
                    model.put(child, parent, Some(at + offset));
                }
            }
            for id in gone.into_iter().chain([id]) {
                model.active.remove(&id);
                model.children.remove(&Some(id));
            }
        }
    }
}
