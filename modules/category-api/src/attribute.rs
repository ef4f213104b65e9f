//! Typed attributes that a category gives to the products in its subtree.

use serde::{Deserialize, Serialize};

/// The type of an attribute's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeType {
    /// Any text.
    Text,
    /// A JSON number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// One of `values`.
    Enum,
    /// A date, `2026-01-31`.
    Date,
}

impl AttributeType {
    /// Every type there is.
    pub const ALL: [Self; 5] = [Self::Text, Self::Number, Self::Boolean, Self::Enum, Self::Date];

    /// The name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Enum => "enum",
            Self::Date => "date",
        }
    }
}

/// One attribute: `{"key": "screen_size", "label": "Screen size", "type": "number", "unit": "in", "facet": true}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeDefinition {
    /// The name in a product's `attributes`: lower-case letters, digits and `_`, 1 to 64 characters.
    pub key: String,
    /// The name for people.
    pub label: String,
    /// What values it takes.
    #[serde(rename = "type")]
    pub kind: AttributeType,
    /// The unit of its numbers, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The values of an `enum`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// Whether every product must have it.
    #[serde(default)]
    pub required: bool,
    /// Whether shops offer it as a filter.
    #[serde(default)]
    pub facet: bool,
}
