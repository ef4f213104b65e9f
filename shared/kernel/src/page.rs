//! Pages of lists.

use serde::Serialize;

/// How many items a page may have: 1 to 100, 20 if not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u16);

impl Limit {
    /// The most items a page can have.
    pub const MAX: u16 = 100;

    /// `None` outside 1..=100.
    pub const fn new(items: u16) -> Option<Self> {
        if items >= 1 && items <= Self::MAX { Some(Self(items)) } else { None }
    }

    /// The number of items.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The number of items as a length.
    pub const fn as_usize(self) -> usize {
        self.0 as usize
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

/// Whether a list also tells how many items there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CountMode {
    /// No count: the cheapest.
    #[default]
    None,
    /// A count that may be off.
    Estimated,
    /// The exact count.
    Exact,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// Opaque; `null` on the last page.
    pub next_cursor: Option<String>,
    /// How many items there are in all, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// The same page with other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            next_cursor: self.next_cursor,
            total: self.total,
        }
    }
}
