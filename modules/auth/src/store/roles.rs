use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, OptionalRow as _, on_conn};
use vitrine_kernel::{Limit, Permissions, Timestamp, Version};

use super::{counted, from_json, to_json, with_lookahead};
use crate::domain::{Role, RoleName, RoleSet};
use crate::schema::auth_roles;

type Row = (String, String, i64, i64, i64);

fn role_of((name, permissions, version, created_at, updated_at): Row) -> Result<Role, DbError> {
    let name =
        RoleName::parse(&name).ok_or_else(|| DbError::Damaged(format!("auth_roles.name: {name:?}")))?;
    Ok(Role {
        permissions: from_json("auth_roles.permissions", &permissions)?,
        name,
        version: Version(version),
        created_at: Timestamp::from_millis(created_at),
        updated_at: Timestamp::from_millis(updated_at),
    })
}

pub(crate) async fn find(conn: &mut Conn, name: &RoleName) -> Result<Option<Role>, DbError> {
    let row = on_conn!(conn, |c| auth_roles::table.find(name.as_str()).first::<Row>(c)).optional()?;
    row.map(role_of).transpose()
}

/// Every role and what it permits. There are few.
pub(crate) async fn all(conn: &mut Conn) -> Result<RoleSet, DbError> {
    let rows = on_conn!(conn, |c| auth_roles::table.load::<Row>(c))?;
    let mut roles = BTreeMap::new();
    for row in rows {
        let role = role_of(row)?;
        roles.insert(role.name, role.permissions);
    }
    Ok(RoleSet(roles))
}

/// By name; one more than the limit, where there are more.
pub(crate) async fn page(conn: &mut Conn, after: Option<&str>, limit: Limit) -> Result<Vec<Role>, DbError> {
    let rows = on_conn!(conn, |c: Sql| {
        let mut query =
            auth_roles::table.order(auth_roles::name).limit(with_lookahead(limit)).into_boxed::<Sql>();
        if let Some(after) = after {
            query = query.filter(auth_roles::name.gt(after));
        }
        query.load::<Row>(c)
    })?;
    rows.into_iter().map(role_of).collect()
}

pub(crate) async fn count(conn: &mut Conn) -> Result<u64, DbError> {
    on_conn!(conn, |c| auth_roles::table.count().get_result::<i64>(c)).map(counted)
}

pub(crate) async fn insert(conn: &mut Conn, role: &Role) -> Result<(), DbError> {
    on_conn!(conn, |c| diesel::insert_into(auth_roles::table)
        .values((
            auth_roles::name.eq(role.name.as_str()),
            auth_roles::permissions.eq(to_json(&role.permissions)),
            auth_roles::version.eq(role.version.0),
            auth_roles::created_at.eq(role.created_at.as_millis()),
            auth_roles::updated_at.eq(role.updated_at.as_millis()),
        ))
        .execute(c))?;
    Ok(())
}

/// Gives a role other permissions; the version goes up by one. Whether it was at `version`.
pub(crate) async fn update(
    conn: &mut Conn,
    name: &RoleName,
    version: Version,
    permissions: Permissions,
    now: Timestamp,
) -> Result<bool, DbError> {
    let changed = on_conn!(conn, |c| diesel::update(
        auth_roles::table.find(name.as_str()).filter(auth_roles::version.eq(version.0))
    )
    .set((
        auth_roles::permissions.eq(to_json(&permissions)),
        auth_roles::version.eq(version.next().0),
        auth_roles::updated_at.eq(now.as_millis()),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// Whether it was there, at `version`.
pub(crate) async fn delete(conn: &mut Conn, name: &RoleName, version: Version) -> Result<bool, DbError> {
    let deleted = on_conn!(conn, |c| diesel::delete(
        auth_roles::table.find(name.as_str()).filter(auth_roles::version.eq(version.0))
    )
    .execute(c))?;
    Ok(deleted == 1)
}
