//! The rules of roles, bindings and keys. No I/O.

mod api_key;
mod base62;
mod binding;
mod input;
mod key_text;
mod lifetime;
mod role;

pub use api_key::{ApiKey, IssuedKey};
pub(crate) use api_key::{KeyDraft, NewKey};
pub(crate) use binding::{Binding, BindingDraft, BindingId, BindingTarget, BindingView};
pub(crate) use key_text::{KeySecret, KeyText};
pub use lifetime::parse_lifetime;
pub use role::RoleName;
pub(crate) use role::{ADMIN, BUILT_IN, Role, RoleSet, read_role_permissions};

/// What a `PUT` is meant for.
#[derive(Debug, Clone)]
pub(crate) enum PutMode {
    /// Only to create.
    Create,
    /// Only to replace one of these versions.
    Replace(vitrine_kernel::Expected),
}

/// Whether a `PUT` made something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Created,
    Replaced,
}
