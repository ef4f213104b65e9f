//! Pages in the order of the tree, while the tree changes.
//!
//! Whoever is there all the time and is moved neither itself nor with a category above it comes exactly once.

use std::collections::HashMap;

use vitrine_kernel::{CategoryId, Expected};

use super::{Pager, TestStore};
use crate::domain::listing::{Filter, Scope, Sort, SortKey};
use crate::domain::placement::Destination;
use crate::domain::{Audience, Category};
use crate::store::DeletePolicy;

const DOWNWARDS: Sort = Sort::POSITION;
const UPWARDS: Sort = Sort { key: SortKey::Position, descending: true };

async fn relocate(test: &TestStore, id: CategoryId, to: Destination) {
    test.store.relocate(id, Expected::Any, to, None, None).await.expect("moved");
}

/// Two that are put behind a sibling in turns: the gap halves every time, until all siblings get new ranks.
pub struct Squeeze {
    first: CategoryId,
    pair: [CategoryId; 2],
}

impl Squeeze {
    /// At the head of the children of a parent; make it before them.
    pub async fn new(test: &TestStore, parent: Option<CategoryId>) -> Self {
        let mut ids = Vec::new();
        for name in ["First", "L", "R"] {
            ids.push(test.named(name, parent).await.id);
        }
        Self { first: ids[0], pair: [ids[1], ids[2]] }
    }

    pub async fn until_respaced(&mut self, test: &TestStore) {
        let rank = async || test.get(self.first).await.category.place.rank;
        let before = rank().await;
        for round in 0..1000 {
            let to = Destination { parent_id: None, before: None, after: Some(self.first) };
            relocate(test, self.pair[round % 2], to).await;
            if rank().await != before {
                return;
            }
        }
        panic!("a thousand moves did not bring a respacing about");
    }
}

fn scope(scope: Scope) -> Filter {
    Filter::scope(Audience::Staff, scope)
}

/// Readers of a list that stand after every one of its pages, in both directions.
async fn readers(test: &TestStore, scopes: &[Scope], limit: u16) -> Vec<(String, Pager)> {
    let mut readers = Vec::new();
    for one in scopes {
        for sort in [DOWNWARDS, UPWARDS] {
            let whole = test.pages(scope(one.clone()), sort, 100).await.len();
            for turned in 1..whole.div_ceil(usize::from(limit)) {
                let mut pager = Pager::new(scope(one.clone()), sort, limit);
                for _ in 0..turned {
                    assert!(pager.turn(test).await, "{one:?} has more than {turned} pages");
                }
                readers.push((format!("{one:?} {sort:?} after {turned} pages"), pager));
            }
        }
    }
    readers
}

/// Lets them read to the end: of `wanted`, each sees those of its scope exactly once, and nothing more often.
async fn finish(test: &TestStore, readers: Vec<(String, Pager)>, wanted: &[CategoryId]) {
    for (who, mut pager) in readers {
        let wanted: Vec<CategoryId> = {
            let whole = test.pages(pager.filter.clone(), pager.sort, 100).await;
            whole.iter().map(|category| category.id).filter(|id| wanted.contains(id)).collect()
        };
        assert!(!wanted.is_empty(), "{who} has something to look for");
        while pager.turn(test).await {}
        let mut times: HashMap<CategoryId, usize> = HashMap::new();
        for category in &pager.seen {
            *times.entry(category.id).or_default() += 1;
        }
        for id in wanted {
            assert_eq!(times.get(&id), Some(&1), "{who}: {}", test.get(id).await.category.name);
        }
    }
}

pub async fn respaced_siblings_are_neither_lost_nor_repeated(test: TestStore) {
    let above = test.named("Above", None).await;
    let mut roots = Squeeze::new(&test, None).await;
    let top = test.named("Top", None).await;
    let mut children = Squeeze::new(&test, Some(top.id)).await;
    let (mut stable, mut doomed, mut leaving) = (vec![above.id, top.id], Vec::new(), Vec::new());
    for number in 0..9 {
        let child = test.named(&format!("Child {number}"), Some(top.id)).await;
        stable.push(child.id);
        for leaf in 0..2 {
            stable.push(test.named(&format!("Leaf {number}.{leaf}"), Some(child.id)).await.id);
        }
        doomed.push(test.named(&format!("Doomed {number}"), Some(top.id)).await.id);
        let goes = test.named(&format!("Leaving {number}"), Some(top.id)).await;
        leaving.push(goes.id);
        test.named(&format!("Leaving {number}.0"), Some(goes.id)).await;
        stable.push(test.named(&format!("Root {number}"), None).await.id);
    }
    let scopes = [Scope::Everything, Scope::Roots, Scope::ChildrenOf(top.id), Scope::Below(top.id)];
    let readers = readers(&test, &scopes, 2).await;

    // Many of those at which someone stopped are gone or elsewhere when it happens.
    for id in doomed {
        test.store.delete(id, Expected::Any, DeletePolicy::Refuse, "t".to_owned()).await.expect("deleted");
    }
    for id in leaving {
        relocate(&test, id, Destination::last_below(Some(above.id))).await;
    }
    children.until_respaced(&test).await;
    roots.until_respaced(&test).await;
    children.until_respaced(&test).await;
    test.assert_sound().await;
    finish(&test, readers, &stable).await;
}

pub async fn a_list_below_a_category_goes_on_where_the_category_goes(test: TestStore) {
    let mut roots = Squeeze::new(&test, None).await;
    let (front, back) = (test.named("Front", None).await, test.named("Back", None).await);
    let middle = test.named("Middle", Some(front.id)).await;
    let top = test.named("Top", Some(middle.id)).await;
    let mut wanted = Vec::new();
    let mut deepest = top.id;
    for number in 0..6 {
        let child = test.named(&format!("Child {number}"), Some(top.id)).await;
        wanted.extend([child.id, test.named(&format!("Leaf {number}"), Some(child.id)).await.id]);
        deepest = test.named(&format!("Level {number}"), Some(deepest)).await.id;
    }
    let scopes = [Scope::Below(top.id), Scope::ChildrenOf(top.id), Scope::Above(deepest)];
    wanted.extend([top.id]);
    // Each of them is a move backwards or forwards of what was read so far.
    for (moved, to) in [(top.id, None), (top.id, Some(back.id)), (top.id, Some(front.id)), (middle.id, None)]
    {
        let readers = readers(&test, &scopes[..2], 2).await;
        relocate(&test, moved, Destination::last_below(to)).await;
        finish(&test, readers, &wanted).await;
    }
    let readers = readers(&test, &scopes, 2).await;
    roots.until_respaced(&test).await;
    finish(&test, readers, &wanted).await;
}

pub async fn who_is_moved_leaves_the_others_where_they_are(test: TestStore) {
    let mut stable = Vec::new();
    let mut moving = Vec::new();
    for number in 0..8 {
        let root = test.named(&format!("Root {number}"), None).await;
        let branch = test.named(&format!("Branch {number}"), Some(root.id)).await;
        test.named(&format!("Leaf {number}"), Some(branch.id)).await;
        stable.extend([root.id, test.named(&format!("Stable {number}"), Some(root.id)).await.id]);
        moving.push(branch);
    }
    let mut readers = readers(&test, &[Scope::Everything], 3).await;
    // Forwards, backwards, among the roots and below each other.
    let places = [Some(stable[14]), Some(stable[0]), None, Some(moving[5].id), Some(stable[6])];
    for (round, branch) in moving.iter().enumerate() {
        let to = places[round % places.len()].filter(|to| *to != branch.id);
        relocate(&test, branch.id, Destination::last_below(to)).await;
        for (_, pager) in &mut readers {
            if round % 3 == 0 {
                pager.turn(&test).await;
            }
        }
    }
    finish(&test, readers, &stable).await;
}

pub async fn an_export_survives_respacings(test: TestStore) {
    let mut roots = Squeeze::new(&test, None).await;
    let mut stable: Vec<Category> = Vec::new();
    for number in 0..10 {
        stable.push(test.named(&format!("Root {number}"), None).await);
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, next) = test.store.export_page(after, 4).await.expect("read");
        seen.extend(page.into_iter().map(|exported| exported.category.id));
        if seen.len() == 8 {
            roots.until_respaced(&test).await;
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    for category in stable {
        assert_eq!(seen.iter().filter(|id| **id == category.id).count(), 1, "{}", category.name);
    }
}
