use vitrine_db::{Conn, LockKey};
use vitrine_kernel::{ErrorCode, Expected, Failure, Fault, Page, Permissions, Principal, Timestamp, Version};

use super::lists::{PageRequest, page};
use super::{AuthService, events, guard};
use crate::domain::{ADMIN, PutMode, Role, RoleName, Written};
use crate::store::roles;

const LIST: &str = "auth.roles";

impl AuthService {
    pub(crate) async fn list_roles(&self, request: PageRequest) -> Result<Page<Role>, Failure> {
        let after = request.after(LIST, |name| Some(name.to_owned()))?;
        let (limit, counted) = (request.limit, request.wants_count());
        let read = self.db.read(move |conn| {
            Box::pin(async move {
                let total = if counted { Some(roles::count(conn).await?) } else { None };
                Ok::<_, Failure>((roles::page(conn, after.as_deref(), limit).await?, total))
            })
        });
        let (items, total) = read.await?;
        Ok(page(items, limit, LIST, total, |role| role.name.to_string()))
    }

    pub(crate) async fn find_role(&self, name: RoleName) -> Result<Option<Role>, Failure> {
        self.db.read(move |conn| Box::pin(async move { Ok(roles::find(conn, &name).await?) })).await
    }

    /// Creates a role, or gives it other permissions. Its keys have them from the next request on.
    ///
    /// Errors: [`ErrorCode::PreconditionFailed`]; [`ErrorCode::Forbidden`] when the caller lacks what the role would gain;
    /// [`ErrorCode::Conflict`] when no admin would be left.
    pub(crate) async fn put_role(
        &self,
        actor: &Principal,
        name: RoleName,
        permissions: Permissions,
        mode: PutMode,
    ) -> Result<(Role, Written), Failure> {
        let (actor, now) = (actor.clone(), self.now());
        let write = self.db.write(move |conn| Box::pin(put_in(conn, actor, name, permissions, mode, now)));
        let (role, written) = write.await?;
        Ok((role, written))
    }

    /// Deletes a role that nobody has.
    ///
    /// Errors: [`ErrorCode::NotFound`], [`ErrorCode::PreconditionFailed`], [`ErrorCode::Conflict`].
    pub(crate) async fn delete_role(
        &self,
        actor: &Principal,
        name: RoleName,
        expected: Expected,
    ) -> Result<(), Failure> {
        let (actor, now) = (actor.subject.clone(), self.now());
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    conn.lock(LockKey::Auth).await?;
                    let role = roles::find(conn, &name).await?;
                    let role = role.ok_or_else(|| Failure::not_found("role", &name))?;
                    expected.check(role.version)?;
                    if name.as_str() == ADMIN {
                        let detail = "The role `admin` can't be deleted.";
                        return Err(Failure::new(ErrorCode::Conflict, detail));
                    }
                    guard::require_unused(conn, &name).await?;
                    roles::delete(conn, &name, role.version).await?;
                    events::of_role(conn, "auth.role_deleted", &name, role.version.next(), now).await?;
                    tracing::info!(target: "audit", %actor, role = %name, "deleted the role {name}");
                    Ok(())
                })
            })
            .await
    }
}

async fn put_in(
    conn: &mut Conn,
    actor: Principal,
    name: RoleName,
    permissions: Permissions,
    mode: PutMode,
    now: Timestamp,
) -> Result<(Role, Written), Failure> {
    conn.lock(LockKey::Auth).await?;
    let (role, written) = match (roles::find(conn, &name).await?, mode) {
        (None, PutMode::Create) => {
            guard::require_within(&actor, permissions, "a role")?;
            let role = Role { name, permissions, version: Version::FIRST, created_at: now, updated_at: now };
            roles::insert(conn, &role).await?;
            events::of_role(conn, "auth.role_created", &role.name, role.version, now).await?;
            (role, Written::Created)
        }
        (Some(current), PutMode::Replace(expected)) => {
            expected.check(current.version)?;
            (replace(conn, &actor, current, permissions, now).await?, Written::Replaced)
        }
        (Some(_), PutMode::Create) => return Err(already_there("role", &name)),
        (None, PutMode::Replace(_)) => return Err(not_there("role", &name)),
    };
    tracing::info!(
        target: "audit", actor = %actor.subject, role = %role.name, permissions = ?role.permissions.iter().collect::<Vec<_>>(),
        "wrote the role {}", role.name
    );
    Ok((role, written))
}

async fn replace(
    conn: &mut Conn,
    actor: &Principal,
    current: Role,
    permissions: Permissions,
    now: Timestamp,
) -> Result<Role, Failure> {
    if current.permissions == permissions {
        return Ok(current);
    }
    if current.name.as_str() == ADMIN {
        let detail = "the role `admin` always has every permission; make another role with fewer";
        return Err(Failure::validation(vec![Fault::new("/permissions", "fixed", detail)]));
    }
    // What the role had already was given by somebody who had it.
    let gained = permissions.iter().filter(|permission| !current.permissions.contains(*permission));
    guard::require_within(actor, gained.collect(), "a role")?;
    let admins = guard::count_admin_keys(conn, now).await?;
    roles::update(conn, &current.name, current.version, permissions, now).await?;
    guard::keep_an_admin(conn, admins, now).await?;
    let version = current.version.next();
    events::of_role(conn, "auth.role_updated", &current.name, version, now).await?;
    Ok(Role { permissions, version, updated_at: now, ..current })
}

/// `If-None-Match: *`, and it exists.
pub(super) fn already_there(what: &str, key: impl std::fmt::Display) -> Failure {
    let detail = format!("The {what} `{key}` exists already. Send its `ETag` in `If-Match` to replace it.");
    Failure::new(ErrorCode::PreconditionFailed, detail)
}

/// `If-Match`, and there is nothing (RFC 9110, 13.1.1: the condition is false).
pub(super) fn not_there(what: &str, key: impl std::fmt::Display) -> Failure {
    let detail = format!("There is no {what} `{key}`. Send `If-None-Match: *` to create it.");
    Failure::new(ErrorCode::PreconditionFailed, detail)
}
