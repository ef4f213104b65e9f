//! The vocabulary: every word of the full-text index.

use std::ops::RangeInclusive;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use vitrine_db::{Conn, DbError};

use super::conditions::{products_matching, published};
use super::sql::Sql;
use crate::search::condition::Condition;
use crate::search::request::Visibility;

/// Longer words are not meant by what was mistyped.
const LONGEST_WORD: usize = 42;

/// A word of the index.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(crate) struct Term {
    /// Folded.
    #[diesel(sql_type = Text)]
    pub(crate) word: String,
    /// How many products have it, those that the caller may not see included. Beyond some thousand it may be reckoned.
    #[diesel(sql_type = BigInt)]
    pub(crate) products: i64,
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// A word that was typed, to be compared with those of the index.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    /// Its letters.
    pub(crate) letters: Vec<char>,
    /// So many typing errors at most.
    pub(crate) errors: usize,
    /// Whether it may be the beginning of a word, a mistyped one.
    pub(crate) goes_on: bool,
}

/// Those of the words that are in the index.
pub(crate) async fn existing(conn: &mut Conn, words: &[String]) -> Result<Vec<String>, DbError> {
    let mut sql = Sql::new("SELECT term AS word FROM catalog_words WHERE term IN ");
    sql.bind_list(words);
    load_words(sql, conn).await
}

/// The first `most` of the words that begin so, in their order.
pub(crate) async fn beginning_with(
    conn: &mut Conn,
    beginning: &str,
    most: i64,
) -> Result<Vec<String>, DbError> {
    let mut sql = Sql::new("SELECT term AS word FROM catalog_words WHERE term >= ");
    sql.bind(beginning).push(" AND term < ").bind(end_of(beginning));
    sql.push(" ORDER BY term LIMIT ").bind(most);
    load_words(sql, conn).await
}

/// At most `most` words that begin so and that many products have.
pub(crate) async fn frequent_beginning_with(
    conn: &mut Conn,
    beginning: &str,
    most: i64,
) -> Result<Vec<Term>, DbError> {
    let words = beginning_with(conn, beginning, most).await?;
    counted(conn, &words).await
}

/// The words that may be within the errors of one of those that were typed, and others: comparing is the caller's.
pub(crate) async fn perhaps_near(conn: &mut Conn, typed: &[Typed]) -> Result<Vec<String>, DbError> {
    let Some(lengths) = lengths(typed) else { return Ok(Vec::new()) };
    let bound = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let mut sql = Sql::new("SELECT term AS word FROM catalog_words WHERE length(term) BETWEEN ");
    sql.bind(bound(*lengths.start())).push(" AND ").bind(bound(*lengths.end()));
    load_words(sql, conn).await
}

/// The words with how many products have them.
pub(crate) async fn counted(conn: &mut Conn, words: &[String]) -> Result<Vec<Term>, DbError> {
    let mut sql = Sql::new("SELECT term AS word, doc AS products FROM catalog_words WHERE term IN ");
    sql.bind_list(words);
    sql.load(conn).await
}

/// Whether a product in this visibility matches a full-text condition.
pub(crate) async fn any_product(
    conn: &mut Conn,
    visibility: Visibility,
    matching: Condition,
) -> Result<bool, DbError> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        #[expect(dead_code, reason = "that there is a row is all we ask")]
        seq: i64,
    }

    let mut sql = Sql::new("SELECT p.seq AS seq FROM (");
    sql.append(products_matching(matching));
    sql.push(") found JOIN catalog_products p ON p.seq = found.seq WHERE p.deleted_at IS NULL");
    sql.append(published(visibility)).push(" LIMIT 1");
    Ok(!sql.load::<Found>(conn).await?.is_empty())
}

async fn load_words(sql: Sql, conn: &mut Conn) -> Result<Vec<String>, DbError> {
    Ok(sql.load::<Word>(conn).await?.into_iter().map(|row| row.word).collect())
}

/// What is greater than every word that begins so.
fn end_of(beginning: &str) -> String {
    format!("{beginning}{}", char::MAX)
}

/// How long a word can be that is near to one of those typed; `None` if none was.
fn lengths(typed: &[Typed]) -> Option<RangeInclusive<usize>> {
    let longest = |word: &Typed| {
        if word.goes_on { LONGEST_WORD } else { word.letters.len() + word.errors }
    };
    let shortest = typed.iter().map(|word| word.letters.len().saturating_sub(word.errors)).min()?;
    Some(shortest.max(2)..=typed.iter().map(longest).max()?)
}
