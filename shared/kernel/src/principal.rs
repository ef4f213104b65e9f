//! Who is calling, and what they may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;

/// One thing a caller may be allowed to do. Roles are named sets of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Permission {
    /// Create and change categories.
    CategoryWrite,
    /// Delete categories.
    CategoryDelete,
    /// Create and change products.
    ProductWrite,
    /// Delete and restore products.
    ProductDelete,
    /// Import and export in bulk.
    ProductImport,
    /// See drafts and archived things.
    ProductReadUnpublished,
    /// Manage roles, bindings and API keys.
    AuthAdmin,
    /// Operate the service.
    OpsAdmin,
}

impl Permission {
    /// Every permission there is.
    pub const ALL: [Self; 8] = [
        Self::CategoryWrite,
        Self::CategoryDelete,
        Self::ProductWrite,
        Self::ProductDelete,
        Self::ProductImport,
        Self::ProductReadUnpublished,
        Self::AuthAdmin,
        Self::OpsAdmin,
    ];

    /// The name in the API: `product:write`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CategoryWrite => "category:write",
            Self::CategoryDelete => "category:delete",
            Self::ProductWrite => "product:write",
            Self::ProductDelete => "product:delete",
            Self::ProductImport => "product:import",
            Self::ProductReadUnpublished => "product:read_unpublished",
            Self::AuthAdmin => "auth:admin",
            Self::OpsAdmin => "ops:admin",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|p| p.name() == name).ok_or_else(|| UnknownPermission(name.to_owned()))
    }
}

/// No permission has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no permission `{0}`")]
pub struct UnknownPermission(pub String);

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A set of permissions, in two bytes: it is asked on every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u16);

impl Permissions {
    /// No permission.
    pub const NONE: Self = Self(0);

    /// Every permission.
    pub fn all() -> Self {
        Permission::ALL.into_iter().collect()
    }

    /// Whether the set has this one.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// Whether the set has all of the other.
    pub const fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The permissions of both sets.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The permissions that both sets have.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The permissions in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |p| self.contains(*p))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, p| bits | p.bit()))
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Permission>::deserialize(deserializer).map(|all| all.into_iter().collect())
    }
}

/// How a caller came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// Without a credential.
    Anonymous,
    /// With an API key.
    ApiKey,
    /// With an access token or a session of an identity provider.
    User,
    /// From the command line, on the machine that holds the database.
    Operator,
}

/// A caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// Stable and unique: `anonymous`, `key:<id>`, `operator`, `<issuer>|<sub>`. Recorded in histories.
    pub subject: String,
    /// A name for people.
    pub name: String,
    /// How they came in.
    pub kind: PrincipalKind,
    /// The roles they have, sorted.
    pub roles: Vec<String>,
    /// What the roles (and a credential's scopes) let them do.
    pub permissions: Permissions,
    /// When the credential ends, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl Principal {
    /// The caller who shows no credential.
    pub fn anonymous() -> Self {
        Self {
            subject: "anonymous".to_owned(),
            name: "Anonymous".to_owned(),
            kind: PrincipalKind::Anonymous,
            roles: Vec::new(),
            permissions: Permissions::NONE,
            expires_at: None,
        }
    }

    /// Whoever runs a command on the machine that holds the database: they could change the file anyway.
    pub fn operator() -> Self {
        Self {
            subject: "operator".to_owned(),
            name: "Operator".to_owned(),
            kind: PrincipalKind::Operator,
            roles: vec!["admin".to_owned()],
            permissions: Permissions::all(),
            expires_at: None,
        }
    }

    /// Whether no credential was shown.
    pub fn is_anonymous(&self) -> bool {
        self.kind == PrincipalKind::Anonymous
    }

    /// Whether the caller has a permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_a_name_that_reads_back() {
        for permission in Permission::ALL {
            assert_eq!(permission.name().parse(), Ok(permission));
        }
        assert!("product:own".parse::<Permission>().is_err());
    }

    #[test]
    fn sets_contain_what_was_put_in() {
        let set: Permissions = [Permission::ProductWrite, Permission::OpsAdmin].into_iter().collect();
        assert!(set.contains(Permission::ProductWrite) && !set.contains(Permission::AuthAdmin));
        assert!(Permissions::all().contains_all(set) && !set.contains_all(Permissions::all()));
        assert_eq!(serde_json::to_string(&set).expect("serialises"), r#"["product:write","ops:admin"]"#);
    }
}
