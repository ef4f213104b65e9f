//! Rules that keep callers from giving themselves more, and from locking everybody out.

use vitrine_db::{Conn, DbError};
use vitrine_kernel::{ErrorCode, Failure, Permission, Permissions, Principal, Timestamp};

use crate::domain::RoleName;
use crate::store::{api_keys, bindings, roles};

/// Nobody gives away what they don't have.
///
/// Errors: [`ErrorCode::Forbidden`], naming the permissions.
pub(super) fn require_within(actor: &Principal, granted: Permissions, what: &str) -> Result<(), Failure> {
    let missing: Vec<_> = granted.iter().filter(|permission| !actor.may(*permission)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|permission| format!("`{permission}`")).collect();
    let names = names.join(", ");
    tracing::warn!(target: "audit", actor = %actor.subject, "refused {what} that would give {names}, which its maker does not have");
    Err(Failure::new(
        ErrorCode::Forbidden,
        format!("This would give {names}, which you don't have yourself. Ask somebody who has."),
    ))
}

/// How many valid API keys may manage auth.
pub(super) async fn count_admin_keys(conn: &mut Conn, now: Timestamp) -> Result<usize, DbError> {
    let roles = roles::all(conn).await?;
    let bound = bindings::all_of_subjects(conn).await?;
    let keys = api_keys::all(conn).await?;
    let admins = keys.iter().filter(|key| !key.has_expired(now)).filter(|key| {
        let subject = key.subject();
        let of_bindings = bound.iter().filter(|(bound, _)| *bound == subject).map(|(_, role)| role);
        let permissions = roles.permissions_of(key.roles.iter().chain(of_bindings), key.scopes);
        permissions.contains(Permission::AuthAdmin)
    });
    Ok(admins.count())
}

/// Refuses a change after which no valid key may manage auth, where there was one before. Call it in the transaction, after
/// the change.
///
/// Errors: [`ErrorCode::Conflict`].
pub(super) async fn keep_an_admin(conn: &mut Conn, before: usize, now: Timestamp) -> Result<(), Failure> {
    if before == 0 || count_admin_keys(conn, now).await? > 0 {
        return Ok(());
    }
    Err(Failure::new(
        ErrorCode::Conflict,
        "After this no valid API key would have `auth:admin`. Make another one first (`POST /api/v1/auth/api-keys`, or \
         `vitrine token --role admin` on the server).",
    ))
}

/// Refuses to delete a role that somebody has.
///
/// Errors: [`ErrorCode::Conflict`], saying how many have it.
pub(super) async fn require_unused(conn: &mut Conn, role: &RoleName) -> Result<(), Failure> {
    let keys = api_keys::all(conn).await?.iter().filter(|key| key.roles.contains(role)).count();
    let bound = bindings::count_of_role(conn, role).await?;
    if keys == 0 && bound == 0 {
        return Ok(());
    }
    Err(Failure::new(
        ErrorCode::Conflict,
        format!(
            "The role `{role}` is in use: API keys that have it: {keys}, bindings to it: {bound}. Delete those first."
        ),
    ))
}
