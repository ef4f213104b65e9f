//! The vocabulary: every word of the full-text index. On SQLite it is FTS5's own; on PostgreSQL, which shows none, it is a table.

mod near;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use vitrine_db::{Conn, DbError, Engine};

use super::conditions::{products_matching, published};
use super::sql::Sql;
use crate::search::condition::Condition;
use crate::search::request::Visibility;

pub(crate) use near::{Typed, perhaps_near};

/// PostgreSQL counts the products of a word up to this number, and reckons those of words of about this level and above, which are
/// more.
const COUNTED: i64 = 2_000;
const RECKONED_LEVEL: i64 = 9;

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

/// Those of the words that are in the index.
pub(crate) async fn existing(conn: &mut Conn, words: &[String]) -> Result<Vec<String>, DbError> {
    let mut sql;
    match conn.engine() {
        Engine::Sqlite => {
            sql = Sql::new("SELECT term AS word FROM catalog_words WHERE term IN ");
            sql.bind_list(words);
        }
        // Codes are in the index without being in the vocabulary.
        Engine::Postgres => {
            sql = given(words);
            sql.push(
                " SELECT word FROM given WHERE EXISTS \
                 (SELECT FROM catalog_words w WHERE w.level = 0 AND w.word = given.word) OR EXISTS \
                 (SELECT FROM catalog_search s WHERE catalog_searchable(s.document) @@ given.lexeme)",
            );
        }
    }
    load_words(sql, conn).await
}

/// The first `most` of the words that begin so, in their order.
pub(crate) async fn beginning_with(
    conn: &mut Conn,
    beginning: &str,
    most: i64,
) -> Result<Vec<String>, DbError> {
    let mut sql = Sql::default();
    sql.push_either(
        "SELECT term AS word FROM catalog_words WHERE term >= ",
        "SELECT DISTINCT word FROM catalog_words WHERE level = 0 AND word >= ",
    );
    sql.bind(beginning).push_either(" AND term < ", " AND word < ").bind(end_of(beginning));
    sql.push(" ORDER BY word LIMIT ").bind(most);
    load_words(sql, conn).await
}

/// At most `most` words that begin so: where there are more, those that many products have (on SQLite the first ones).
pub(crate) async fn frequent_beginning_with(
    conn: &mut Conn,
    beginning: &str,
    most: i64,
) -> Result<Vec<Term>, DbError> {
    let words = match conn.engine() {
        Engine::Sqlite => beginning_with(conn, beginning, most).await?,
        // From the highest level down; a word is on every level below its own too.
        Engine::Postgres => {
            let mut sql = Sql::new(
                "SELECT word FROM (SELECT w.word, max(w.level) AS level FROM generate_series(0, 40) AS steps (level) \
                 CROSS JOIN LATERAL (SELECT word, level FROM catalog_words WHERE level = steps.level AND word >= ",
            );
            sql.bind(beginning).push(" AND word < ").bind(end_of(beginning));
            sql.push(" ORDER BY word LIMIT ").bind(most);
            sql.push(") w GROUP BY w.word) found ORDER BY level DESC, word LIMIT ").bind(most);
            load_words(sql, conn).await?
        }
    };
    counted(conn, &words).await
}

/// The words with how many products have them.
pub(crate) async fn counted(conn: &mut Conn, words: &[String]) -> Result<Vec<Term>, DbError> {
    let mut sql;
    match conn.engine() {
        Engine::Sqlite => {
            sql = Sql::new("SELECT term AS word, doc AS products FROM catalog_words WHERE term IN ");
            sql.bind_list(words);
        }
        Engine::Postgres => {
            sql = given(words);
            sql.push(" SELECT given.word, CASE WHEN known.level >= ").bind(RECKONED_LEVEL);
            sql.push(
                " THEN CAST(2 AS BIGINT) << known.level ELSE (SELECT count(*) FROM (SELECT FROM catalog_search s \
                 WHERE catalog_searchable(s.document) @@ given.lexeme LIMIT ",
            );
            sql.bind(COUNTED);
            sql.push(
                ") first) END AS products FROM given CROSS JOIN LATERAL \
                 (SELECT max(k.level) AS level FROM catalog_words k WHERE k.word = given.word) known",
            );
        }
    }
    sql.load(conn).await
}

/// Which of the conditions a product in this visibility matches.
pub(crate) async fn which_find(
    conn: &mut Conn,
    visibility: Visibility,
    conditions: Vec<Condition>,
) -> Result<Vec<bool>, DbError> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        place: i64,
    }

    let mut found = vec![false; conditions.len()];
    let mut sql = Sql::default();
    for (place, condition) in (0_i64..).zip(conditions) {
        sql.push(if place == 0 { "SELECT " } else { " UNION ALL SELECT " }).bind(place);
        sql.push(" AS place WHERE EXISTS (SELECT 1 FROM ");
        match conn.engine() {
            Engine::Sqlite => {
                sql.push("(").append(products_matching(condition));
                sql.push(") found JOIN catalog_products p ON p.seq = found.seq WHERE p.deleted_at IS NULL");
            }
            Engine::Postgres => {
                sql.push("catalog_search p WHERE catalog_searchable(p.document) @@ ").bind(condition);
            }
        }
        sql.append(published(visibility)).push(")");
    }
    if found.is_empty() {
        return Ok(found);
    }
    for row in sql.load::<Found>(conn).await? {
        if let Some(place) = usize::try_from(row.place).ok().and_then(|place| found.get_mut(place)) {
            *place = true;
        }
    }
    Ok(found)
}

/// `WITH given AS …`: words with the lexemes they are in PostgreSQL's index. Words have only letters and digits.
fn given(words: &[String]) -> Sql {
    let mut sql = Sql::new(
        "WITH given AS MATERIALIZED (SELECT word, CAST(quote_literal(word) AS TSQUERY) AS lexeme FROM unnest(string_to_array(",
    );
    sql.bind(words.join(" ")).push(", ' ')) AS words (word))");
    sql
}

async fn load_words(sql: Sql, conn: &mut Conn) -> Result<Vec<String>, DbError> {
    Ok(sql.load::<Word>(conn).await?.into_iter().map(|row| row.word).collect())
}

/// What is greater than every word that begins so.
fn end_of(beginning: &str) -> String {
    format!("{beginning}{}", char::MAX)
}
