//! Held rows in a table.

use std::sync::Arc;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, Db, DbError, DbId, on_conn};
use vitrine_kernel::{Clock, Result, Timestamp};

use super::schema::category_import_held as held;
use crate::store::held::{HeldRow, HeldRows, ImportId, ParentKey};

type Columns = (String, i64, Option<String>, String);

/// [`HeldRows`] in the database of the categories.
pub struct SqlHeldRows {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl SqlHeldRows {
    /// Rows held in this database.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }
}

#[async_trait]
impl HeldRows for SqlHeldRows {
    async fn hold(&self, import: ImportId, rows: Vec<HeldRow>) -> Result<()> {
        let now = self.clock.now();
        self.db.write(move |conn| Box::pin(hold(conn, import, rows, now))).await
    }

    async fn waiting_for(
        &self,
        import: ImportId,
        parents: Vec<ParentKey>,
        limit: i64,
    ) -> Result<Vec<HeldRow>> {
        self.db
            .read(move |conn| {
                Box::pin(async move {
                    let parents: Vec<String> = parents.into_iter().map(|parent| parent.0).collect();
                    let rows = on_conn!(conn, |c| held::table
                        .filter(held::import_id.eq(DbId(import.0)))
                        .filter(held::parent.eq_any(parents))
                        .order((held::parent, held::line))
                        .limit(limit)
                        .select((held::parent, held::line, held::external_id, held::row))
                        .load::<Columns>(c))?;
                    read_rows(rows)
                })
            })
            .await
    }

    async fn with_external_ids(&self, import: ImportId, external_ids: Vec<String>) -> Result<Vec<HeldRow>> {
        self.db
            .read(move |conn| {
                Box::pin(async move {
                    let rows = on_conn!(conn, |c| held::table
                        .filter(held::import_id.eq(DbId(import.0)))
                        .filter(held::external_id.eq_any(external_ids))
                        .order(held::line)
                        .select((held::parent, held::line, held::external_id, held::row))
                        .load::<Columns>(c))?;
                    read_rows(rows)
                })
            })
            .await
    }

    async fn page(
        &self,
        import: ImportId,
        after: Option<(ParentKey, u64)>,
        limit: i64,
    ) -> Result<Vec<HeldRow>> {
        self.db
            .read(move |conn| {
                Box::pin(async move {
                    let rows = on_conn!(conn, |c: Sql| {
                        let mut query = held::table
                            .filter(held::import_id.eq(DbId(import.0)))
                            .order((held::parent, held::line))
                            .limit(limit)
                            .select((held::parent, held::line, held::external_id, held::row))
                            .into_boxed::<Sql>();
                        if let Some((parent, line)) = after {
                            query = query
                                .filter(held::parent.ge(parent.0.clone()))
                                .filter(held::parent.gt(parent.0).or(held::line.gt(stored_line(line))));
                        }
                        query.load::<Columns>(c)
                    })?;
                    read_rows(rows)
                })
            })
            .await
    }

    async fn release(&self, import: ImportId, rows: Vec<(ParentKey, u64)>) -> Result<()> {
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    for (parent, line) in rows {
                        on_conn!(conn, |c| diesel::delete(held::table)
                            .filter(held::import_id.eq(DbId(import.0)))
                            .filter(held::parent.eq(parent.0))
                            .filter(held::line.eq(stored_line(line)))
                            .execute(c))?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn release_all(&self, import: ImportId) -> Result<()> {
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    on_conn!(conn, |c| diesel::delete(held::table)
                        .filter(held::import_id.eq(DbId(import.0)))
                        .execute(c))?;
                    Ok(())
                })
            })
            .await
    }

    async fn clean(&self, before: Timestamp) -> Result<()> {
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    on_conn!(conn, |c| diesel::delete(held::table)
                        .filter(held::held_at.lt(before.as_millis()))
                        .execute(c))?;
                    Ok(())
                })
            })
            .await
    }
}

async fn hold(conn: &mut Conn, import: ImportId, rows: Vec<HeldRow>, now: Timestamp) -> Result<()> {
    for row in rows {
        let values = (
            held::import_id.eq(DbId(import.0)),
            held::parent.eq(row.parent.0),
            held::line.eq(stored_line(row.line)),
            held::external_id.eq(row.external_id),
            held::row.eq(row.row.to_string()),
            held::held_at.eq(now.as_millis()),
        );
        on_conn!(conn, |c| diesel::insert_into(held::table).values(values).execute(c))?;
    }
    Ok(())
}

fn stored_line(line: u64) -> i64 {
    i64::try_from(line).unwrap_or(i64::MAX)
}

fn read_rows(rows: Vec<Columns>) -> Result<Vec<HeldRow>> {
    rows.into_iter()
        .map(|(parent, line, external_id, row)| {
            let row = serde_json::from_str(&row)
                .map_err(|error| DbError::Damaged(format!("category_import_held.row: {error}")))?;
            let line = u64::try_from(line).unwrap_or_default();
            Ok(HeldRow { parent: ParentKey(parent), line, external_id, row })
        })
        .collect()
}
