use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, DbId, OptionalRow as _, on_conn};
use vitrine_kernel::{KeyId, Limit, Timestamp};

use super::{counted, from_json, to_json, with_lookahead};
use crate::domain::{ApiKey, NewKey};
use crate::schema::auth_api_keys;

type Row = (DbId, String, String, Option<String>, String, i64, Option<i64>, Option<i64>);

/// Everything but the hash, which only [`find_with_hash`] reads.
const COLUMNS: (
    auth_api_keys::id,
    auth_api_keys::name,
    auth_api_keys::roles,
    auth_api_keys::scopes,
    auth_api_keys::created_by,
    auth_api_keys::created_at,
    auth_api_keys::expires_at,
    auth_api_keys::last_used_at,
) = (
    auth_api_keys::id,
    auth_api_keys::name,
    auth_api_keys::roles,
    auth_api_keys::scopes,
    auth_api_keys::created_by,
    auth_api_keys::created_at,
    auth_api_keys::expires_at,
    auth_api_keys::last_used_at,
);

fn key_of(row: Row) -> Result<ApiKey, DbError> {
    let (id, name, roles, scopes, created_by, created_at, expires_at, last_used_at) = row;
    Ok(ApiKey {
        id: id.into(),
        name,
        roles: from_json("auth_api_keys.roles", &roles)?,
        scopes: scopes.map(|scopes| from_json("auth_api_keys.scopes", &scopes)).transpose()?,
        created_by,
        created_at: Timestamp::from_millis(created_at),
        expires_at: expires_at.map(Timestamp::from_millis),
        last_used_at: last_used_at.map(Timestamp::from_millis),
    })
}

pub(crate) async fn find(conn: &mut Conn, id: KeyId) -> Result<Option<ApiKey>, DbError> {
    let row = on_conn!(conn, |c| auth_api_keys::table.find(DbId::from(id)).select(COLUMNS).first::<Row>(c))
        .optional()?;
    row.map(key_of).transpose()
}

/// The key and the keyed hash of its secret.
pub(crate) async fn find_with_hash(
    conn: &mut Conn,
    id: KeyId,
) -> Result<Option<(ApiKey, [u8; 32])>, DbError> {
    let row = on_conn!(conn, |c| auth_api_keys::table
        .find(DbId::from(id))
        .select((COLUMNS, auth_api_keys::hash))
        .first::<(Row, Vec<u8>)>(c))
    .optional()?;
    let Some((row, hash)) = row else { return Ok(None) };
    let hash =
        <[u8; 32]>::try_from(hash).map_err(|_| DbError::Damaged(format!("auth_api_keys.hash of {id}")))?;
    Ok(Some((key_of(row)?, hash)))
}

/// Oldest first; one more than the limit, where there are more.
pub(crate) async fn page(
    conn: &mut Conn,
    after: Option<KeyId>,
    limit: Limit,
) -> Result<Vec<ApiKey>, DbError> {
    // UUIDv7: the order of ids is the order in which keys were made.
    let rows = on_conn!(conn, |c: Sql| {
        let mut query = auth_api_keys::table
            .select(COLUMNS)
            .order(auth_api_keys::id)
            .limit(with_lookahead(limit))
            .into_boxed::<Sql>();
        if let Some(after) = after {
            query = query.filter(auth_api_keys::id.gt(DbId::from(after)));
        }
        query.load::<Row>(c)
    })?;
    rows.into_iter().map(key_of).collect()
}

pub(crate) async fn count(conn: &mut Conn) -> Result<u64, DbError> {
    on_conn!(conn, |c| auth_api_keys::table.count().get_result::<i64>(c)).map(counted)
}

/// Every key: for the rules that look at all of them, when keys, roles and bindings are changed.
pub(crate) async fn all(conn: &mut Conn) -> Result<Vec<ApiKey>, DbError> {
    on_conn!(conn, |c| auth_api_keys::table.select(COLUMNS).load::<Row>(c))?.into_iter().map(key_of).collect()
}

pub(crate) async fn insert(conn: &mut Conn, key: &NewKey) -> Result<(), DbError> {
    let api_key = &key.api_key;
    on_conn!(conn, |c| diesel::insert_into(auth_api_keys::table)
        .values((
            auth_api_keys::id.eq(DbId::from(api_key.id)),
            auth_api_keys::name.eq(&api_key.name),
            auth_api_keys::hash.eq(key.hash.as_slice()),
            auth_api_keys::roles.eq(to_json(&api_key.roles)),
            auth_api_keys::scopes.eq(api_key.scopes.map(|scopes| to_json(&scopes))),
            auth_api_keys::created_by.eq(&api_key.created_by),
            auth_api_keys::created_at.eq(api_key.created_at.as_millis()),
            auth_api_keys::expires_at.eq(api_key.expires_at.map(Timestamp::as_millis)),
            auth_api_keys::last_used_at.eq(api_key.last_used_at.map(Timestamp::as_millis)),
        ))
        .execute(c))?;
    Ok(())
}

/// Whether it was there.
pub(crate) async fn delete(conn: &mut Conn, id: KeyId) -> Result<bool, DbError> {
    let deleted = on_conn!(conn, |c| diesel::delete(auth_api_keys::table.find(DbId::from(id))).execute(c))?;
    Ok(deleted == 1)
}

/// Notes a use; an earlier one than is known changes nothing.
pub(crate) async fn set_last_used(conn: &mut Conn, id: KeyId, at: Timestamp) -> Result<(), DbError> {
    let known = auth_api_keys::last_used_at;
    on_conn!(conn, |c| diesel::update(
        auth_api_keys::table.find(DbId::from(id)).filter(known.is_null().or(known.lt(at.as_millis())))
    )
    .set(known.eq(at.as_millis()))
    .execute(c))?;
    Ok(())
}
