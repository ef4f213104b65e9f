//! Why a change can't be made, all reasons at once.

use vitrine_kernel::{ErrorCode, Failure, Fault};

/// What other categories have against a change.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Objections {
    /// Faults of the change itself: an unknown parent.
    pub invalid: Vec<Fault>,
    /// Names that others have.
    pub conflicts: Vec<Fault>,
    /// The category would be its own ancestor.
    pub cycle: Option<Fault>,
}

impl Objections {
    /// Nothing, or a failure that lists everything. A cycle is told as such; other contradictions are a conflict, unless
    /// the change is faulty anyway.
    pub fn into_result(self) -> Result<(), Failure> {
        let code = if !self.invalid.is_empty() {
            ErrorCode::Validation
        } else if self.cycle.is_some() {
            ErrorCode::CategoryCycle
        } else if !self.conflicts.is_empty() {
            ErrorCode::Conflict
        } else {
            return Ok(());
        };
        let faults = self.into_faults();
        Err(match code {
            ErrorCode::Validation => Failure::validation(faults),
            ErrorCode::CategoryCycle => Failure::new(
                code,
                "The category can't move below itself or below one of its descendants. Choose another parent.",
            )
            .with_faults(faults),
            _ => Failure::conflict(faults),
        })
    }

    /// All of them.
    pub fn into_faults(self) -> Vec<Fault> {
        self.invalid.into_iter().chain(self.cycle).chain(self.conflicts).collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.invalid.is_empty() && self.conflicts.is_empty() && self.cycle.is_none()
    }
}

/// The fault of a category that would be its own ancestor.
pub fn cycle() -> Fault {
    Fault::new("/parent_id", "cycle", "must be neither the category itself nor one of its descendants")
}

/// The fault of a tree that would be too deep.
pub fn too_deep() -> Fault {
    Fault::new(
        "/parent_id",
        "too_deep",
        format!("would make the tree deeper than {} levels", super::tree::MOST_LEVELS),
    )
}

/// The conflict of a slug that another category has.
pub fn duplicate_slug(slug: &vitrine_kernel::Slug) -> Fault {
    Fault::new(
        "/slug",
        "duplicate_slug",
        format!("another category has the slug `{slug}`; choose another, or leave it out to get one"),
    )
}

/// The conflict of an external id that another category has.
pub fn duplicate_external_id(external_id: &str) -> Fault {
    Fault::new(
        "/external_id",
        "duplicate_external_id",
        format!("another category has the external id `{external_id}`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_objection_is_told_and_the_gravest_names_the_failure() {
        let slug = vitrine_kernel::Slug::parse("a").expect("a slug");
        let all = Objections {
            invalid: vec![too_deep()],
            conflicts: vec![duplicate_slug(&slug), duplicate_external_id("x")],
            cycle: None,
        };
        let failure = all.clone().into_result().expect_err("objections");
        assert_eq!((failure.code(), failure.faults().len()), (ErrorCode::Validation, 3));
        let cyclic = Objections { invalid: Vec::new(), cycle: Some(cycle()), ..all.clone() };
        assert_eq!(cyclic.into_result().expect_err("cycle").code(), ErrorCode::CategoryCycle);
        let conflicts = Objections { invalid: Vec::new(), ..all };
        assert_eq!(conflicts.into_result().expect_err("conflict").code(), ErrorCode::Conflict);
        assert!(Objections::default().into_result().is_ok());
    }
}
