//! Attributes: typed values under a key.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use vitrine_kernel::text::fold;

/// Attributes by key.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// `true` or `false`.
    Boolean(bool),
    /// A number; whole ones are integers, so that `1` and `1.0` are the same value.
    Number(Number),
    /// Text; dates and the values of an `enum` too.
    Text(String),
    /// Several texts: materials, languages, …
    Texts(Vec<String>),
}

/// One value of an attribute as filters and facets see it.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexedValue {
    /// What is compared: folded text; numbers and booleans as JSON writes them.
    pub key: String,
    /// What is shown.
    pub text: String,
    /// Where it is a number.
    pub number: Option<f64>,
}

impl AttributeValue {
    /// A number, whole ones as integers. `None` for what is not finite.
    pub fn number(value: f64) -> Option<Self> {
        /// Above this, floats skip integers.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() <= EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
            return Some(Self::Number(Number::from(value as i64)));
        }
        Number::from_f64(value).map(Self::Number)
    }

    /// The values it stands for: one, or each of several texts.
    pub fn indexed(&self) -> Vec<IndexedValue> {
        let text = |text: &String| IndexedValue { key: value_key(text), text: text.clone(), number: None };
        match self {
            Self::Boolean(value) => {
                let name = value.to_string();
                vec![IndexedValue { key: name.clone(), text: name, number: None }]
            }
            Self::Number(number) => {
                let name = number.to_string();
                vec![IndexedValue { key: name.clone(), text: name, number: number.as_f64() }]
            }
            Self::Text(value) => vec![text(value)],
            Self::Texts(values) => values.iter().map(text).collect(),
        }
    }
}

/// The key under which filters and facets find an attribute or an option: folded, blanks as `_`. An option `Shoe Size` and an
/// attribute `shoe_size` are the same filter.
pub fn attribute_key(name: &str) -> String {
    fold(name).replace(' ', "_")
}

/// What is compared of a text: folded. A long one keeps its beginning and a hash of the whole: databases index short keys only
/// (PostgreSQL some 2,700 bytes), and whoever looks for a long text looks for all of it.
pub fn value_key(text: &str) -> String {
    const MOST_BYTES: usize = 400;
    let folded = fold(text);
    if folded.len() <= MOST_BYTES {
        return folded;
    }
    let mut end = MOST_BYTES;
    while !folded.is_char_boundary(end) {
        end -= 1;
    }
    let hash = blake3::hash(folded.as_bytes()).to_hex();
    format!("{} {hash}", folded.get(..end).unwrap_or_default())
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

/// Reads a value without the buffer that an untagged enum would need.
struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = AttributeValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, a boolean or an array of texts")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<AttributeValue, E> {
        Ok(AttributeValue::Boolean(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<AttributeValue, E> {
        Ok(AttributeValue::Number(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<AttributeValue, E> {
        Ok(AttributeValue::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<AttributeValue, E> {
        AttributeValue::number(value).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<AttributeValue, E> {
        Ok(AttributeValue::Text(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<AttributeValue, E> {
        Ok(AttributeValue::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<AttributeValue, A::Error> {
        let mut texts = Vec::with_capacity(items.size_hint().unwrap_or(0).min(64));
        while let Some(text) = items.next_element()? {
            texts.push(text);
        }
        Ok(AttributeValue::Texts(texts))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case(json!("Blue"), "blue", None)]
    #[case(json!(true), "true", None)]
    #[case(json!(15.6), "15.6", Some(15.6))]
    #[case(json!(1.0), "1", Some(1.0))]
    #[case(json!(-3), "-3", Some(-3.0))]
    #[case(json!(18_446_744_073_709_551_615_u64), "18446744073709551615", Some(18_446_744_073_709_551_615.0))]
    fn values_have_comparable_keys(
        #[case] value: serde_json::Value,
        #[case] key: &str,
        #[case] number: Option<f64>,
    ) {
        let value: AttributeValue = serde_json::from_value(value).expect("a value");
        let indexed = value.indexed();
        assert_eq!((indexed[0].key.as_str(), indexed[0].number), (key, number));
        let back: AttributeValue =
            serde_json::from_str(&serde_json::to_string(&value).expect("text")).expect("back");
        assert_eq!(back, value);
    }

    #[test]
    fn long_texts_have_short_keys_that_differ() {
        let long = "Ж".repeat(1000);
        let key = value_key(&long);
        assert!(key.len() <= 480 && key.starts_with("жжж"), "{} bytes", key.len());
        assert_eq!(key, value_key(&long.to_lowercase()));
        assert_ne!(key, value_key(&format!("{long}!")));
        assert_eq!(value_key("Blue"), "blue");
    }

    #[test]
    fn options_and_attributes_share_keys() {
        assert_eq!(attribute_key("Shoe Size"), attribute_key("shoe_size"));
        assert_eq!(attribute_key("Größe"), "grosse");
    }
}
