use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use vitrine_kernel::{Failure, Fault, ObjectReader, Timestamp, Version};

use super::input::known_role;
use super::{RoleName, RoleSet};

const LONGEST_NAME: usize = 500;

/// Identifies a binding; its maker chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub(crate) struct BindingId(pub(crate) Uuid);

impl FromStr for BindingId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

impl fmt::Display for BindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who is bound to a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum BindingTarget {
    /// One caller, by the `subject` that `/auth/me` tells.
    Subject(String),
    /// Whoever an identity provider puts into this group or role. Does nothing until there is one.
    Group(String),
}

impl BindingTarget {
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Subject(_) => "subject",
            Self::Group(_) => "group",
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Subject(name) | Self::Group(name) => name,
        }
    }

    pub(crate) fn from_parts(kind: &str, name: String) -> Option<Self> {
        match kind {
            "subject" => Some(Self::Subject(name)),
            "group" => Some(Self::Group(name)),
            _ => None,
        }
    }
}

/// A role for a subject or a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    pub(crate) id: BindingId,
    pub(crate) target: BindingTarget,
    pub(crate) role: RoleName,
    pub(crate) version: Version,
    pub(crate) created_at: Timestamp,
}

/// A binding as the API shows it: exactly one of `subject` and `group` is there.
#[derive(Serialize, ToSchema)]
#[schema(as = Binding)]
pub(crate) struct BindingView<'a> {
    #[schema(value_type = String, format = Uuid)]
    id: BindingId,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    role: &'a str,
    #[schema(value_type = i64)]
    version: Version,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl Serialize for Binding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (subject, group) = match &self.target {
            BindingTarget::Subject(name) => (Some(name.as_str()), None),
            BindingTarget::Group(name) => (None, Some(name.as_str())),
        };
        let (id, role, version, created_at) = (self.id, self.role.as_str(), self.version, self.created_at);
        BindingView { id, subject, group, role, version, created_at }.serialize(serializer)
    }
}

/// A binding as its maker wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BindingDraft {
    pub(crate) target: BindingTarget,
    pub(crate) role: RoleName,
}

impl BindingDraft {
    /// Reads `{"subject" | "group": "...", "role": "..."}`.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::Validation`] with all faults.
    pub(crate) fn read(body: &Value, known: &RoleSet) -> Result<Self, Failure> {
        let mut faults = Vec::new();
        let mut reader = ObjectReader::new(body, "", &mut faults);
        let target = read_target(&mut reader);
        let role = read_role(&mut reader, known);
        reader.finish(&["id", "version", "created_at"]);
        match (target, role) {
            (Some(target), Some(role)) if faults.is_empty() => Ok(Self { target, role }),
            _ => Err(Failure::validation(faults)),
        }
    }
}

fn read_target(reader: &mut ObjectReader<'_>) -> Option<BindingTarget> {
    let (has_subject, has_group) = (reader.value("subject").is_some(), reader.value("group").is_some());
    if has_subject && has_group {
        reader.fault("group", "conflicting", "can't stand beside `subject`: a binding is for one of them");
        return None;
    }
    if has_group {
        return reader.required_line("group", LONGEST_NAME).map(BindingTarget::Group);
    }
    let subject = reader.required_line("subject", LONGEST_NAME)?;
    if matches!(subject.as_str(), "anonymous" | "operator") {
        let detail = "is no subject that can be bound: what callers without a credential may do is the setting \
                      `auth.anonymous_read`, and the operator may do everything";
        reader.fault("subject", "invalid_value", detail);
        return None;
    }
    Some(BindingTarget::Subject(subject))
}

fn read_role(reader: &mut ObjectReader<'_>, known: &RoleSet) -> Option<RoleName> {
    let text = reader.required_line("role", 100)?;
    match known_role(&text, known) {
        Ok(role) => Some(role),
        Err(detail) => {
            reader.faults().push(Fault::new("/role", "unknown_role", detail));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;
    use vitrine_kernel::Permissions;

    use super::*;

    fn read(body: &Value) -> Result<BindingDraft, Failure> {
        let editor = RoleName::parse("editor").expect("a name");
        BindingDraft::read(body, &RoleSet([(editor, Permissions::NONE)].into()))
    }

    #[rstest]
    #[case(json!({"subject": "key:1", "role": "editor"}), BindingTarget::Subject("key:1".to_owned()))]
    #[case(json!({"group": " staff ", "role": "editor"}), BindingTarget::Group("staff".to_owned()))]
    #[case(json!({"subject": null, "group": "x", "role": "editor"}), BindingTarget::Group("x".to_owned()))]
    fn a_binding_is_for_a_subject_or_a_group(#[case] body: Value, #[case] target: BindingTarget) {
        assert_eq!(read(&body).expect("good").target, target);
    }

    #[rstest]
    #[case(json!({}), &["/subject", "/role"])]
    #[case(json!({"subject": "a", "group": "b", "role": "editor"}), &["/group"])]
    #[case(json!({"subject": "anonymous", "role": "editr"}), &["/subject", "/role"])]
    #[case(json!({"subject": "", "role": 5, "id": "x"}), &["/subject", "/role", "/id"])]
    #[case(json!({"group": "a\u{0}b", "role": "editor"}), &["/group"])]
    #[case(json!("text"), &["", "/subject", "/role"])]
    fn whatever_else_is_told_with_all_its_faults(#[case] body: Value, #[case] pointers: &[&str]) {
        let failure = read(&body).expect_err("bad");
        let found: Vec<_> = failure.faults().iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(found, pointers);
    }
}
