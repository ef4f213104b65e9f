use vitrine_db::{Conn, LockKey};
use vitrine_kernel::{Expected, Failure, Fault, Page, Permissions, Principal, Timestamp, Version};

use super::lists::{PageRequest, page};
use super::roles::{already_there, not_there};
use super::{AuthService, events, guard};
use crate::domain::{Binding, BindingDraft, BindingId, PutMode, RoleName, Written};
use crate::store::{bindings, roles};

const LIST: &str = "auth.bindings";

impl AuthService {
    pub(crate) async fn list_bindings(&self, request: PageRequest) -> Result<Page<Binding>, Failure> {
        let after = request.after(LIST, |id| id.parse::<BindingId>().ok())?;
        let (limit, counted) = (request.limit, request.wants_count());
        let read = self.db.read(move |conn| {
            Box::pin(async move {
                let total = if counted { Some(bindings::count(conn).await?) } else { None };
                Ok::<_, Failure>((bindings::page(conn, after, limit).await?, total))
            })
        });
        let (items, total) = read.await?;
        Ok(page(items, limit, LIST, total, |binding| binding.id.to_string()))
    }

    pub(crate) async fn find_binding(&self, id: BindingId) -> Result<Option<Binding>, Failure> {
        self.db.read(move |conn| Box::pin(async move { Ok(bindings::find(conn, id).await?) })).await
    }

    /// Creates or replaces a binding. Its subject has the role from the next request on.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::PreconditionFailed`]; [`vitrine_kernel::ErrorCode::Forbidden`] when the caller
    /// lacks what the role permits; [`vitrine_kernel::ErrorCode::Conflict`] when the target has the role by another binding,
    /// and when no admin would be left.
    pub(crate) async fn put_binding(
        &self,
        actor: &Principal,
        id: BindingId,
        draft: BindingDraft,
        mode: PutMode,
    ) -> Result<(Binding, Written), Failure> {
        let (actor, now) = (actor.clone(), self.now());
        self.db.write(move |conn| Box::pin(put_in(conn, actor, id, draft, mode, now))).await
    }

    /// Deletes a binding.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::NotFound`], [`vitrine_kernel::ErrorCode::PreconditionFailed`],
    /// [`vitrine_kernel::ErrorCode::Conflict`] when no admin would be left.
    pub(crate) async fn delete_binding(
        &self,
        actor: &Principal,
        id: BindingId,
        expected: Expected,
    ) -> Result<(), Failure> {
        let (actor, now) = (actor.subject.clone(), self.now());
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    conn.lock(LockKey::Auth).await?;
                    let binding = bindings::find(conn, id).await?;
                    let binding = binding.ok_or_else(|| Failure::not_found("binding", id))?;
                    expected.check(binding.version)?;
                    let admins = guard::count_admin_keys(conn, now).await?;
                    bindings::delete(conn, id, binding.version).await?;
                    guard::keep_an_admin(conn, admins, now).await?;
                    let version = binding.version.next();
                    events::of_binding(conn, "auth.binding_deleted", id, version, now).await?;
                    tracing::info!(target: "audit", %actor, binding.id = %id, "deleted the binding {id}");
                    Ok(())
                })
            })
            .await
    }
}

async fn put_in(
    conn: &mut Conn,
    actor: Principal,
    id: BindingId,
    draft: BindingDraft,
    mode: PutMode,
    now: Timestamp,
) -> Result<(Binding, Written), Failure> {
    conn.lock(LockKey::Auth).await?;
    let current = bindings::find(conn, id).await?;
    let (version, created_at, written) = match (&current, mode) {
        (None, PutMode::Create) => (Version::FIRST, now, Written::Created),
        (Some(current), PutMode::Replace(expected)) => {
            expected.check(current.version)?;
            (current.version.next(), current.created_at, Written::Replaced)
        }
        (Some(_), PutMode::Create) => return Err(already_there("binding", id)),
        (None, PutMode::Replace(_)) => return Err(not_there("binding", id)),
    };
    let permitted = permissions_of(conn, &draft.role).await?;
    guard::require_within(&actor, permitted, "a binding")?;
    let binding = Binding { id, target: draft.target, role: draft.role, version, created_at };
    let admins = guard::count_admin_keys(conn, now).await?;
    let (written_row, kind) = match current {
        None => (bindings::insert(conn, &binding).await, "auth.binding_created"),
        Some(current) => {
            (bindings::update(conn, current.version, &binding).await.map(drop), "auth.binding_updated")
        }
    };
    written_row
        .map_err(|error| if error.violates(bindings::ONCE) { twice(&binding) } else { error.into() })?;
    guard::keep_an_admin(conn, admins, now).await?;
    events::of_binding(conn, kind, id, version, now).await?;
    tracing::info!(
        target: "audit", actor = %actor.subject, binding.id = %id, role = %binding.role,
        "bound the {} `{}` to the role {}", binding.target.kind(), binding.target.name(), binding.role
    );
    Ok((binding, written))
}

/// The role was there when the body was read; it may have been deleted since.
async fn permissions_of(conn: &mut Conn, role: &RoleName) -> Result<Permissions, Failure> {
    let found = roles::find(conn, role).await?;
    found.map(|role| role.permissions).ok_or_else(|| {
        Failure::validation(vec![Fault::new("/role", "unknown_role", "is not a role there is any more")])
    })
}

fn twice(binding: &Binding) -> Failure {
    let kind = binding.target.kind();
    let detail = format!("this {kind} is bound to the role `{}` by another binding already", binding.role);
    Failure::conflict(vec![Fault::new(format!("/{kind}"), "duplicate_binding", detail)])
}
