//! Parts that several bodies share.

use vitrine_kernel::input::type_name;
use vitrine_kernel::suggest::hint;
use vitrine_kernel::{Fault, ObjectReader, Permission, Permissions};

use super::{RoleName, RoleSet};

const MOST_ITEMS: usize = 100;

/// A list of permission names; `None` if absent, `null` or no list.
pub(super) fn read_permissions(reader: &mut ObjectReader<'_>, name: &'static str) -> Option<Permissions> {
    let items = reader.array(name, MOST_ITEMS)?;
    let mut found = Vec::new();
    for (pointer, item) in items {
        let Some(text) = item.as_str() else {
            let detail = format!("must be the name of a permission, not {}", type_name(item));
            reader.faults().push(Fault::new(pointer, "wrong_type", detail));
            continue;
        };
        if let Ok(permission) = text.parse() {
            found.push(permission);
            continue;
        }
        let detail = format!(
            "is not a known permission. {}",
            hint(&shown(text), Permission::ALL.map(Permission::name))
        );
        reader.faults().push(Fault::new(pointer, "unknown_permission", detail));
    }
    Some(found.into_iter().collect())
}

/// A list of names of roles that exist, sorted, each once; at least one.
pub(super) fn read_roles(
    reader: &mut ObjectReader<'_>,
    name: &'static str,
    known: &RoleSet,
) -> Vec<RoleName> {
    if reader.value(name).is_none() {
        reader.fault(name, "required", "is required");
        return Vec::new();
    }
    let Some(items) = reader.array(name, MOST_ITEMS) else { return Vec::new() };
    if items.is_empty() {
        reader.fault(name, "too_short", "must name at least one role");
    }
    let mut roles = Vec::new();
    for (pointer, item) in items {
        let Some(text) = item.as_str() else {
            let detail = format!("must be the name of a role, not {}", type_name(item));
            reader.faults().push(Fault::new(pointer, "wrong_type", detail));
            continue;
        };
        match known_role(text, known) {
            Ok(role) => roles.push(role),
            Err(detail) => reader.faults().push(Fault::new(pointer, "unknown_role", detail)),
        }
    }
    roles.sort();
    roles.dedup();
    roles
}

/// The role of this name, or what to say when there is none.
pub(super) fn known_role(text: &str, known: &RoleSet) -> Result<RoleName, String> {
    RoleName::parse(text).filter(|role| known.0.contains_key(role)).ok_or_else(|| {
        let text = shown(text);
        format!("`{text}` is not a role there is. {}", hint(&text, known.names()))
    })
}

/// Distances are costly to compute for long texts, and no long text is nearly a short name.
fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}
