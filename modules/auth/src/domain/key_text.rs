//! An API key as text: `vtr_<id>_<secret>_<checksum>`, all of it letters and digits.
//!
//! - The prefix lets scanners of repositories and logs find keys: `vtr_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}`.
//! - The id (22 digits, base 62) finds the row, so that nothing secret is ever looked up.
//! - The secret is 43 random digits: 256 bits (43 × log2 62 = 256.03).
//! - The checksum is CRC-32 of everything before it: a typo, which changes up to 32 bits in a row, is always noticed, and
//!   refused without asking the database. It protects against mistakes, not against people.

use rand::TryRngCore as _;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;
use vitrine_kernel::{Failure, KeyId};

use super::base62;

const PREFIX: &str = "vtr_";
const ID_DIGITS: usize = 22;
const SECRET_DIGITS: usize = 43;
const CHECKSUM_DIGITS: usize = 6;

/// The secret part of a key.
#[derive(Debug, Clone)]
pub(crate) struct KeySecret(SecretString);

impl KeySecret {
    /// A new one, from the operating system's generator.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::Internal`] when that fails.
    pub(crate) fn generate() -> Result<Self, Failure> {
        let mut secret = String::with_capacity(SECRET_DIGITS);
        let mut random = [0_u8; 64];
        while secret.len() < SECRET_DIGITS {
            OsRng.try_fill_bytes(&mut random).map_err(Failure::internal)?;
            // 248 is the largest multiple of 62 in a byte: taking only those below makes all digits equally likely.
            let digits =
                random.iter().filter(|byte| **byte < 248).filter_map(|byte| base62::digit(byte % 62));
            secret.extend(digits.take(SECRET_DIGITS - secret.len()));
        }
        Ok(Self(SecretString::from(secret)))
    }

    /// The digits. Only their keyed hash may be stored.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// A key that is well formed; whether it is one of ours is another question.
#[derive(Debug, Clone)]
pub(crate) struct KeyText {
    pub(crate) id: KeyId,
    pub(crate) secret: KeySecret,
}

impl KeyText {
    /// How many characters every key has.
    pub(crate) const LENGTH: usize = PREFIX.len() + ID_DIGITS + 1 + SECRET_DIGITS + 1 + CHECKSUM_DIGITS;

    /// Reads a key; `None` when it can't be one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // Also bounds the work for whatever is sent as a credential.
        if text.len() != Self::LENGTH {
            return None;
        }
        let (covered, checksum) = text.split_at_checked(text.len() - CHECKSUM_DIGITS)?;
        if checksum_of(covered) != checksum {
            return None;
        }
        let (id, rest) = covered.strip_prefix(PREFIX)?.split_at_checked(ID_DIGITS)?;
        let secret = rest.strip_prefix('_')?.strip_suffix('_')?;
        if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        Some(Self {
            id: KeyId(Uuid::from_u128(base62::decode(id)?)),
            secret: KeySecret(SecretString::from(secret)),
        })
    }

    /// The whole key, for its owner.
    pub(crate) fn render(&self) -> SecretString {
        let id = base62::encode(self.id.0.as_u128(), ID_DIGITS);
        let covered = format!("{PREFIX}{id}_{}_", self.secret.expose());
        let checksum = checksum_of(&covered);
        SecretString::from(covered + &checksum)
    }
}

fn checksum_of(covered: &str) -> String {
    base62::encode(u128::from(crc32fast::hash(covered.as_bytes())), CHECKSUM_DIGITS)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn new_key() -> KeyText {
        KeyText { id: KeyId::generate(), secret: KeySecret::generate().expect("random") }
    }

    #[test]
    fn a_key_reads_back() {
        for _ in 0..200 {
            let key = new_key();
            let text = key.render();
            assert_eq!(text.expose_secret().len(), 77);
            let back = KeyText::parse(text.expose_secret()).expect("well formed");
            assert_eq!(back.id, key.id);
            assert_eq!(back.secret.expose(), key.secret.expose());
        }
    }

    #[test]
    fn every_single_changed_character_is_noticed() {
        let text = new_key().render().expose_secret().to_owned();
        for at in 0..text.len() {
            for other in (b' '..=b'~').map(char::from).filter(|other| !text[at..].starts_with(*other)) {
                let mut changed = text.clone();
                changed.replace_range(at..=at, &other.to_string());
                assert!(KeyText::parse(&changed).is_none(), "character {at} changed to {other:?}");
            }
        }
    }

    #[test]
    fn neighbours_swapped_parts_lost_and_nonsense_are_noticed() {
        let text = new_key().render().expose_secret().to_owned();
        for at in 1..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes.swap(at - 1, at);
            let swapped = String::from_utf8(bytes).expect("ASCII");
            assert_eq!(KeyText::parse(&swapped).is_some(), swapped == text);
            assert!(KeyText::parse(&text[at..]).is_none() && KeyText::parse(&text[..at]).is_none());
        }
        for nonsense in ["", "vtr_", &"_".repeat(77), &"ä".repeat(39), &"é".repeat(77)] {
            assert!(KeyText::parse(nonsense).is_none());
        }
    }

    #[test]
    fn secrets_are_random_in_every_place() {
        let secrets: Vec<_> = (0..500).map(|_| KeySecret::generate().expect("random")).collect();
        for place in 0..SECRET_DIGITS {
            let seen: HashSet<u8> = secrets.iter().map(|secret| secret.expose().as_bytes()[place]).collect();
            assert!(seen.len() > 50, "place {place} takes only {} values", seen.len());
        }
    }

    #[test]
    fn debug_output_hides_the_secret() {
        let key = new_key();
        assert!(!format!("{key:?}").contains(key.secret.expose()));
    }
}
