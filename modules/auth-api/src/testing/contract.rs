//! What every [`AuthPort`] must do: the service in the process, the client over HTTP and the fake run the same suite.
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a contract that is broken panics")]

use secrecy::{ExposeSecret as _, SecretString};
use vitrine_kernel::{Permission, Permissions, Principal, PrincipalKind};

use super::AuthSeed;
use crate::{AuthPort, AuthPortError, Credential};

/// Runs the whole suite. The cases share the port and don't disturb each other.
pub async fn all(port: &dyn AuthPort, seed: &dyn AuthSeed) {
    a_key_makes_its_principal(port, seed).await;
    keys_have_nothing_in_common(port, seed).await;
    a_revoked_key_is_rejected_at_once(port, seed).await;
    a_key_ends_when_it_expires(port, seed).await;
    any_changed_character_is_rejected(port, seed).await;
    shortened_and_lengthened_keys_are_rejected(port, seed).await;
    whatever_is_no_credential_is_rejected(port).await;
}

async fn show(port: &dyn AuthPort, bearer: &str) -> Option<Principal> {
    match port.authenticate(&Credential::Bearer(SecretString::from(bearer.to_owned()))).await {
        Ok(principal) => Some(principal),
        Err(AuthPortError::Rejected) => None,
        Err(error) => {
            assert!(matches!(error, AuthPortError::Rejected), "the port must answer: {error}");
            None
        }
    }
}

/// Subject, kind, permissions and end.
pub async fn a_key_makes_its_principal(port: &dyn AuthPort, seed: &dyn AuthSeed) {
    let few: Permissions = [Permission::ProductWrite, Permission::ProductDelete].into_iter().collect();
    for (permissions, end) in [(few, None), (Permissions::all(), Some(seed.now().plus_seconds(60)))] {
        let key = seed.api_key(permissions, end).await;
        // Twice: a cache must not answer differently.
        for _ in 0..2 {
            let principal = show(port, key.bearer.expose_secret()).await.expect("accepted");
            assert_eq!(principal.subject, key.subject);
            assert_eq!(principal.kind, PrincipalKind::ApiKey);
            assert_eq!(principal.permissions, permissions);
            assert_eq!(principal.expires_at, end);
        }
    }
}

/// Each is its own principal; revoking one leaves the other.
pub async fn keys_have_nothing_in_common(port: &dyn AuthPort, seed: &dyn AuthSeed) {
    let one = seed.api_key(Permissions::NONE, None).await;
    let other = seed.api_key(Permissions::all(), None).await;
    assert_ne!(one.bearer.expose_secret(), other.bearer.expose_secret());
    assert_ne!(one.subject, other.subject);
    seed.revoke(&one).await;
    assert!(show(port, one.bearer.expose_secret()).await.is_none());
    assert!(show(port, other.bearer.expose_secret()).await.is_some());
}

/// Also when it was shown a moment before.
pub async fn a_revoked_key_is_rejected_at_once(port: &dyn AuthPort, seed: &dyn AuthSeed) {
    let key = seed.api_key(Permissions::all(), None).await;
    assert!(show(port, key.bearer.expose_secret()).await.is_some());
    seed.revoke(&key).await;
    assert!(show(port, key.bearer.expose_secret()).await.is_none());
}

/// At its end, not after it; also when it was shown a moment before.
pub async fn a_key_ends_when_it_expires(port: &dyn AuthPort, seed: &dyn AuthSeed) {
    let key = seed.api_key(Permissions::all(), Some(seed.now().plus_seconds(10))).await;
    seed.advance_seconds(9);
    assert!(show(port, key.bearer.expose_secret()).await.is_some());
    seed.advance_seconds(1);
    assert!(show(port, key.bearer.expose_secret()).await.is_none());
}

/// At every place of the key.
pub async fn any_changed_character_is_rejected(port: &dyn AuthPort, seed: &dyn AuthSeed) {
    let key = seed.api_key(Permissions::all(), None).await;
    let good = key.bearer.expose_secret();
    for (at, character) in good.char_indices() {
        for other in ['A', 'b', '7', '_'].into_iter().filter(|other| *other != character) {
            let mut changed = good.to_owned();
            changed.replace_range(at..at + character.len_utf8(), other.encode_utf8(&mut [0; 4]));
            assert!(show(port, &changed).await.is_none(), "accepted with character {at} changed");
        }
    }
    assert!(show(port, good).await.is_some(), "the wrong ones must not lock out the right one");
}

/// Also with white space around it.
pub async fn shortened_and_lengthened_keys_are_rejected(port: &dyn AuthPort, seed: &dyn AuthSeed) {
    let key = seed.api_key(Permissions::all(), None).await;
    let good = key.bearer.expose_secret();
    for (at, _) in good.char_indices() {
        let (head, tail) = good.split_at(at);
        assert!(show(port, head).await.is_none());
        assert!(at == 0 || show(port, tail).await.is_none());
    }
    for longer in
        [format!("{good}A"), format!("A{good}"), format!(" {good}"), format!("{good} "), good.repeat(2)]
    {
        assert!(show(port, &longer).await.is_none());
    }
}

/// Whatever comes, it is an answer and not a failure.
pub async fn whatever_is_no_credential_is_rejected(port: &dyn AuthPort) {
    let huge = "x".repeat(1_000_000);
    for nonsense in
        ["", " ", "\0", "admin", "vtr_", "vtr___", "vtr_a_b_c", "пароль", "🗝", "' OR 1=1 --", &huge]
    {
        assert!(show(port, nonsense).await.is_none());
    }
}
