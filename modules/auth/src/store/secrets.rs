use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, OptionalRow as _, on_conn};

use crate::schema::auth_secrets;

/// The key of the keyed hash of API keys.
const API_KEY_HASH: &str = "api_key_hash";

pub(crate) async fn find_hash_key(conn: &mut Conn) -> Result<Option<[u8; 32]>, DbError> {
    let value = on_conn!(conn, |c| auth_secrets::table
        .find(API_KEY_HASH)
        .select(auth_secrets::value)
        .first::<Vec<u8>>(c))
    .optional()?;
    value
        .map(|value| {
            <[u8; 32]>::try_from(value).map_err(|_| DbError::Damaged("auth_secrets.api_key_hash".to_owned()))
        })
        .transpose()
}

pub(crate) async fn insert_hash_key(conn: &mut Conn, key: [u8; 32]) -> Result<(), DbError> {
    on_conn!(conn, |c| diesel::insert_into(auth_secrets::table)
        .values((auth_secrets::name.eq(API_KEY_HASH), auth_secrets::value.eq(key.as_slice())))
        .execute(c))?;
    Ok(())
}
