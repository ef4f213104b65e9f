//! Slugs: the part of an address that names a category or a product.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Lower-case ASCII letters and digits in groups divided by single hyphens, at most [`Slug::MAX_LENGTH`] bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

impl Slug {
    /// The most bytes a slug has.
    pub const MAX_LENGTH: usize = 120;

    /// Checks a slug that somebody chose; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() <= Self::MAX_LENGTH
            && text.split('-').all(|part| {
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        well_formed.then(|| Self(text.to_owned()))
    }

    /// Makes a slug from a name in any script, by transliteration: `Кофе машина` gives `kofe-mashina`. A name without
    /// a single letter or digit gives `fallback`.
    pub fn from_name(name: &str, fallback: &str) -> Self {
        let mut slug = String::new();
        for character in deunicode::deunicode(name).chars() {
            if character.is_ascii_alphanumeric() {
                slug.push(character.to_ascii_lowercase());
            } else if character != '\'' && !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(Self::MAX_LENGTH);
        let trimmed = slug.trim_end_matches('-');
        Self(if trimmed.is_empty() { fallback.to_owned() } else { trimmed.to_owned() })
    }

    /// The same slug with a number behind, for a name that others have too: `shoes-2`.
    #[must_use]
    pub fn numbered(&self, number: u64) -> Self {
        let suffix = format!("-{number}");
        let room = Self::MAX_LENGTH - suffix.len();
        let stem = self.0.get(..room).unwrap_or(&self.0).trim_end_matches('-');
        Self(format!("{stem}{suffix}"))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_give_slugs() {
        for (name, wanted) in [
            ("TV & Home Theater", "tv-home-theater"),
            ("Men's Shirts", "mens-shirts"),
            ("Кофе машина", "kofe-mashina"),
            ("北京", "bei-jing"),
            ("  Crème brûlée!  ", "creme-brulee"),
            ("!!!", "item"),
            ("", "item"),
        ] {
            assert_eq!(Slug::from_name(name, "item").as_str(), wanted);
        }
    }

    #[test]
    fn only_well_formed_slugs_parse() {
        for good in ["a", "a-1", "tv-home-theater"] {
            assert!(Slug::parse(good).is_some(), "{good}");
        }
        for bad in ["", "-", "a--b", "-a", "a-", "A", "ä", "a b", "a_b", &"x".repeat(121)] {
            assert!(Slug::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_made_is_well_formed_and_short_enough_when_numbered() {
        let long = Slug::from_name(&"wörd ".repeat(100), "x");
        assert_eq!(Slug::parse(long.as_str()), Some(long.clone()));
        let numbered = long.numbered(1234);
        assert_eq!(Slug::parse(numbered.as_str()), Some(numbered.clone()));
        assert!(numbered.as_str().ends_with("-1234"));
    }
}
