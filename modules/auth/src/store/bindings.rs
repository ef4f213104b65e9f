use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, DbId, OptionalRow as _, on_conn};
use vitrine_kernel::{Limit, Timestamp, Version};

use super::{counted, with_lookahead};
use crate::domain::{Binding, BindingId, BindingTarget, RoleName};
use crate::schema::auth_bindings;

/// What [`DbError::violates`] says of a second binding of the same to the same.
pub(crate) const ONCE: &str = "auth_bindings.kind, auth_bindings.name, auth_bindings.role";

type Row = (DbId, String, String, String, i64, i64);

fn binding_of((id, kind, name, role, version, created_at): Row) -> Result<Binding, DbError> {
    let damaged = |what: &str| DbError::Damaged(format!("auth_bindings.{what} of {}", id.0));
    Ok(Binding {
        id: BindingId(id.0),
        target: BindingTarget::from_parts(&kind, name).ok_or_else(|| damaged("kind"))?,
        role: RoleName::parse(&role).ok_or_else(|| damaged("role"))?,
        version: Version(version),
        created_at: Timestamp::from_millis(created_at),
    })
}

pub(crate) async fn find(conn: &mut Conn, id: BindingId) -> Result<Option<Binding>, DbError> {
    let row = on_conn!(conn, |c| auth_bindings::table.find(DbId(id.0)).first::<Row>(c)).optional()?;
    row.map(binding_of).transpose()
}

/// By id; one more than the limit, where there are more.
pub(crate) async fn page(
    conn: &mut Conn,
    after: Option<BindingId>,
    limit: Limit,
) -> Result<Vec<Binding>, DbError> {
    let rows = on_conn!(conn, |c: Sql| {
        let mut query =
            auth_bindings::table.order(auth_bindings::id).limit(with_lookahead(limit)).into_boxed::<Sql>();
        if let Some(after) = after {
            query = query.filter(auth_bindings::id.gt(DbId(after.0)));
        }
        query.load::<Row>(c)
    })?;
    rows.into_iter().map(binding_of).collect()
}

pub(crate) async fn count(conn: &mut Conn) -> Result<u64, DbError> {
    on_conn!(conn, |c| auth_bindings::table.count().get_result::<i64>(c)).map(counted)
}

/// The roles that bindings give to this subject.
pub(crate) async fn roles_of_subject(conn: &mut Conn, subject: &str) -> Result<Vec<RoleName>, DbError> {
    let names = on_conn!(conn, |c| auth_bindings::table
        .filter(auth_bindings::kind.eq("subject"))
        .filter(auth_bindings::name.eq(subject))
        .select(auth_bindings::role)
        .load::<String>(c))?;
    Ok(names.iter().filter_map(|name| RoleName::parse(name)).collect())
}

/// Every subject that is bound, with its role.
pub(crate) async fn all_of_subjects(conn: &mut Conn) -> Result<Vec<(String, RoleName)>, DbError> {
    let rows = on_conn!(conn, |c| auth_bindings::table
        .filter(auth_bindings::kind.eq("subject"))
        .select((auth_bindings::name, auth_bindings::role))
        .load::<(String, String)>(c))?;
    Ok(rows.into_iter().filter_map(|(subject, role)| Some((subject, RoleName::parse(&role)?))).collect())
}

pub(crate) async fn count_of_role(conn: &mut Conn, role: &RoleName) -> Result<u64, DbError> {
    on_conn!(conn, |c| auth_bindings::table
        .filter(auth_bindings::role.eq(role.as_str()))
        .count()
        .get_result::<i64>(c))
    .map(counted)
}

pub(crate) async fn insert(conn: &mut Conn, binding: &Binding) -> Result<(), DbError> {
    on_conn!(conn, |c| diesel::insert_into(auth_bindings::table)
        .values((
            auth_bindings::id.eq(DbId(binding.id.0)),
            auth_bindings::kind.eq(binding.target.kind()),
            auth_bindings::name.eq(binding.target.name()),
            auth_bindings::role.eq(binding.role.as_str()),
            auth_bindings::version.eq(binding.version.0),
            auth_bindings::created_at.eq(binding.created_at.as_millis()),
        ))
        .execute(c))?;
    Ok(())
}

/// Writes target, role and version of a binding. Whether it was at `before`.
pub(crate) async fn update(conn: &mut Conn, before: Version, binding: &Binding) -> Result<bool, DbError> {
    let changed = on_conn!(conn, |c| diesel::update(
        auth_bindings::table.find(DbId(binding.id.0)).filter(auth_bindings::version.eq(before.0))
    )
    .set((
        auth_bindings::kind.eq(binding.target.kind()),
        auth_bindings::name.eq(binding.target.name()),
        auth_bindings::role.eq(binding.role.as_str()),
        auth_bindings::version.eq(binding.version.0),
    ))
    .execute(c))?;
    Ok(changed == 1)
}

/// Whether it was there, at `version`.
pub(crate) async fn delete(conn: &mut Conn, id: BindingId, version: Version) -> Result<bool, DbError> {
    let deleted = on_conn!(conn, |c| diesel::delete(
        auth_bindings::table.find(DbId(id.0)).filter(auth_bindings::version.eq(version.0))
    )
    .execute(c))?;
    Ok(deleted == 1)
}

/// Ends what a subject had that is no more.
pub(crate) async fn delete_of_subject(conn: &mut Conn, subject: &str) -> Result<(), DbError> {
    on_conn!(conn, |c| diesel::delete(
        auth_bindings::table
            .filter(auth_bindings::kind.eq("subject"))
            .filter(auth_bindings::name.eq(subject))
    )
    .execute(c))?;
    Ok(())
}
