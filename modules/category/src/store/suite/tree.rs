//! Moves, order, visibility, depth.

use std::sync::Arc;

use vitrine_category_api::{CategoryKey, CategoryStatus};
use vitrine_kernel::{CategoryId, ErrorCode, Expected, Failure};

use super::{TestStore, codes};
use crate::domain::listing::Scope;
use crate::domain::placement::{Destination, Spot};
use crate::domain::tree::MOST_LEVELS;
use crate::domain::{Audience, Category, NewCategory};

async fn relocate(test: &TestStore, id: CategoryId, to: Destination) -> Result<Category, Failure> {
    test.store.relocate(id, Expected::Any, to, None, None).await.map(|placed| placed.category)
}

const fn before(id: CategoryId) -> Destination {
    Destination { parent_id: None, before: Some(id), after: None }
}

const fn after(id: CategoryId) -> Destination {
    Destination { parent_id: None, before: None, after: Some(id) }
}

pub async fn siblings_stand_where_they_are_put(test: TestStore) {
    let (a, b, c) = (test.named("A", None).await, test.named("B", None).await, test.named("C", None).await);
    let order = || test.names(Audience::Staff, Scope::Roots);
    assert_eq!(order().await, ["A", "B", "C"]);
    relocate(&test, c.id, before(a.id)).await.expect("moved");
    assert_eq!(order().await, ["C", "A", "B"]);
    relocate(&test, c.id, after(a.id)).await.expect("moved");
    assert_eq!(order().await, ["A", "C", "B"]);
    let both = Destination { parent_id: Some(None), before: Some(c.id), after: Some(a.id) };
    relocate(&test, b.id, both).await.expect("moved");
    assert_eq!(order().await, ["A", "B", "C"]);
    let there = test.get(b.id).await.category;
    for same in [after(a.id), before(c.id)] {
        assert_eq!(relocate(&test, b.id, same).await.expect("nothing to do").version, there.version);
    }
    relocate(&test, a.id, Destination::last_below(None)).await.expect("moved");
    assert_eq!(order().await, ["B", "C", "A"]);
    test.assert_sound().await;
}

pub async fn a_subtree_moves_as_one(test: TestStore) {
    let (from, to) = (test.named("From", None).await, test.named("To", None).await);
    let branch = test.named("Branch", Some(from.id)).await;
    let leaf = test.named("Leaf", Some(branch.id)).await;
    let other = test.named("Other", Some(to.id)).await;
    let plan = test.store.plan_move(branch.id, before(other.id)).await.expect("planned");
    assert_eq!((plan.moved, plan.descendants), (branch.id, 1));
    assert_eq!(plan.from, Spot { parent_id: Some(from.id), position: 0 });
    assert_eq!(plan.to, Spot { parent_id: Some(to.id), position: 0 });
    assert_eq!(test.names(Audience::Staff, Scope::Below(from.id)).await, ["Branch", "Leaf"], "only a plan");
    relocate(&test, branch.id, Destination::last_below(Some(to.id))).await.expect("moved");
    assert_eq!(test.names(Audience::Staff, Scope::Below(to.id)).await, ["Other", "Branch", "Leaf"]);
    assert!(test.names(Audience::Staff, Scope::Below(from.id)).await.is_empty());
    assert_eq!(test.names(Audience::Staff, Scope::Above(leaf.id)).await, ["To", "Branch"]);
    let moved = test.get(leaf.id).await;
    assert_eq!(moved.category.version, leaf.version, "only what was moved has a new version");
    assert_eq!(
        test.store.subtree_ids(CategoryKey::Id(branch.id)).await.expect("read"),
        Some(vec![branch.id, leaf.id])
    );
    test.assert_sound().await;
}

pub async fn a_category_never_becomes_its_own_ancestor(test: TestStore) {
    let top = test.named("Top", None).await;
    let middle = test.named("Middle", Some(top.id)).await;
    let leaf = test.named("Leaf", Some(middle.id)).await;
    for below in [top.id, middle.id, leaf.id] {
        let failure =
            relocate(&test, top.id, Destination::last_below(Some(below))).await.expect_err("a cycle");
        assert_eq!(failure.code(), ErrorCode::CategoryCycle);
        let failure =
            test.change(top.id, move |fields| fields.parent_id = Some(below)).await.expect_err("a cycle");
        assert_eq!(
            (failure.code(), codes(&failure)),
            (ErrorCode::CategoryCycle, vec![("/parent_id", "cycle")])
        );
        test.store.plan_move(top.id, Destination::last_below(Some(below))).await.expect_err("a cycle");
    }
    assert_eq!(test.get(top.id).await.category, top);
    test.assert_sound().await;
}

pub async fn a_move_beside_somebody_elses_child_is_refused(test: TestStore) {
    let (a, b) = (test.named("A", None).await, test.named("B", None).await);
    let child = test.named("Child", Some(a.id)).await;
    let nowhere = CategoryId::generate();
    let moving = test.named("Moving", None).await;
    let to = Destination { parent_id: Some(Some(b.id)), before: Some(child.id), after: Some(nowhere) };
    let failure = relocate(&test, moving.id, to).await.expect_err("refused");
    assert_eq!(failure.code(), ErrorCode::Validation);
    assert_eq!(codes(&failure), [("/after", "unknown_category"), ("/before", "not_a_sibling")]);
    let failure = relocate(&test, moving.id, before(moving.id)).await.expect_err("refused");
    assert_eq!(codes(&failure), [("/before", "not_a_sibling")]);
    let to = Destination { parent_id: Some(None), before: Some(a.id), after: Some(b.id) };
    let failure = relocate(&test, moving.id, to).await.expect_err("refused");
    assert_eq!(codes(&failure), [("/before", "wrong_order")]);
    assert_eq!(test.get(moving.id).await.category, moving);
}

pub async fn there_is_always_room_between_two_siblings(test: TestStore) {
    let parent = test.named("Parent", None).await;
    let first = test.named("First", Some(parent.id)).await;
    let (mut left, mut right) =
        (test.named("L", Some(parent.id)).await, test.named("R", Some(parent.id)).await);
    let leaf = test.named("Leaf", Some(left.id)).await;
    // Each goes between the other one and the first: the gap halves every time, until ranks are made anew.
    for _ in 0..450 {
        right = relocate(&test, right.id, after(first.id)).await.expect("moved");
        std::mem::swap(&mut left, &mut right);
    }
    assert!(right.place.rank.as_str().len() <= 64 && left.place.rank.as_str().len() <= 64);
    let names = test.names(Audience::Staff, Scope::ChildrenOf(parent.id)).await;
    assert_eq!(names, ["First", left.name.as_str(), right.name.as_str()]);
    assert_eq!(test.get(leaf.id).await.category.version, leaf.version);
    test.assert_sound().await;
}

pub async fn a_tree_has_a_deepest_level(test: TestStore) {
    let mut above = None;
    for level in 0..MOST_LEVELS {
        above = Some(test.named(&format!("Level {level}"), above).await.id);
    }
    let too_deep = test
        .store
        .create(NewCategory { parent_id: above, ..NewCategory::named("X") }, None)
        .await
        .expect_err("deep");
    assert_eq!(codes(&too_deep), [("/parent_id", "too_deep")]);
    let top = test.named("Other top", None).await;
    let child = test.named("Child", Some(top.id)).await;
    let parent = test.get(above.expect("a level")).await.category.place.parent_id;
    let too_deep =
        relocate(&test, top.id, Destination::last_below(parent)).await.expect_err("its child would be");
    assert_eq!(codes(&too_deep), [("/parent_id", "too_deep")]);
    relocate(&test, child.id, Destination::last_below(parent)).await.expect("without it, it fits");
    test.assert_sound().await;
}

pub async fn the_public_sees_nothing_below_what_is_hidden(test: TestStore) {
    let top = test.named("Top", None).await;
    let hidden = test
        .add(NewCategory { status: CategoryStatus::Draft, ..NewCategory::named("Draft").below(top.id) })
        .await;
    let below = test.named("Below", Some(hidden.id)).await;
    let leaf = test.named("Leaf", Some(below.id)).await;
    let public = || test.names(Audience::Public, Scope::Everything);
    assert_eq!(public().await, ["Top"]);
    assert_eq!(test.names(Audience::Staff, Scope::Everything).await, ["Top", "Draft", "Below", "Leaf"]);
    let outline = test.store.outline(None, 64, Audience::Public, 100).await.expect("read");
    assert_eq!(outline.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["Top"]);
    assert!(!test.get(leaf.id).await.category.place.is_visible());
    // Out of the draft, and back; then the draft is published and its parent archived.
    relocate(&test, below.id, Destination::last_below(Some(top.id))).await.expect("moved");
    assert_eq!(public().await, ["Top", "Below", "Leaf"]);
    relocate(&test, below.id, Destination::last_below(Some(hidden.id))).await.expect("moved");
    assert_eq!(public().await, ["Top"]);
    test.change(hidden.id, |fields| fields.status = CategoryStatus::Active).await.expect("published");
    assert_eq!(public().await, ["Top", "Draft", "Below", "Leaf"]);
    test.change(top.id, |fields| fields.status = CategoryStatus::Archived).await.expect("archived");
    assert!(public().await.is_empty());
    test.assert_sound().await;
}

pub async fn an_outline_is_as_deep_as_asked_for(test: TestStore) {
    let top = test.named("Top", None).await;
    let child = test.named("Child", Some(top.id)).await;
    test.named("Grandchild", Some(child.id)).await;
    test.named("Second", None).await;
    let outline = async |root, levels, most| -> Vec<String> {
        let found = test.store.outline(root, levels, Audience::Staff, most).await.expect("read");
        found.into_iter().map(|entry| entry.name).collect()
    };
    assert_eq!(outline(None, 1, 10).await, ["Top", "Second"]);
    assert_eq!(outline(None, 64, 10).await, ["Top", "Child", "Grandchild", "Second"]);
    assert_eq!(outline(None, 64, 3).await, ["Top", "Child", "Grandchild"]);
    assert_eq!(outline(Some(top.id), 1, 10).await, ["Top", "Child"]);
    assert_eq!(outline(Some(child.id), 64, 10).await, ["Child", "Grandchild"]);
    assert!(outline(Some(CategoryId::generate()), 64, 10).await.is_empty());
}

pub async fn moves_at_the_same_time_leave_a_sound_tree(test: TestStore) {
    let mut ids = Vec::new();
    for number in 0..40 {
        let parent = if number % 4 == 0 { None } else { ids.last().copied() };
        ids.push(test.named(&format!("Category {number}"), parent).await.id);
    }
    let (ids, mut movers) = (Arc::new(ids), Vec::new());
    for mover in 0..8_usize {
        let (store, ids) = (Arc::clone(&test.store), Arc::clone(&ids));
        movers.push(tokio::spawn(async move {
            let (mut moved, mut refused) = (0, 0);
            let mut random = mover * 7919 + 1;
            for step in 0..60_usize {
                let mut pick = || {
                    random = (random * 1_103_515_245 + 12345) % 2_147_483_648;
                    ids[(random >> 16) % ids.len()]
                };
                let moving = pick();
                let to = match step % 5 {
                    0 => Destination::last_below(None),
                    1 => before(pick()),
                    _ => Destination::last_below(Some(pick())),
                };
                match store.relocate(moving, Expected::Any, to, None, None).await {
                    Ok(_) => moved += 1,
                    Err(failure) => {
                        assert!(
                            matches!(failure.code(), ErrorCode::CategoryCycle | ErrorCode::Validation),
                            "{failure}"
                        );
                        refused += 1;
                    }
                }
            }
            (moved, refused)
        }));
    }
    let (mut moved, mut refused) = (0, 0);
    for mover in movers {
        let (done, not_done) = mover.await.expect("no panic");
        moved += done;
        refused += not_done;
    }
    assert!(moved > 100 && refused > 0, "the test moves {moved} and meets {refused} cycles");
    test.assert_sound().await;
    assert_eq!(test.names(Audience::Staff, Scope::Everything).await.len(), 40);
}
