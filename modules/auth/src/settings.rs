use secrecy::SecretString;
use serde::{Deserialize, Serialize, Serializer};

/// Section `auth` of the settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthSettings {
    /// Whether callers without a credential may read what is published.
    pub anonymous_read: bool,
    /// How many API keys are remembered, so that showing one again costs no query.
    pub cached_keys: u64,
    /// The identity provider's address. Not in this version.
    pub issuer: Option<String>,
    /// Who access tokens must be meant for. Not in this version.
    pub audience: Option<String>,
    /// Our name at the identity provider. Not in this version.
    pub client_id: Option<String>,
    /// Our password at the identity provider. Not in this version.
    #[serde(serialize_with = "hide")]
    pub client_secret: Option<SecretString>,
    /// Where a token names the roles of its subject. Not in this version.
    pub roles_claim: Option<String>,
}

impl Default for AuthSettings {
    fn default() -> Self {
        Self {
            anonymous_read: true,
            cached_keys: 10_000,
            issuer: None,
            audience: None,
            client_id: None,
            client_secret: None,
            roles_claim: None,
        }
    }
}

/// What is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthSettingsError {
    /// A setting of something that is not built yet.
    #[error(
        "auth.{key} is set, but signing in through an identity provider (OIDC) is not in this version yet. Leave it out; \
         callers show API keys, which `vitrine token --role ROLE` makes"
    )]
    NotYet {
        /// The setting.
        key: &'static str,
    },
}

impl AuthSettings {
    /// Refuses what can't be honoured: a setting that is silently ignored would make people believe they are protected.
    pub(crate) fn check(&self) -> Result<(), AuthSettingsError> {
        let of_oidc = [
            ("issuer", self.issuer.is_some()),
            ("audience", self.audience.is_some()),
            ("client_id", self.client_id.is_some()),
            ("client_secret", self.client_secret.is_some()),
            ("roles_claim", self.roles_claim.is_some()),
        ];
        match of_oidc.into_iter().find(|(_, set)| *set) {
            Some((key, _)) => Err(AuthSettingsError::NotYet { key }),
            None => Ok(()),
        }
    }
}

#[expect(clippy::ref_option, reason = "serde passes the field as it is")]
fn hide<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(_) => serializer.serialize_str("[hidden]"),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("issuer")]
    #[case("audience")]
    #[case("client_id")]
    #[case("client_secret")]
    #[case("roles_claim")]
    fn settings_of_what_is_not_built_are_refused_by_name(#[case] key: &str) {
        let settings: AuthSettings = serde_json::from_value(json!({key: "hunter2"})).expect("a known key");
        let refusal = settings.check().expect_err("refused").to_string();
        assert!(refusal.contains(&format!("auth.{key} ")) && refusal.contains("not in this version"));
    }

    #[test]
    fn the_client_secret_is_never_shown() {
        let settings = AuthSettings { client_secret: Some("hunter2".into()), ..AuthSettings::default() };
        let shown = format!("{settings:?} {}", serde_json::to_string(&settings).expect("serialises"));
        assert!(!shown.contains("hunter2") && shown.contains("[hidden]"));
        assert_eq!(AuthSettings::default().check(), Ok(()));
    }
}
