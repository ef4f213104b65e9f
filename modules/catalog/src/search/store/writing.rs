//! Writes what is searched, in the transaction of the product it is made from.

use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use vitrine_db::{Conn, DbError, Engine};

use super::lexemes::{Vectors, vocabulary};
use super::sql::Sql;
use crate::domain::ProductStatus;
use crate::search::document::SearchDocument;

/// Writes the words of a product, or replaces those it has, which were `old`.
pub(crate) async fn write(
    conn: &mut Conn,
    seq: i64,
    status: ProductStatus,
    document: &SearchDocument,
    old: Option<&SearchDocument>,
) -> Result<(), DbError> {
    match conn.engine() {
        Engine::Sqlite => write_sqlite(seq, document).execute(conn).await,
        Engine::Postgres => write_postgres(seq, status, document, old).execute(conn).await,
    }
}

/// A row is replaced whole: that is how FTS5 changes a table without content.
fn write_sqlite(seq: i64, document: &SearchDocument) -> Sql {
    let mut sql = Sql::new(
        "REPLACE INTO catalog_search (rowid, name, brand, sku, tags, attributes, description) VALUES (",
    );
    sql.bind(seq);
    for field in [
        &document.name,
        &document.brand,
        &document.sku,
        &document.tags,
        &document.attributes,
        &document.description,
    ] {
        sql.push(", ").bind(field);
    }
    sql.push(")");
    sql
}

/// The words and the vocabulary, in one trip to the server. See `docs/adr/0011-full-text-on-postgresql.md` for why the vocabulary counts
/// by chance: a word of level n gets a row of the next level once in 2^(n + 1) products.
fn write_postgres(
    seq: i64,
    status: ProductStatus,
    document: &SearchDocument,
    old: Option<&SearchDocument>,
) -> Sql {
    let known = old.map(vocabulary).unwrap_or_default();
    let words: BTreeSet<&str> = vocabulary(document).difference(&known).copied().collect();
    let words: Vec<&str> = words.into_iter().collect();
    let vectors = Vectors::of(document);
    let mut sql = Sql::new(
        "WITH counted AS (INSERT INTO catalog_words (word, level) \
         SELECT given.word, coalesce(known.level + 1, 0) FROM unnest(string_to_array(",
    );
    sql.bind(words.join(" "));
    sql.push(
        ", ' ')) AS given (word) CROSS JOIN LATERAL (SELECT max(k.level) AS level FROM catalog_words k WHERE k.word = given.word) known \
         WHERE known.level IS NULL OR random() * (CAST(2 AS BIGINT) << known.level) < 1) \
         INSERT INTO catalog_search (product_seq, status, name_key, fields, document) VALUES (",
    );
    sql.bind(seq).push(", ").bind(status.name()).push(", ").bind(&document.whole_name).push(", ");
    sql.bind(vectors.fields).push("::tsvector, ").bind(vectors.document);
    sql.push(
        "::tsvector) ON CONFLICT (product_seq) DO UPDATE SET status = EXCLUDED.status, \
         name_key = EXCLUDED.name_key, fields = EXCLUDED.fields, document = EXCLUDED.document",
    );
    sql
}

/// Writes the status where the search looks at it.
pub(crate) async fn write_status(conn: &mut Conn, seq: i64, status: ProductStatus) -> Result<(), DbError> {
    if conn.engine() == Engine::Sqlite {
        return Ok(());
    }
    let mut sql = Sql::new("UPDATE catalog_search SET status = ");
    sql.bind(status.name()).push(" WHERE product_seq = ").bind(seq);
    sql.execute(conn).await
}

/// Removes the words of a product.
pub(crate) async fn remove(conn: &mut Conn, seq: i64) -> Result<(), DbError> {
    let mut sql = Sql::new("DELETE FROM catalog_search WHERE ");
    sql.push_either("rowid = ", "product_seq = ").bind(seq);
    sql.execute(conn).await
}

/// A product that has words.
#[derive(Debug, QueryableByName)]
pub(crate) struct Searchable {
    #[diesel(sql_type = BigInt)]
    pub(crate) seq: i64,
    /// Where the search keeps it.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) status: Option<String>,
}

/// Those between two products, both included, that have words.
pub(crate) async fn searchable(conn: &mut Conn, first: i64, last: i64) -> Result<Vec<Searchable>, DbError> {
    let mut sql = Sql::default();
    sql.push_either(
        "SELECT rowid AS seq, NULL AS status FROM catalog_search WHERE rowid",
        "SELECT product_seq AS seq, status FROM catalog_search WHERE product_seq",
    );
    sql.push(" BETWEEN ").bind(first).push(" AND ").bind(last);
    sql.load(conn).await
}

#[cfg(test)]
mod tests;
