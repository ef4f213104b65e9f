//! The search index, in SQL that only SQLite's FTS5 speaks. It holds folded words, made by the kernel's analyzer.

use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, on_conn};
use vitrine_kernel::text;

use crate::domain::Category;
use crate::domain::search_text::{SearchText, Term};

/// Adds a category.
pub(super) async fn add(conn: &mut Conn, category: &Category) -> Result<(), DbError> {
    let query = diesel::sql_query("INSERT INTO category_search (rowid, name, description) VALUES (?, ?, ?)");
    let (name, description) =
        (text::words(&category.name).join(" "), text::words(&category.description).join(" "));
    on_conn!(conn, |c| query
        .bind::<BigInt, _>(category.seq)
        .bind::<Text, _>(name)
        .bind::<Text, _>(description)
        .execute(c))?;
    Ok(())
}

/// Removes categories by number.
pub(super) async fn remove(conn: &mut Conn, seqs: &[i64]) -> Result<(), DbError> {
    for seq in seqs {
        let query = diesel::sql_query("DELETE FROM category_search WHERE rowid = ?");
        on_conn!(conn, |c| query.bind::<BigInt, _>(*seq).execute(c))?;
    }
    Ok(())
}

/// Removes everything.
pub(super) async fn clear(conn: &mut Conn) -> Result<(), DbError> {
    on_conn!(conn, |c| diesel::sql_query("DELETE FROM category_search").execute(c))?;
    Ok(())
}

#[derive(diesel::QueryableByName)]
struct Indexed {
    #[diesel(sql_type = BigInt)]
    rowid: i64,
}

/// The numbers of all categories in the index.
pub(super) async fn seqs(conn: &mut Conn) -> Result<Vec<i64>, DbError> {
    let rows = on_conn!(conn, |c| diesel::sql_query("SELECT rowid FROM category_search").load::<Indexed>(c))?;
    Ok(rows.into_iter().map(|row| row.rowid).collect())
}

/// A search in the words of FTS5. Only letters and digits of our analyzer stand between the quotes, so nothing can leave them.
pub(super) struct SearchSql {
    /// What must match; `None` where a search only excludes.
    pub(super) wanted: Option<String>,
    /// What must not.
    pub(super) unwanted: Option<String>,
    /// What was typed, folded.
    pub(super) typed: String,
    /// Matches names that have every word whole.
    pub(super) whole_words_in_name: String,
    /// Matches names that have every word, or one that begins with it.
    pub(super) words_in_name: String,
}

/// An expression that matches nothing.
const NOTHING: &str = "\"\"";

impl SearchSql {
    pub(super) fn of(search: &SearchText) -> Self {
        let open =
            |term: &Term| format!("\"{}\"{}", term.words.join(" "), if term.open_ended { "*" } else { "" });
        let closed = |term: &Term| format!("\"{}\"", term.words.join(" "));
        let all = |write: &dyn Fn(&Term) -> String| {
            let terms: Vec<String> = search.wanted.iter().map(write).collect();
            (!terms.is_empty()).then(|| terms.join(" AND "))
        };
        let in_name = |expression: Option<String>| {
            expression.map_or_else(|| NOTHING.to_owned(), |expression| format!("{{name}} : ({expression})"))
        };
        let unwanted: Vec<String> = search.unwanted.iter().map(closed).collect();
        Self {
            wanted: all(&open),
            unwanted: (!unwanted.is_empty()).then(|| unwanted.join(" OR ")),
            typed: search.folded.clone(),
            whole_words_in_name: in_name(all(&closed)),
            words_in_name: in_name(all(&open)),
        }
    }
}

/// Whether a category answers an FTS5 expression: `matching!(in expression)`, `matching!(not in expression)`.
macro_rules! matching {
    (in $expression:expr) => {
        diesel::dsl::sql::<diesel::sql_types::Bool>(
            "category_nodes.seq IN (SELECT rowid FROM category_search WHERE category_search MATCH ",
        )
        .bind::<diesel::sql_types::Text, _>($expression)
        .sql(")")
    };
    (not in $expression:expr) => {
        diesel::dsl::sql::<diesel::sql_types::Bool>(
            "category_nodes.seq NOT IN (SELECT rowid FROM category_search WHERE category_search MATCH ",
        )
        .bind::<diesel::sql_types::Text, _>($expression)
        .sql(")")
    };
}

/// How well a category answers: the whole name, its beginning, its whole words, beginnings of its words, the description; shorter
/// names first. It depends on the category alone, so that pages stay stable while others are written.
macro_rules! relevance {
    ($search:expr) => {
        diesel::dsl::sql::<diesel::sql_types::BigInt>("(CASE WHEN category_nodes.name_key = ")
            .bind::<diesel::sql_types::Text, _>($search.typed.clone())
            .sql(" THEN 4 WHEN substr(category_nodes.name_key, 1, length(")
            .bind::<diesel::sql_types::Text, _>($search.typed.clone())
            .sql(")) = ")
            .bind::<diesel::sql_types::Text, _>($search.typed.clone())
            .sql(" THEN 3 WHEN category_nodes.seq IN (SELECT rowid FROM category_search WHERE category_search MATCH ")
            .bind::<diesel::sql_types::Text, _>($search.whole_words_in_name.clone())
            .sql(") THEN 2 WHEN category_nodes.seq IN (SELECT rowid FROM category_search WHERE category_search MATCH ")
            .bind::<diesel::sql_types::Text, _>($search.words_in_name.clone())
            .sql(") THEN 1 ELSE 0 END * 1000 + max(0, 999 - length(category_nodes.name_key)))")
    };
}

pub(super) use {matching, relevance};
