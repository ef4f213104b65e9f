//! What must be found in a text, in no database's language: each store writes it in its own.

use super::plan::Field;

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In every field.
    Anywhere,
    /// In what products are called by: names, brands, SKUs, tags.
    Names,
    /// In one field.
    In(Field),
}

/// Words that stand next to each other; mostly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Folded.
    pub words: Vec<String>,
    /// Where they are looked for.
    pub scope: Scope,
    /// The last one is the beginning of a word.
    pub is_prefix: bool,
    /// The field begins with them.
    pub at_start: bool,
}

/// What must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// These words.
    Words(Words),
    /// All of these; there is at least one.
    All(Vec<Self>),
    /// One of these; there is at least one.
    Any(Vec<Self>),
}

impl Condition {
    /// Words as they are.
    pub fn words(words: &[String], scope: Scope) -> Self {
        Self::Words(Words { words: words.to_vec(), scope, is_prefix: false, at_start: false })
    }

    /// A word that begins so.
    pub fn prefix(words: &[String], scope: Scope) -> Self {
        Self::Words(Words { words: words.to_vec(), scope, is_prefix: true, at_start: false })
    }

    /// Words that a field begins with.
    pub fn start(words: &[String], field: Field) -> Self {
        Self::Words(Words {
            words: words.to_vec(),
            scope: Scope::In(field),
            is_prefix: false,
            at_start: true,
        })
    }

    /// One of several; the condition itself where there is but one. `None` of none.
    pub fn any(mut conditions: Vec<Self>) -> Option<Self> {
        match conditions.len() {
            0 => None,
            1 => conditions.pop(),
            _ => Some(Self::Any(conditions)),
        }
    }

    /// All of several; the condition itself where there is but one. `None` of none.
    pub fn all(mut conditions: Vec<Self>) -> Option<Self> {
        match conditions.len() {
            0 => None,
            1 => conditions.pop(),
            _ => Some(Self::All(conditions)),
        }
    }
}
