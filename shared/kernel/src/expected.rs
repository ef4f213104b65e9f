//! Which versions of a resource a change is meant for.

use crate::{ErrorCode, Failure, Version};

/// What `If-Match` says (RFC 9110, 13.1.1). Checked where the row is written, in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// `*`: whatever version there is, but there must be one.
    Any,
    /// One of these; an empty list allows none (only weak or foreign tags were given).
    OneOf(Vec<Version>),
}

impl Expected {
    /// Whether a resource of this version may be changed.
    pub fn allows(&self, current: Version) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&current),
        }
    }

    /// Refuses a version that is not allowed.
    ///
    /// Errors: [`ErrorCode::PreconditionFailed`].
    pub fn check(&self, current: Version) -> Result<(), Failure> {
        if self.allows(current) {
            return Ok(());
        }
        Err(Failure::new(
            ErrorCode::PreconditionFailed,
            format!(
                "The resource is at version {current} by now. Read it again, apply your change to what you get, and send that version's `ETag` in `If-Match`."
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_versions_are_allowed() {
        let expected = Expected::OneOf(vec![Version(2), Version(3)]);
        assert!(expected.check(Version(3)).is_ok() && Expected::Any.allows(Version(9)));
        let failure = expected.check(Version(4)).expect_err("stale");
        assert_eq!(failure.code(), ErrorCode::PreconditionFailed);
        assert!(!Expected::OneOf(Vec::new()).allows(Version::FIRST));
    }
}
