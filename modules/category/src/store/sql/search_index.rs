//! The search index: SQLite's FTS5, PostgreSQL's tsvector. It holds folded words, made by the kernel's analyzer, so both find the same.

use std::fmt::Write as _;

use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, Engine, on_conn};
use vitrine_kernel::text;

use crate::domain::Category;
use crate::domain::search_text::{SearchText, Term};

/// Adds a category.
pub(super) async fn add(conn: &mut Conn, category: &Category) -> Result<(), DbError> {
    let (name, description) = (text::words(&category.name), text::words(&category.description));
    match conn.engine() {
        Engine::Sqlite => {
            let query =
                diesel::sql_query("INSERT INTO category_search (rowid, name, description) VALUES (?, ?, ?)")
                    .bind::<BigInt, _>(category.seq)
                    .bind::<Text, _>(name.join(" "))
                    .bind::<Text, _>(description.join(" "));
            on_conn!(conn, |c| query.execute(c))?;
        }
        Engine::Postgres => {
            let query = diesel::sql_query(
                "INSERT INTO category_search (rowid, words) VALUES ($1, CAST($2 AS tsvector))",
            )
            .bind::<BigInt, _>(category.seq)
            .bind::<Text, _>(vector(&name, &description));
            on_conn!(conn, |c| query.execute(c))?;
        }
    }
    Ok(())
}

/// The words with their places, those of the name with weight A. The places of the description begin behind a gap, so that no
/// phrase spans both.
fn vector(name: &[String], description: &[String]) -> String {
    let mut vector = String::new();
    for (at, word) in name.iter().enumerate() {
        // Writing to a string can't fail.
        let _ = write!(vector, "{}:{}A ", quoted(word), at + 1);
    }
    for (at, word) in description.iter().enumerate() {
        let _ = write!(vector, "{}:{} ", quoted(word), name.len() + at + 3);
    }
    vector
}

/// A word for a tsvector or tsquery, which take at most 2 KB.
fn quoted(word: &str) -> String {
    const MOST: usize = 500;
    let mut end = word.len().min(MOST);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    let word = word.get(..end).unwrap_or_default();
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

/// Removes categories by number.
pub(super) async fn remove(conn: &mut Conn, seqs: &[i64]) -> Result<(), DbError> {
    for seq in seqs {
        let query = diesel::sql_query("DELETE FROM category_search WHERE rowid = $1");
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

/// A search in the words of the database. Only letters and digits of our analyzer stand between the quotes, so nothing can leave
/// them.
pub(super) struct SearchSql {
    /// What stands before and behind an expression: `seq IN (` … `)`.
    pub(super) before: &'static str,
    pub(super) behind: &'static str,
    /// The greater of two numbers.
    pub(super) greatest: &'static str,
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

impl SearchSql {
    pub(super) fn of(search: &SearchText, engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::of_fts5(search),
            Engine::Postgres => Self::of_tsquery(search),
        }
    }

    fn of_fts5(search: &SearchText) -> Self {
        let phrase =
            |term: &Term, open: bool| format!("\"{}\"{}", term.words.join(" "), if open { "*" } else { "" });
        let all = |open: bool| {
            let wanted = search.wanted.iter();
            let terms: Vec<String> = wanted.map(|term| phrase(term, open && term.open_ended)).collect();
            (!terms.is_empty()).then(|| terms.join(" AND "))
        };
        let in_name = |expression: Option<String>| {
            // The empty phrase matches nothing.
            expression.map_or_else(|| "\"\"".to_owned(), |expression| format!("{{name}} : ({expression})"))
        };
        let unwanted: Vec<String> = search.unwanted.iter().map(|term| phrase(term, false)).collect();
        Self {
            before: "(SELECT rowid FROM category_search WHERE category_search MATCH ",
            behind: ")",
            greatest: "max",
            wanted: all(true),
            unwanted: (!unwanted.is_empty()).then(|| unwanted.join(" OR ")),
            typed: search.folded.clone(),
            whole_words_in_name: in_name(all(false)),
            words_in_name: in_name(all(true)),
        }
    }

    fn of_tsquery(search: &SearchText) -> Self {
        let phrase = |term: &Term, open: bool, weight: &str| {
            let last = term.words.len().saturating_sub(1);
            let words: Vec<String> = (term.words.iter().enumerate())
                .map(|(at, word)| match (open && at == last, weight) {
                    (false, "") => quoted(word),
                    (open, weight) => {
                        format!("{}:{}{weight}", quoted(word), if open { "*" } else { "" })
                    }
                })
                .collect();
            format!("({})", words.join(" <-> "))
        };
        let all = |open: bool, weight: &str| {
            let wanted = search.wanted.iter();
            let terms: Vec<String> =
                wanted.map(|term| phrase(term, open && term.open_ended, weight)).collect();
            (!terms.is_empty()).then(|| terms.join(" & "))
        };
        let unwanted: Vec<String> = search.unwanted.iter().map(|term| phrase(term, false, "")).collect();
        Self {
            before: "(SELECT rowid FROM category_search WHERE words @@ CAST(",
            behind: " AS tsquery))",
            greatest: "greatest",
            wanted: all(true, ""),
            unwanted: (!unwanted.is_empty()).then(|| unwanted.join(" | ")),
            typed: search.folded.clone(),
            // The empty query matches nothing.
            whole_words_in_name: all(false, "A").unwrap_or_default(),
            words_in_name: all(true, "A").unwrap_or_default(),
        }
    }
}

/// Whether a category answers an expression: `matching!(search, "IN", expression)`, or doesn't: `"NOT IN"`.
macro_rules! matching {
    ($search:expr, $within:literal, $expression:expr) => {
        diesel::dsl::sql::<diesel::sql_types::Bool>(concat!("category_nodes.seq ", $within, " "))
            .sql($search.before)
            .bind::<diesel::sql_types::Text, _>($expression)
            .sql($search.behind)
    };
}

/// How well a category answers: the whole name, its beginning, its whole words, beginnings of its words, the description; shorter
/// names first. It depends on the category alone, so that pages stay stable while others are written.
macro_rules! relevance {
    ($search:expr) => {
        diesel::dsl::sql::<diesel::sql_types::BigInt>("CAST(CASE WHEN category_nodes.name_key = ")
            .bind::<diesel::sql_types::Text, _>($search.typed.clone())
            .sql(" THEN 4 WHEN substr(category_nodes.name_key, 1, length(")
            .bind::<diesel::sql_types::Text, _>($search.typed.clone())
            .sql(")) = ")
            .bind::<diesel::sql_types::Text, _>($search.typed.clone())
            .sql(" THEN 3 WHEN category_nodes.seq IN ")
            .sql($search.before)
            .bind::<diesel::sql_types::Text, _>($search.whole_words_in_name.clone())
            .sql($search.behind)
            .sql(" THEN 2 WHEN category_nodes.seq IN ")
            .sql($search.before)
            .bind::<diesel::sql_types::Text, _>($search.words_in_name.clone())
            .sql($search.behind)
            .sql(" THEN 1 ELSE 0 END * 1000 + ")
            .sql($search.greatest)
            .sql("(0, 999 - length(category_nodes.name_key)) AS BIGINT)")
    };
}

pub(super) use {matching, relevance};
