//! Checks a product's attributes against what its categories want.
//!
//! Every category of a product binds it. Where two define one key differently, the first category (the primary one comes first)
//! says what it is; it is required when any of them requires it. Keys that no category defines are free. Types are always
//! checked, what is required only of active products: a draft may be unfinished.

use std::collections::BTreeMap;

use vitrine_category_api::{AttributeDefinition, AttributeType, CategorySummary};
use vitrine_kernel::suggest::hint;
use vitrine_kernel::{Fault, Timestamp};

use super::read_attributes::attribute_pointer;
use super::{AttributeValue, Attributes, NewProduct, ProductStatus, attribute_key};

/// The faults of a product in these categories, its primary one first.
pub fn attribute_faults(product: &NewProduct, categories: &[&CategorySummary]) -> Vec<Fault> {
    let definitions = in_force(categories);
    let mut faults = Vec::new();
    if definitions.is_empty() {
        return faults;
    }
    check_attributes(&product.attributes, "/attributes", &definitions, &mut faults);
    for (at, variant) in product.variants.iter().enumerate() {
        check_attributes(
            &variant.attributes,
            &format!("/variants/{at}/attributes"),
            &definitions,
            &mut faults,
        );
        for (name, text) in &variant.options {
            let Some((definition, _)) = definitions.get(attribute_key(name).as_str()) else { continue };
            if let Err((code, detail)) = check_value(definition, &option_value(definition.kind, text)) {
                let pointer = attribute_pointer(&format!("/variants/{at}/options"), name);
                faults.push(Fault::new(pointer, code, detail));
            }
        }
    }
    if product.status == ProductStatus::Active {
        for (key, (definition, required)) in &definitions {
            if *required && !has(product, key) {
                let detail =
                    format!("is required of active products in this category ({})", definition.label);
                faults.push(Fault::new(attribute_pointer("/attributes", key), "required", detail));
            }
        }
    }
    faults
}

/// The types that these categories, the primary one first, give to attributes, by key.
pub fn attribute_kinds(categories: &[&CategorySummary]) -> BTreeMap<String, AttributeType> {
    in_force(categories).into_iter().map(|(key, (definition, _))| (key.to_owned(), definition.kind)).collect()
}

/// Turns texts into numbers and booleans where these categories want them. What can't be turned stays a text, for the rules to
/// refuse.
pub(super) fn type_texts(attributes: &mut Attributes, categories: &[&CategorySummary]) {
    let definitions = in_force(categories);
    for (name, value) in attributes.iter_mut() {
        let AttributeValue::Text(text) = value else { continue };
        let Some((definition, _)) = definitions.get(attribute_key(name).as_str()) else { continue };
        let typed = match definition.kind {
            AttributeType::Number | AttributeType::Boolean => serde_json::from_str(text).ok(),
            AttributeType::Text | AttributeType::Enum | AttributeType::Date => None,
        };
        match (definition.kind, typed) {
            (AttributeType::Number, Some(number @ AttributeValue::Number(_))) => *value = number,
            (AttributeType::Boolean, Some(boolean @ AttributeValue::Boolean(_))) => *value = boolean,
            _ => {}
        }
    }
}

type Definitions<'a> = BTreeMap<&'a str, (&'a AttributeDefinition, bool)>;

fn in_force<'a>(categories: &[&'a CategorySummary]) -> Definitions<'a> {
    let mut definitions = Definitions::new();
    for definition in categories.iter().flat_map(|category| &category.attributes) {
        let (_, required) = definitions.entry(&definition.key).or_insert((definition, false));
        *required |= definition.required;
    }
    definitions
}

/// Whether the product says it once, or each of its variants does.
fn has(product: &NewProduct, key: &str) -> bool {
    let named = |attributes: &Attributes| attributes.keys().any(|name| attribute_key(name) == key);
    named(&product.attributes)
        || product.variants.iter().all(|variant| {
            named(&variant.attributes) || variant.options.keys().any(|name| attribute_key(name) == key)
        })
}

fn check_attributes(
    attributes: &Attributes,
    parent: &str,
    definitions: &Definitions<'_>,
    faults: &mut Vec<Fault>,
) {
    for (name, value) in attributes {
        let Some((definition, _)) = definitions.get(attribute_key(name).as_str()) else { continue };
        if let Err((code, detail)) = check_value(definition, value) {
            faults.push(Fault::new(attribute_pointer(parent, name), code, detail));
        }
    }
}

/// Options are always texts: `42` is a number where the category wants one.
fn option_value(kind: AttributeType, text: &str) -> AttributeValue {
    let read = match kind {
        AttributeType::Number => text.parse().ok().and_then(AttributeValue::number),
        AttributeType::Boolean => text.parse().ok().map(AttributeValue::Boolean),
        AttributeType::Text | AttributeType::Enum | AttributeType::Date => None,
    };
    read.unwrap_or_else(|| AttributeValue::Text(text.to_owned()))
}

fn check_value(
    definition: &AttributeDefinition,
    value: &AttributeValue,
) -> Result<(), (&'static str, String)> {
    let wrong = |what: &str| Err(("wrong_type", format!("must be {what} in this category")));
    match (definition.kind, value) {
        (AttributeType::Text, AttributeValue::Text(_) | AttributeValue::Texts(_))
        | (AttributeType::Number, AttributeValue::Number(_))
        | (AttributeType::Boolean, AttributeValue::Boolean(_)) => Ok(()),
        (AttributeType::Date, AttributeValue::Text(text)) if is_date(text) => Ok(()),
        (AttributeType::Enum, AttributeValue::Text(text)) => check_enum(definition, text),
        (AttributeType::Enum, AttributeValue::Texts(texts)) => {
            texts.iter().try_for_each(|text| check_enum(definition, text))
        }
        (AttributeType::Text, _) => wrong("a text or an array of texts"),
        (AttributeType::Number, _) => wrong("a number"),
        (AttributeType::Boolean, _) => wrong("true or false"),
        (AttributeType::Date, _) => wrong("a date such as `2026-01-31`"),
        (AttributeType::Enum, _) => wrong("one of its values, or an array of them"),
    }
}

fn check_enum(definition: &AttributeDefinition, text: &str) -> Result<(), (&'static str, String)> {
    let values = definition.values.as_deref().unwrap_or_default();
    if values.iter().any(|value| value == text) {
        return Ok(());
    }
    let hint = hint(text, values.iter().map(String::as_str));
    Err(("not_allowed", format!("`{text}` is not a value of this attribute. {hint}")))
}

fn is_date(text: &str) -> bool {
    text.len() == "2026-01-31".len() && Timestamp::parse(&format!("{text}T00:00:00Z")).is_some()
}
