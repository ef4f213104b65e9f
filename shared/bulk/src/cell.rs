//! What stands in a cell, and back.

use serde_json::{Number, Value, json};

use crate::CellKind;

/// Reads a cell that is not empty. The error is a fault's code and detail.
pub(crate) fn read_cell(
    text: &str,
    kind: CellKind,
    currency: Option<&str>,
) -> Result<Value, (&'static str, String)> {
    match kind {
        CellKind::Text | CellKind::Currency => Ok(Value::from(text)),
        CellKind::List => Ok(Value::from(split_list(text))),
        CellKind::Boolean => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(("wrong_type", "must be true or false".to_owned())),
        },
        CellKind::Number => match read_number(text) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(("wrong_type", "must be a number, such as 12 or 0.5".to_owned())),
        },
        CellKind::Json => serde_json::from_str(text)
            .map_err(|error| ("invalid_json", format!("the cell must hold JSON: {error}"))),
        CellKind::Amount => Ok(match currency {
            Some(currency) => json!({"amount": text.trim(), "currency": currency}),
            None => json!({"amount": text.trim()}),
        }),
    }
}

/// A number as JSON writes it.
fn read_number(text: &str) -> Option<Number> {
    serde_json::from_str(text.trim()).ok()
}

/// Writes a member into a cell; what is absent, `null` or of another kind than the column's gives an empty cell.
pub(crate) fn write_cell(value: &Value, kind: CellKind) -> String {
    match (kind, value) {
        (_, Value::Null) => String::new(),
        (CellKind::List, Value::Array(items)) => {
            join_list(&items.iter().filter_map(Value::as_str).collect::<Vec<_>>())
        }
        (CellKind::Amount, money) => {
            money.get("amount").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        (CellKind::Currency, money) => {
            money.get("currency").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        (CellKind::Json, value) => value.to_string(),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

fn split_list(cell: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut characters = cell.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next_if(|c| matches!(c, '|' | '\\')) } else { None };
        match (escaped, items.last_mut()) {
            (Some(escaped), Some(item)) => item.push(escaped),
            (None, _) if character == '|' => items.push(String::new()),
            (None, Some(item)) => item.push(character),
            (_, None) => {}
        }
    }
    items
}

fn join_list(items: &[&str]) -> String {
    items.iter().map(|item| item.replace('\\', "\\\\").replace('|', "\\|")).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a|b", CellKind::List, json!(["a", "b"]))]
    #[case(r"a\|b|c\\|d\e\", CellKind::List, json!(["a|b", r"c\", r"d\e\"]))]
    #[case("TRUE", CellKind::Boolean, json!(true))]
    #[case("-1.5e3", CellKind::Number, json!(-1500.0))]
    #[case(" 12", CellKind::Number, json!(12))]
    #[case("{\"a\": [1]}", CellKind::Json, json!({"a": [1]}))]
    #[case("19.90", CellKind::Amount, json!({"amount": "19.90", "currency": "EUR"}))]
    fn cells_become_typed(#[case] text: &str, #[case] kind: CellKind, #[case] wanted: Value) {
        assert_eq!(read_cell(text, kind, Some("EUR")), Ok(wanted));
    }

    #[rstest]
    #[case("yes please", CellKind::Boolean)]
    #[case("1,5", CellKind::Number)]
    #[case("NaN", CellKind::Number)]
    #[case("{", CellKind::Json)]
    fn wrong_cells_are_told(#[case] text: &str, #[case] kind: CellKind) {
        assert!(read_cell(text, kind, None).is_err());
    }

    proptest! {
        #[test]
        fn lists_read_back(items in proptest::collection::vec(r"[ab|\\,é\n]{1,4}", 1..5)) {
            let borrowed: Vec<&str> = items.iter().map(String::as_str).collect();
            prop_assert_eq!(split_list(&join_list(&borrowed)), items);
        }
    }
}
