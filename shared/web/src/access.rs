//! Who may call a route.

use actix_web::HttpRequest;
use vitrine_kernel::{ErrorCode, Permission, Principal};

use crate::{HttpSettings, Problem};

/// The access rule of a route, checked before its handler (and its extractors) run, and published in the OpenAPI document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Open,
    /// Anyone who is authenticated; anonymous callers too where `auth.anonymous_read` is set.
    Read,
    /// Anyone who is authenticated.
    Authenticated,
    /// Those who have the permission.
    Needs(Permission),
}

impl Access {
    /// The permission it needs, if it needs one.
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Needs(permission) => Some(permission),
            Self::Open | Self::Read | Self::Authenticated => None,
        }
    }

    /// Refuses a caller: 401 without a credential, 403 without the permission.
    pub(crate) fn check(self, request: &HttpRequest, principal: &Principal) -> Result<(), Problem> {
        match self {
            Self::Open => Ok(()),
            Self::Read if !principal.is_anonymous() || HttpSettings::of(request).anonymous_read => Ok(()),
            Self::Authenticated if !principal.is_anonymous() => Ok(()),
            Self::Read | Self::Authenticated => Err(credential_needed()),
            Self::Needs(permission) if principal.may(permission) => Ok(()),
            Self::Needs(_) if principal.is_anonymous() => Err(credential_needed()),
            Self::Needs(permission) => {
                tracing::warn!(
                    target: "audit", actor = %principal.subject, %permission, method = %request.method(), path = request.path(),
                    "refused {} to {}, who lacks {permission}", request.method(), principal.subject
                );
                Err(Problem::new(
                    ErrorCode::Forbidden,
                    format!("This needs the permission `{permission}`, which none of your roles has."),
                ))
            }
        }
    }
}

fn credential_needed() -> Problem {
    Problem::new(
        ErrorCode::Unauthenticated,
        "Send `Authorization: Bearer <API key>`; `vitrine token --role <role>` prints a new key.",
    )
}
