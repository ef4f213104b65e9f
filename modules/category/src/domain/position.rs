//! Where a page in the order of the tree ended, and where that is after siblings were given other ranks.
//!
//! A page ends at a place: the ranks from the top of the list down to the last category shown. What is written meanwhile moves
//! other categories across that place only where *they* are moved; all the others keep their ranks, and so their side of it. But
//! for one case: when no short rank is left between two siblings, all of them are respaced, in the same order. Each respacing is
//! therefore kept as what it is, a growing function of ranks, and a place that was noted before it is carried over by it. The argument
//! stands in `docs/adr/0009-a-page-of-the-tree-ends-at-a-place.md`.

use vitrine_kernel::CategoryId;

use super::{Place, TreeOrder, TreePath};

/// Sorts behind everything below a category, in place of the `/` that ends its rank.
const BEHIND: &str = "0";
/// Sorts before all children of a category and behind itself.
const BEFORE_ALL: &str = "!";

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeMark {
    /// The order of the last category, below the top of the list (see [`Place::seen_from`]); or, where that category was gone when
    /// its siblings were respaced, just behind the one before it.
    pub place: String,
    /// The last [`Respacing`] that this place knows of; 0: none.
    pub respaced: i64,
}

/// New ranks for all children of a category, or for all roots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Respacing {
    /// The path of the parent when it happened; empty for the roots.
    pub path: TreePath,
    /// The order of the parent when it happened; empty for the roots.
    pub order: TreeOrder,
    /// The rank that each child had, and the one that it got, in their order.
    pub ranks: Vec<(String, String)>,
}

impl Place {
    /// The order from `top` down to here, `top` itself left out; the whole order where there is no top. It stays the same when the
    /// top is moved.
    pub fn seen_from(&self, top: Option<CategoryId>) -> &str {
        seen_from(&self.path, &self.order, top).unwrap_or_else(|| self.order.as_str())
    }
}

/// `None` where the top is not on the way.
fn seen_from<'a>(path: &TreePath, order: &'a TreeOrder, top: Option<CategoryId>) -> Option<&'a str> {
    match top {
        None => Some(order.as_str()),
        Some(top) => Some(order.below_level(path.level_of(top)?)),
    }
}

impl Respacing {
    /// Where a place is after this, in a list with this top. Every child and everything below it is on the same side of the new place
    /// as it was of the old one; the categories elsewhere were not touched, and the place is not moved past them.
    #[must_use]
    pub fn carry(&self, top: Option<CategoryId>, place: String) -> String {
        let Some(parent) = seen_from(&self.path, &self.order, top) else { return place };
        let carried = match place.strip_prefix(parent) {
            // Elsewhere, or the parent itself.
            None | Some("") => return place,
            Some(rest) => match rest.split_once('/') {
                Some((rank, below)) => match self.new_rank(rank) {
                    Some(new) => format!("{new}/{below}"),
                    None => self.behind_last_before(rank),
                },
                None => self.behind_last_before(rest),
            },
        };
        format!("{parent}{carried}")
    }

    fn new_rank(&self, rank: &str) -> Option<&str> {
        self.ranks.iter().find(|(old, _)| old == rank).map(|(_, new)| new.as_str())
    }

    fn behind_last_before(&self, rank: &str) -> String {
        let before = self.ranks.iter().rev().find(|(old, _)| old.as_str() < rank);
        before.map_or_else(|| BEFORE_ALL.to_owned(), |(_, new)| format!("{new}{BEHIND}"))
    }
}

/// What sorts as a place does where siblings are compared by their ranks alone.
pub fn as_rank(place: &str) -> &str {
    place.strip_suffix('/').unwrap_or(place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Rank;

    /// Ranks as users make them: each new sibling goes anywhere among those before it.
    fn ranks(places: &[f64]) -> Vec<Rank> {
        let mut ranks: Vec<Rank> = Vec::new();
        for place in places {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a place in a short list"
            )]
            let at = (place * (ranks.len() + 1) as f64) as usize;
            let rank = Rank::between(at.checked_sub(1).map(|before| &ranks[before]), ranks.get(at));
            ranks.insert(at, rank.expect("in order"));
        }
        ranks
    }

    /// Every `gone`th sibling is gone; the others are put behind the last one.
    fn respace(parent: &str, path: &TreePath, ranks: &[Rank], gone: usize) -> (Respacing, Vec<Rank>) {
        let mut last = ranks.last().cloned();
        let (mut pairs, mut after) = (Vec::new(), Vec::new());
        for (_, rank) in ranks.iter().enumerate().filter(|(at, _)| at % gone != 0) {
            let new = Rank::append(last.as_ref());
            pairs.push((rank.to_string(), new.to_string()));
            after.push(new.clone());
            last = Some(new);
        }
        let order = TreeOrder::stored(parent.to_owned());
        (Respacing { path: path.clone(), order, ranks: pairs }, after)
    }

    proptest! {
        #[test]
        fn whoever_stays_keeps_its_side(
            places in prop::collection::vec(0.0..1.0_f64, 2..60),
            (first, second) in (2..5_usize, 2..5_usize),
        ) {
            let (top, parent) = (CategoryId::generate(), CategoryId::generate());
            let path = TreePath::of(Some(&TreePath::of(None, top)), parent);
            let old = ranks(&places);
            // The same as seen from the root of all and from the top; `a5/` and `a7/` stand beside the parent.
            for (seen_from, prefix) in [(None, "a3/a6/"), (Some(top), "a6/"), (Some(parent), "")] {
                let (one, between) = respace("a3/a6/", &path, &old, first);
                let (two, new) = respace("a3/a6/", &path, &between, second);
                let survivors: Vec<&Rank> =
                    old.iter().enumerate().filter(|(at, _)| at % first != 0).map(|(_, rank)| rank).enumerate()
                        .filter(|(at, _)| at % second != 0).map(|(_, rank)| rank).collect();
                prop_assert_eq!(survivors.len(), new.len());
                let mut rows: Vec<(String, String)> = survivors.iter().zip(&new)
                    .flat_map(|(old, new)| ["", "a0/", "a0/zz/"].map(|below|
                        (format!("{prefix}{old}/{below}"), format!("{prefix}{new}/{below}"))))
                    .collect();
                if let Some(above) = prefix.strip_suffix("a6/") {
                    rows.extend(["a5/", "a5/a9/", "a6/", "a7/", "a7/Zz/"].map(|at| (format!("{above}{at}"), format!("{above}{at}"))));
                }
                let marks = old.iter().flat_map(|rank| ["", "a0/", "a0/zz/"].map(|below| format!("{prefix}{rank}/{below}")));
                for mark in marks.chain(rows.iter().map(|(old, _)| old.clone())) {
                    let carried = two.carry(seen_from, one.carry(seen_from, mark.clone()));
                    for (old, new) in &rows {
                        prop_assert_eq!(old.cmp(&mark), new.cmp(&carried), "{} is at {}, {} at {}", old, new, mark, carried);
                    }
                    // And by their ranks alone, where the list has nothing but siblings.
                    if prefix.is_empty() && mark.matches('/').count() == 1 {
                        for (old, new) in survivors.iter().zip(&new) {
                            prop_assert_eq!(old.as_str().cmp(as_rank(&mark)), new.as_str().cmp(as_rank(&carried)));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_respacing_elsewhere_changes_nothing() {
        let (top, other) = (CategoryId::generate(), CategoryId::generate());
        let ranks = vec![("a0".to_owned(), "a1".to_owned())];
        let of_roots = Respacing {
            path: TreePath::stored(String::new()),
            order: TreeOrder::stored(String::new()),
            ranks,
        };
        assert_eq!(of_roots.carry(None, "a0/a0/".to_owned()), "a1/a0/");
        assert_eq!(of_roots.carry(Some(top), "a0/a0/".to_owned()), "a0/a0/");
        let below_other = Respacing {
            path: TreePath::of(None, other),
            order: TreeOrder::stored("a7/".to_owned()),
            ..of_roots
        };
        assert_eq!(below_other.carry(None, "a0/a0/".to_owned()), "a0/a0/");
        assert_eq!(below_other.carry(Some(top), "a0/".to_owned()), "a0/");
        assert_eq!(below_other.carry(Some(other), "a0/".to_owned()), "a1/");
    }
}
