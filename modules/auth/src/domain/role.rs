use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use vitrine_kernel::{Fault, ObjectReader, Permission, Permissions, Timestamp, Version};

use super::input::read_permissions;

/// The name of the role that always has every permission.
pub(crate) const ADMIN: &str = "admin";

/// The roles that exist from the start, besides [`ADMIN`].
pub(crate) const BUILT_IN: [(&str, &[Permission]); 2] = [
    ("viewer", &[Permission::ProductReadUnpublished]),
    (
        "editor",
        &[
            Permission::CategoryWrite,
            Permission::CategoryDelete,
            Permission::ProductWrite,
            Permission::ProductDelete,
            Permission::ProductImport,
            Permission::ProductReadUnpublished,
        ],
    ),
];

/// A role's name: a lower-case letter, then up to 62 lower-case letters, digits, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleName(String);

impl RoleName {
    /// Checks a name; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = text.bytes();
        let well_formed = bytes.next().is_some_and(|first| first.is_ascii_lowercase())
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-'))
            && text.len() <= 63;
        well_formed.then(|| Self(text.to_owned()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A named set of permissions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Role {
    #[schema(value_type = String, example = "editor")]
    pub(crate) name: RoleName,
    #[schema(value_type = Vec<String>, example = json!(["product:write"]))]
    pub(crate) permissions: Permissions,
    #[schema(value_type = i64)]
    pub(crate) version: Version,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
}

/// What roles there are, and what each permits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RoleSet(pub(crate) BTreeMap<RoleName, Permissions>);

impl RoleSet {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.keys().map(RoleName::as_str)
    }

    /// What these roles permit together, within the scopes.
    pub(crate) fn permissions_of<'a>(
        &self,
        roles: impl IntoIterator<Item = &'a RoleName>,
        scopes: Option<Permissions>,
    ) -> Permissions {
        let granted = roles
            .into_iter()
            .filter_map(|role| self.0.get(role))
            .fold(Permissions::NONE, |all, of_role| all.union(*of_role));
        scopes.map_or(granted, |scopes| granted.intersection(scopes))
    }
}

/// Reads the body of a role: `{"permissions": ["product:write", …]}`.
pub(crate) fn read_role_permissions(body: &Value, faults: &mut Vec<Fault>) -> Permissions {
    let mut reader = ObjectReader::new(body, "", faults);
    let permissions = read_permissions(&mut reader, "permissions");
    if permissions.is_none() && body.is_object() && body.get("permissions").is_none_or(Value::is_null) {
        reader.fault("permissions", "required", "is required; `[]` gives no permission");
    }
    reader.finish(&["name", "version", "created_at", "updated_at"]);
    permissions.unwrap_or(Permissions::NONE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn role_names_are_plain() {
        for good in ["a", "admin", "shop-2_night", &"x".repeat(63)] {
            assert!(RoleName::parse(good).is_some(), "{good}");
        }
        for bad in ["", "Admin", "1a", "-a", "_a", "a b", "ä", "a/b", "a\n", &"x".repeat(64)] {
            assert!(RoleName::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn all_faults_of_a_role_are_told_at_once() {
        let mut faults = Vec::new();
        let body =
            json!({"permissions": ["product:write", "product:wriet", 5, null], "name": "x", "perms": 1});
        read_role_permissions(&body, &mut faults);
        let found: Vec<_> = faults.iter().map(|f| (f.pointer.as_str(), f.code.as_str())).collect();
        assert_eq!(
            found,
            [
                ("/permissions/1", "unknown_permission"),
                ("/permissions/2", "wrong_type"),
                ("/permissions/3", "wrong_type"),
                ("/name", "server_owned"),
                ("/perms", "unknown_field"),
            ]
        );
        assert!(faults[0].detail.contains("Did you mean `product:write`?"));
        for body in [json!({}), json!({"permissions": null}), json!([]), json!({"permissions": "x"})] {
            let mut faults = Vec::new();
            read_role_permissions(&body, &mut faults);
            assert_eq!(faults.len(), 1, "{body}");
        }
    }

    #[test]
    fn scopes_only_ever_take_away() {
        let editor = RoleName::parse("editor").expect("a name");
        let gone = RoleName::parse("gone").expect("a name");
        let write = Permissions::from_iter([Permission::ProductWrite]);
        let roles = RoleSet([(editor.clone(), write)].into());
        assert_eq!(roles.permissions_of([&editor, &gone], None), write);
        assert_eq!(roles.permissions_of([&editor], Some(Permissions::all())), write);
        assert_eq!(roles.permissions_of([&editor], Some(Permissions::NONE)), Permissions::NONE);
        assert_eq!(roles.permissions_of([&gone], Some(Permissions::all())), Permissions::NONE);
    }
}
