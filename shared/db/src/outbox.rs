//! The outbox: what changed, written by the transaction that changed it.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;
use vitrine_kernel::{ChangeEvent, NewEvent, Timestamp, Version};

use crate::schema::outbox;
use crate::{Conn, DbError, DbId, Engine, on_conn};

type Row = (i64, DbId, String, DbId, i64, i64);

pub(crate) async fn append(conn: &mut Conn, event: &NewEvent) -> Result<ChangeEvent, DbError> {
    let id = Uuid::now_v7();
    let values = (
        outbox::id.eq(DbId(id)),
        outbox::kind.eq(event.kind),
        outbox::key.eq(DbId(event.key)),
        outbox::version.eq(event.version.0),
        outbox::occurred_at.eq(event.occurred_at.as_millis()),
    );
    let insert = diesel::insert_into(outbox::table).values(values);
    let sequence = match conn.engine() {
        Engine::Sqlite => on_conn!(conn, |c| insert.returning(outbox::sequence).get_result::<i64>(c))?,
        // The relay gives the place, after the commit.
        Engine::Postgres => {
            on_conn!(conn, |c| insert.execute(c))?;
            0
        }
    };
    Ok(ChangeEvent {
        sequence,
        id,
        kind: event.kind.to_owned(),
        key: event.key,
        version: event.version,
        occurred_at: event.occurred_at,
    })
}

pub(crate) async fn after(conn: &mut Conn, sequence: i64, limit: u16) -> Result<Vec<ChangeEvent>, DbError> {
    let rows = on_conn!(conn, |c| outbox::table
        .filter(outbox::sequence.gt(sequence))
        .order(outbox::sequence)
        .limit(i64::from(limit))
        .load::<Row>(c))?;
    Ok(rows
        .into_iter()
        .map(|(sequence, id, kind, key, version, occurred_at)| ChangeEvent {
            sequence,
            id: id.0,
            kind,
            key: key.0,
            version: Version(version),
            occurred_at: Timestamp::from_millis(occurred_at),
        })
        .collect())
}

pub(crate) async fn newest(conn: &mut Conn) -> Result<i64, DbError> {
    let newest =
        on_conn!(conn, |c| outbox::table.select(diesel::dsl::max(outbox::sequence)).first::<Option<i64>>(c))?;
    Ok(newest.unwrap_or(0))
}
