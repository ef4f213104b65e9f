//! Places in the tree.
//!
//! What a row keeps beside its parent is made from the parents above it, and serves queries: the path of ids answers who is
//! below whom, the path of ranks sorts the whole tree as a reader sees it, and the count of inactive categories on the way
//! says whether the public sees it.

use vitrine_category_api::CategoryStatus;
use vitrine_kernel::CategoryId;

use super::rank::Rank;

/// The most levels a tree has.
pub const MOST_LEVELS: i32 = 64;

/// The ids from the root down to a category itself: 32 hexadecimal digits each, each ended by `/`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TreePath(String);

/// The ranks from the root down to a category itself, each ended by `/`, which sorts before every digit of a rank: compared
/// as bytes, parents come before their children, and siblings stand in their order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreeOrder(String);

impl TreePath {
    /// A stored path.
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// The path of a category below this one, or of a root.
    #[must_use]
    pub fn of(parent: Option<&Self>, id: CategoryId) -> Self {
        Self(format!("{}{}/", parent.map_or("", Self::as_str), id.0.simple()))
    }

    /// Whether the other is this category or one below it.
    pub fn holds(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    /// The ids of the ancestors, the root first, without the category itself.
    pub fn ancestors(&self) -> Vec<CategoryId> {
        let mut ids: Vec<CategoryId> =
            self.0.split_terminator('/').filter_map(|id| id.parse().ok()).collect();
        ids.pop();
        ids
    }

    /// On which level of this path a category stands, 0 for the root; `None` if it isn't on it.
    pub fn level_of(&self, id: CategoryId) -> Option<usize> {
        let id = id.0.simple().to_string();
        self.0.split_terminator('/').position(|on_the_way| on_the_way == id)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Text that sorts after all paths below this one and before all others that follow.
    pub fn end(&self) -> String {
        end_of(&self.0)
    }
}

impl TreeOrder {
    /// A stored order.
    pub const fn stored(text: String) -> Self {
        Self(text)
    }

    /// The order of a category of this rank below this one, or of a root.
    #[must_use]
    pub fn of(parent: Option<&Self>, rank: &Rank) -> Self {
        Self(format!("{}{rank}/", parent.map_or("", Self::as_str)))
    }

    /// The ranks on the levels below this one.
    pub fn below_level(&self, level: usize) -> &str {
        self.0.splitn(level + 2, '/').nth(level + 1).unwrap_or_default()
    }

    /// Text that sorts after everything below this one and before all that follows.
    pub fn end(&self) -> String {
        end_of(&self.0)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `/` is followed by `0`.
fn end_of(path: &str) -> String {
    format!("{}0", path.strip_suffix('/').unwrap_or(path))
}

/// Where a category stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its parent; `None` for a root.
    pub parent_id: Option<CategoryId>,
    /// See [`TreePath`].
    pub path: TreePath,
    /// 0 for a root.
    pub depth: i32,
    /// Among its siblings.
    pub rank: Rank,
    /// See [`TreeOrder`].
    pub order: TreeOrder,
    /// How many categories on the way here, itself included, are not active. The public sees those with 0.
    pub hidden_by: i32,
}

impl Place {
    /// The place of a category of this status and rank below `parent`.
    pub fn below(
        parent: Option<(CategoryId, &Self)>,
        id: CategoryId,
        rank: Rank,
        status: CategoryStatus,
    ) -> Self {
        let above = parent.map(|(_, place)| place);
        Self {
            parent_id: parent.map(|(id, _)| id),
            path: TreePath::of(above.map(|place| &place.path), id),
            depth: above.map_or(0, |place| place.depth + 1),
            order: TreeOrder::of(above.map(|place| &place.order), &rank),
            rank,
            hidden_by: above.map_or(0, |place| place.hidden_by) + hides(status),
        }
    }

    /// Whether anonymous callers see what stands here.
    pub const fn is_visible(&self) -> bool {
        self.hidden_by == 0
    }
}

/// What a category of this status adds to [`Place::hidden_by`] of itself and of all below it.
pub fn hides(status: CategoryStatus) -> i32 {
    i32::from(status != CategoryStatus::Active)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_made_from_the_one_above() {
        let (root, child) = (CategoryId::generate(), CategoryId::generate());
        let above = Place::below(None, root, Rank::append(None), CategoryStatus::Draft);
        let place = Place::below(Some((root, &above)), child, Rank::append(None), CategoryStatus::Active);
        assert_eq!((place.parent_id, place.depth, place.hidden_by), (Some(root), 1, 1));
        assert_eq!(place.path.ancestors(), [root]);
        assert_eq!(place.order.as_str(), "a0/a0/");
        assert!(above.path.holds(&place.path) && !place.path.holds(&above.path));
        assert!(!place.is_visible());
    }

    #[test]
    fn the_end_of_a_path_divides_what_is_below_from_the_rest() {
        let ids: Vec<CategoryId> = (0..50).map(|_| CategoryId::generate()).collect();
        let top = TreePath::of(None, ids[7]);
        for id in &ids {
            let below = TreePath::of(Some(&top), *id);
            assert!(below.as_str() > top.as_str() && below.as_str() < top.end().as_str());
            let other = TreePath::of(None, *id);
            assert!(*id == ids[7] || other.as_str() < top.as_str() || other.as_str() > top.end().as_str());
        }
    }

    #[test]
    fn tree_order_puts_parents_first_and_siblings_in_order() {
        let ranks = ["Zz", "a0", "a0V", "a1"].map(|text| Rank::parse(text).expect("a rank"));
        let mut orders = Vec::new();
        for rank in &ranks {
            let parent = TreeOrder::of(None, rank);
            orders.push(parent.clone());
            orders.extend(ranks.iter().map(|below| TreeOrder::of(Some(&parent), below)));
        }
        assert!(orders.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
