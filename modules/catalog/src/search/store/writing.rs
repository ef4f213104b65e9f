//! Writes what is searched, in the transaction of the product it is made from.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use vitrine_db::{Conn, DbError};

use super::sql::Sql;
use crate::search::document::SearchDocument;

/// Writes the words of a product, or replaces those it has: that is how FTS5 changes a table without content.
pub(crate) async fn write(conn: &mut Conn, seq: i64, document: &SearchDocument) -> Result<(), DbError> {
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
    sql.execute(conn).await
}

/// Removes the words of a product.
pub(crate) async fn remove(conn: &mut Conn, seq: i64) -> Result<(), DbError> {
    let mut sql = Sql::new("DELETE FROM catalog_search WHERE rowid = ");
    sql.bind(seq);
    sql.execute(conn).await
}

/// The products between two, both included, that have words.
pub(crate) async fn searchable(conn: &mut Conn, first: i64, last: i64) -> Result<Vec<i64>, DbError> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = BigInt)]
        seq: i64,
    }

    let mut sql = Sql::new("SELECT rowid AS seq FROM catalog_search WHERE rowid BETWEEN ");
    sql.bind(first).push(" AND ").bind(last);
    Ok(sql.load::<Found>(conn).await?.into_iter().map(|row| row.seq).collect())
}
