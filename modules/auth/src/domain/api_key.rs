use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use vitrine_kernel::{Failure, KeyId, ObjectReader, Permissions, Timestamp};

use super::input::{read_permissions, read_roles};
use super::{RoleName, RoleSet};

const LONGEST_NAME: usize = 100;
const SERVER_OWNED: [&str; 5] = ["id", "key", "created_by", "created_at", "last_used_at"];

/// An API key, without the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiKey {
    /// Identifies the key; its `subject` is `key:<id>`.
    #[schema(value_type = String, format = Uuid)]
    pub id: KeyId,
    /// A name for people.
    pub name: String,
    /// Its roles, sorted.
    #[schema(value_type = Vec<String>, example = json!(["editor"]))]
    pub roles: Vec<RoleName>,
    /// The most it may do, whatever its roles permit; `null` for no bound.
    #[schema(value_type = Option<Vec<String>>, example = json!(["product:write"]))]
    pub scopes: Option<Permissions>,
    /// The subject of whoever made it.
    pub created_by: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// From when on it is refused; `null` for never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was last accepted, to the minute; `null` for never.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// The subject of whoever shows the key.
    pub fn subject(&self) -> String {
        format!("key:{}", self.id)
    }

    /// Whether it is refused by now.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// A key just made.
#[derive(Debug, Clone)]
pub struct IssuedKey {
    /// What is stored of it.
    pub api_key: ApiKey,
    /// The key itself. It can be shown now and never again; `None` when an earlier answer is repeated.
    pub key: Option<SecretString>,
}

/// A key as its maker wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyDraft {
    pub(crate) name: String,
    pub(crate) roles: Vec<RoleName>,
    pub(crate) scopes: Option<Permissions>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl KeyDraft {
    /// Reads `{"name", "roles", "scopes"?, "expires_at"?}`.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::Validation`] with all faults.
    pub(crate) fn read(body: &Value, known: &RoleSet, now: Timestamp) -> Result<Self, Failure> {
        let mut faults = Vec::new();
        let mut reader = ObjectReader::new(body, "", &mut faults);
        let name = reader.required_line("name", LONGEST_NAME);
        let roles = read_roles(&mut reader, "roles", known);
        let scopes = read_permissions(&mut reader, "scopes");
        let expires_at = reader.timestamp("expires_at");
        if expires_at.is_some_and(|end| end <= now) {
            let detail = format!("must be in the future; it is {} now", now.to_rfc3339());
            reader.fault("expires_at", "in_the_past", detail);
        }
        reader.finish(&SERVER_OWNED);
        match name {
            Some(name) if faults.is_empty() => Ok(Self { name, roles, scopes, expires_at }),
            _ => Err(Failure::validation(faults)),
        }
    }
}

/// A key about to be stored.
pub(crate) struct NewKey {
    pub(crate) api_key: ApiKey,
    pub(crate) hash: [u8; 32],
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;
    use vitrine_kernel::Permission;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_763_805_600_000);

    fn read(body: &Value) -> Result<KeyDraft, Failure> {
        let role = |name| (RoleName::parse(name).expect("a name"), Permissions::NONE);
        KeyDraft::read(body, &RoleSet([role("editor"), role("viewer")].into()), NOW)
    }

    #[test]
    fn a_good_body_makes_a_draft() {
        let draft = read(&json!({
            "name": " Shop ", "roles": ["viewer", "editor", "viewer"], "scopes": ["product:write"],
            "expires_at": "2125-01-01T00:00:00Z"
        }))
        .expect("good");
        assert_eq!(draft.name, "Shop");
        assert_eq!(draft.roles.iter().map(RoleName::as_str).collect::<Vec<_>>(), ["editor", "viewer"]);
        assert_eq!(draft.scopes, Some([Permission::ProductWrite].into_iter().collect()));
        assert_eq!(
            read(&json!({"name": "x", "roles": ["viewer"], "scopes": null})).expect("good").scopes,
            None
        );
    }

    #[rstest]
    #[case(json!({}), &[("/name", "required"), ("/roles", "required")])]
    #[case(json!({"name": "x", "roles": []}), &[("/roles", "too_short")])]
    #[case(json!({"name": "x", "roles": ["nobody", 7]}), &[("/roles/0", "unknown_role"), ("/roles/1", "wrong_type")])]
    #[case(json!({"name": "x", "roles": ["viewer"], "expires_at": NOW}), &[("/expires_at", "in_the_past")])]
    #[case(json!({"name": "x", "roles": ["viewer"], "expires_at": "soon"}), &[("/expires_at", "invalid_time")])]
    #[case(json!({"name": "x", "roles": "viewer", "scopes": "all"}), &[("/roles", "wrong_type"), ("/scopes", "wrong_type")])]
    #[case(json!({"name": "x", "roles": ["viewer"], "key": "vtr_mine", "role": "admin"}),
           &[("/key", "server_owned"), ("/role", "unknown_field")])]
    fn a_bad_body_is_told_with_all_its_faults(#[case] body: Value, #[case] wanted: &[(&str, &str)]) {
        let failure = read(&body).expect_err("bad");
        let found: Vec<_> = failure.faults().iter().map(|f| (f.pointer.as_str(), f.code.as_str())).collect();
        assert_eq!(found, wanted);
    }
}
