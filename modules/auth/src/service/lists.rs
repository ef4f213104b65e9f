//! Pages by a unique key.

use serde_json::Value;
use vitrine_kernel::{CountMode, Cursor, Failure, Limit, Page};

/// Which page of a list.
#[derive(Debug, Clone)]
pub(crate) struct PageRequest {
    pub(crate) limit: Limit,
    pub(crate) cursor: Option<String>,
    pub(crate) count: CountMode,
}

impl PageRequest {
    /// The key after which the page begins. `list` is what the cursor must be made for.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::InvalidCursor`].
    pub(super) fn after<T>(
        &self,
        list: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let cursor = Cursor::decode(cursor, list)?;
        match cursor.keys() {
            [Value::String(key)] => parse(key).map(Some),
            _ => None,
        }
        .ok_or_else(|| Cursor::invalid("The cursor does not belong to this list."))
    }

    /// These lists are short: an estimate would cost as much.
    pub(super) fn wants_count(&self) -> bool {
        self.count != CountMode::None
    }
}

/// Makes a page of rows, of which there is one more than the limit where there is a next page.
pub(super) fn page<T>(
    mut items: Vec<T>,
    limit: Limit,
    list: &str,
    total: Option<u64>,
    key_of: impl Fn(&T) -> String,
) -> Page<T> {
    let more = items.len() > limit.as_usize();
    items.truncate(limit.as_usize());
    let cursor_after = |item: &T| Cursor::new(list, vec![Value::String(key_of(item))]).encode();
    let next_cursor = items.last().filter(|_| more).map(cursor_after);
    Page { items, next_cursor, total }
}
