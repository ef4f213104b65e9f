//! The attributes in force as JSON Schema (draft 2020-12), for forms and for other validators.

use serde_json::{Map, Value, json};
use vitrine_category_api::{AttributeDefinition, AttributeType};

/// The schema of a product's `attributes` in a category of this name. What JSON Schema has no word for stands under `x-unit` and
/// `x-facet`.
pub fn json_schema(address: &str, category_name: &str, attributes: &[AttributeDefinition]) -> Value {
    let properties: Map<String, Value> =
        attributes.iter().map(|attribute| (attribute.key.clone(), property(attribute))).collect();
    let required: Vec<&str> = attributes
        .iter()
        .filter(|attribute| attribute.required)
        .map(|attribute| attribute.key.as_str())
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address,
        "title": format!("Attributes of products in {category_name}"),
        "type": "object",
        "properties": properties,
        "required": required,
    })
}

fn property(attribute: &AttributeDefinition) -> Value {
    let mut property = Map::new();
    property.insert("title".to_owned(), json!(attribute.label));
    let kind = match attribute.kind {
        AttributeType::Text | AttributeType::Enum | AttributeType::Date => "string",
        AttributeType::Number => "number",
        AttributeType::Boolean => "boolean",
    };
    property.insert("type".to_owned(), json!(kind));
    if attribute.kind == AttributeType::Date {
        property.insert("format".to_owned(), json!("date"));
    }
    if let Some(values) = &attribute.values {
        property.insert("enum".to_owned(), json!(values));
    }
    if let Some(unit) = &attribute.unit {
        property.insert("x-unit".to_owned(), json!(unit));
    }
    property.insert("x-facet".to_owned(), json!(attribute.facet));
    Value::Object(property)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_words() {
        let attribute = |key: &str, kind, values: Option<Vec<String>>| AttributeDefinition {
            key: key.to_owned(),
            label: key.to_uppercase(),
            kind,
            unit: (kind == AttributeType::Number).then(|| "in".to_owned()),
            values,
            required: kind == AttributeType::Enum,
            facet: kind == AttributeType::Enum,
        };
        let schema = json_schema(
            "/x",
            "TVs",
            &[
                attribute("n", AttributeType::Number, None),
                attribute("d", AttributeType::Date, None),
                attribute("e", AttributeType::Enum, Some(vec!["a".to_owned()])),
                attribute("b", AttributeType::Boolean, None),
                attribute("t", AttributeType::Text, None),
            ],
        );
        assert_eq!(
            schema["properties"],
            json!({
                "n": {"title": "N", "type": "number", "x-unit": "in", "x-facet": false},
                "d": {"title": "D", "type": "string", "format": "date", "x-facet": false},
                "e": {"title": "E", "type": "string", "enum": ["a"], "x-facet": true},
                "b": {"title": "B", "type": "boolean", "x-facet": false},
                "t": {"title": "T", "type": "string", "x-facet": false},
            })
        );
        assert_eq!(schema["required"], json!(["e"]));
    }
}
