//! What a list shows and in which order.

use serde_json::{Value, json};
use vitrine_category_api::CategoryStatus;
use vitrine_kernel::{CategoryId, CountMode, Cursor, Failure, Limit, Timestamp};

use super::position::TreeMark;
use super::search_text::SearchText;
use super::{Audience, Category};

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// The order of the tree: parents before their children, siblings in their order.
    Position,
    /// The name, case and accents ignored.
    Name,
    /// When it was made.
    CreatedAt,
    /// When it was last changed.
    UpdatedAt,
    /// How well it answers the search.
    Relevance,
}

/// A sort key and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sort {
    /// The key.
    pub key: SortKey,
    /// From the last to the first.
    pub descending: bool,
}

impl Sort {
    /// In the order of the tree.
    pub const POSITION: Self = Self { key: SortKey::Position, descending: false };
    /// The best answers first.
    pub const RELEVANCE: Self = Self { key: SortKey::Relevance, descending: true };

    /// The names that [`Sort::parse`] knows, for messages.
    pub const EXPECTED: &str = "must be `position`, `name`, `created_at`, `updated_at` (with `-` in front for the reverse), or `relevance` with `q`";

    /// Reads a name as it stands in a query.
    pub fn parse(name: &str) -> Option<Self> {
        let (descending, key) = match name.strip_prefix('-') {
            Some(key) => (true, key),
            None => (false, name),
        };
        let key = match key {
            "position" => SortKey::Position,
            "name" => SortKey::Name,
            "created_at" => SortKey::CreatedAt,
            "updated_at" => SortKey::UpdatedAt,
            "relevance" if !descending => return Some(Self::RELEVANCE),
            _ => return None,
        };
        Some(Self { key, descending })
    }
}

/// Which part of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All of it.
    Everything,
    /// The roots.
    Roots,
    /// The children of one.
    ChildrenOf(CategoryId),
    /// Everything below one.
    Below(CategoryId),
    /// Those above one.
    Above(CategoryId),
}

impl Scope {
    /// Whether all of it has one parent: then the ranks alone say the order.
    pub const fn is_siblings(&self) -> bool {
        matches!(self, Self::Roots | Self::ChildrenOf(_))
    }

    /// The category that all of it is below. Cursors count from there: so it may be moved while someone pages.
    pub const fn top(&self) -> Option<CategoryId> {
        match self {
            Self::ChildrenOf(top) | Self::Below(top) => Some(*top),
            Self::Everything | Self::Roots | Self::Above(_) => None,
        }
    }
}

/// Which categories.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Who looks.
    pub audience: Audience,
    /// Which part of the tree.
    pub scope: Scope,
    /// Any of these; empty: any.
    pub status: Vec<CategoryStatus>,
    /// Changed then or later.
    pub updated_since: Option<Timestamp>,
    /// What is searched for; `None` where nothing is, or nothing that can be.
    pub search: Option<SearchText>,
}

impl Filter {
    /// All of a part of the tree.
    pub const fn scope(audience: Audience, scope: Scope) -> Self {
        Self { audience, scope, status: Vec::new(), updated_since: None, search: None }
    }
}

/// A list to make a page of.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// Which categories.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// After which one.
    pub after: Option<SortPoint>,
    /// How many at most.
    pub limit: Limit,
    /// Whether to count them all.
    pub count: CountMode,
}

impl Listing {
    /// A listing from what a client asks for.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::InvalidCursor`].
    pub fn new(
        filter: Filter,
        sort: Sort,
        cursor: Option<&str>,
        limit: Limit,
        count: CountMode,
    ) -> Result<Self, Failure> {
        // Nothing is more relevant than another thing where nothing is searched for.
        let unsearched = sort.key == SortKey::Relevance && filter.search.is_none();
        let sort = if unsearched { Sort::POSITION } else { sort };
        let mut listing = Self { filter, sort, after: None, limit, count };
        if let Some(text) = cursor {
            let cursor = Cursor::decode(text, &listing.fingerprint())?;
            let point = SortPoint::from_keys(cursor.keys(), sort.key)
                .ok_or_else(|| Cursor::invalid("The cursor is damaged. Leave it out to begin again."))?;
            listing.after = Some(point);
        }
        Ok(listing)
    }

    /// The cursor after a category; `relevance` is its score where there is a search, `respaced` the last respacing of siblings when
    /// it was read.
    pub fn cursor_after(&self, category: &Category, relevance: i64, respaced: i64) -> String {
        let seq = json!(category.seq);
        let keys = match self.sort.key {
            SortKey::Position => {
                vec![json!(category.place.seen_from(self.filter.scope.top())), json!(respaced), seq]
            }
            SortKey::Name => vec![json!(category.name_key()), seq],
            SortKey::CreatedAt => vec![json!(category.created_at.as_millis()), seq],
            SortKey::UpdatedAt => vec![json!(category.updated_at.as_millis()), seq],
            SortKey::Relevance => vec![json!(relevance), seq],
        };
        Cursor::new(&self.fingerprint(), keys).encode()
    }

    /// Changes with everything that the pages have in common.
    fn fingerprint(&self) -> String {
        format!("categories {:?} {:?}", self.filter, self.sort)
    }
}

/// The sort values of the last category of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortPoint {
    /// Its value of the sort key.
    pub key: PointKey,
    /// Breaks ties.
    pub seq: i64,
}

/// A value of a sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointKey {
    /// In the order of the tree.
    Place(TreeMark),
    /// Of a text key.
    Text(String),
    /// Of a number.
    Number(i64),
}

impl SortPoint {
    fn from_keys(keys: &[Value], sort: SortKey) -> Option<Self> {
        let (seq, keys) = keys.split_last()?;
        let key = match (sort, keys) {
            (SortKey::Position, [place, respaced]) => {
                let place = place.as_str()?.to_owned();
                PointKey::Place(TreeMark { place, respaced: respaced.as_i64()? })
            }
            (SortKey::Name, [key]) => PointKey::Text(key.as_str()?.to_owned()),
            (SortKey::CreatedAt | SortKey::UpdatedAt | SortKey::Relevance, [key]) => {
                PointKey::Number(key.as_i64()?)
            }
            _ => return None,
        };
        Some(Self { key, seq: seq.as_i64()? })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use vitrine_kernel::ErrorCode;

    use super::*;
    use crate::domain::rank::MOST_BYTES;
    use crate::domain::tree::MOST_LEVELS;
    use crate::domain::{Place, Rank};

    #[rstest]
    #[case("name", Some(Sort { key: SortKey::Name, descending: false }))]
    #[case("-updated_at", Some(Sort { key: SortKey::UpdatedAt, descending: true }))]
    #[case("relevance", Some(Sort::RELEVANCE))]
    #[case("-relevance", None)]
    #[case("--name", None)]
    #[case("", None)]
    fn sorts_are_read(#[case] name: &str, #[case] wanted: Option<Sort>) {
        assert_eq!(Sort::parse(name), wanted);
    }

    #[test]
    fn a_cursor_of_another_list_or_with_foreign_values_is_refused() {
        let filter = Filter::scope(Audience::Public, Scope::Everything);
        let listing = Listing::new(filter.clone(), Sort::POSITION, None, Limit::default(), CountMode::None)
            .expect("no cursor");
        let forged = [vec![json!(7), json!("x")], vec![json!("a0/"), json!(1)], Vec::new()]
            .map(|keys| Cursor::new(&listing.fingerprint(), keys).encode());
        let staff = Filter { audience: Audience::Staff, ..filter.clone() };
        let good = Cursor::new(&listing.fingerprint(), vec![json!("a0/"), json!(0), json!(1)]).encode();
        let read = |filter, cursor: &str| {
            Listing::new(filter, Sort::POSITION, Some(cursor), Limit::default(), CountMode::None)
        };
        assert!(read(filter.clone(), &good).is_ok());
        let forged = forged.iter().map(|cursor| (filter.clone(), cursor));
        for (filter, cursor) in forged.chain([(staff, &good)]) {
            assert_eq!(read(filter, cursor).expect_err("refused").code(), ErrorCode::InvalidCursor);
        }
    }
    /// However deep a category stands and however long its ranks are, its cursor is one that we read.
    #[test]
    fn the_longest_cursor_is_read() {
        let rank = Rank::parse(&format!("a0{}", "V".repeat(MOST_BYTES - 2))).expect("a rank");
        let mut place = Place::below(None, CategoryId::generate(), rank.clone(), CategoryStatus::Active);
        while place.depth + 1 < MOST_LEVELS {
            let above = (CategoryId::generate(), place);
            place = Place::below(
                Some((above.0, &above.1)),
                CategoryId::generate(),
                rank.clone(),
                CategoryStatus::Active,
            );
        }
        let filter = Filter::scope(Audience::Public, Scope::Everything);
        let listing = |cursor: Option<&str>| {
            Listing::new(filter.clone(), Sort::POSITION, cursor, Limit::default(), CountMode::None)
        };
        let first = listing(None).expect("no cursor");
        let keys = vec![json!(place.seen_from(None)), json!(i64::MAX), json!(i64::MAX)];
        let cursor = Cursor::new(&first.fingerprint(), keys).encode();
        let mark = TreeMark { place: place.order.as_str().to_owned(), respaced: i64::MAX };
        let after = listing(Some(&cursor)).expect("our own cursor").after.expect("a point");
        assert_eq!(after, SortPoint { key: PointKey::Place(mark), seq: i64::MAX });
    }
}
