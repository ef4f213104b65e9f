//! The vocabulary: every word of the full-text index.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use vitrine_db::{Conn, DbError};

use super::conditions::published;
use super::sql::Sql;
use crate::search::request::Visibility;

/// A word of the index.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(crate) struct Term {
    /// Folded.
    #[diesel(sql_type = Text, column_name = term)]
    pub(crate) word: String,
    /// How many products have it, those that the caller may not see included.
    #[diesel(sql_type = BigInt, column_name = doc)]
    pub(crate) products: i64,
}

/// Those of the words that are in the index.
pub(crate) async fn existing(conn: &mut Conn, words: &[String]) -> Result<Vec<Term>, DbError> {
    let mut sql = Sql::new("SELECT term, doc FROM catalog_words WHERE term IN ");
    sql.bind_list(words);
    sql.load(conn).await
}

/// At most `most` of the words that begin so, in their order.
pub(crate) async fn beginning_with(
    conn: &mut Conn,
    beginning: &str,
    most: i64,
) -> Result<Vec<Term>, DbError> {
    let mut sql = Sql::new("SELECT term, doc FROM catalog_words WHERE term >= ");
    sql.bind(beginning);
    sql.push(" AND term < ").bind(format!("{beginning}{}", char::MAX)).push(" LIMIT ").bind(most);
    sql.load(conn).await
}

/// The words with so many characters.
pub(crate) async fn of_length(
    conn: &mut Conn,
    lengths: std::ops::RangeInclusive<usize>,
) -> Result<Vec<Term>, DbError> {
    let bound = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let mut sql = Sql::new("SELECT term, doc FROM catalog_words WHERE length(term) BETWEEN ");
    sql.bind(bound(*lengths.start())).push(" AND ").bind(bound(*lengths.end()));
    sql.load(conn).await
}

/// Whether a product in this visibility matches a full-text condition.
pub(crate) async fn any_product(
    conn: &mut Conn,
    visibility: Visibility,
    matching: String,
) -> Result<bool, DbError> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        #[expect(dead_code, reason = "that there is a row is all we ask")]
        seq: i64,
    }

    let mut sql = Sql::new(
        "SELECT p.seq AS seq FROM catalog_search JOIN catalog_products p ON p.seq = catalog_search.rowid \
         WHERE catalog_search MATCH ",
    );
    sql.bind(matching).append(published(visibility)).push(" LIMIT 1");
    Ok(!sql.load::<Found>(conn).await?.is_empty())
}
