//! Reads options, variants and money.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use vitrine_kernel::input::{check_text, type_name};
use vitrine_kernel::text::fold;
use vitrine_kernel::{Currency, Fault, Money, ObjectReader, VariantId};

use super::read::nonempty;
use super::read_attributes::{attribute_pointer, read_attributes};
use super::{BodyKind, NewVariant, attribute_key};

const MAX_OPTIONS: usize = 5;
const MAX_OPTION: usize = 64;
const MAX_OPTION_VALUE: usize = 128;
const MAX_VARIANTS: usize = 200;
const MAX_PRICES: usize = 50;
const MAX_CODE: usize = 64;

/// The names of the options.
pub(super) fn read_options(reader: &mut ObjectReader<'_>) -> Vec<String> {
    let options = reader.lines("options", MAX_OPTIONS, MAX_OPTION).unwrap_or_default();
    let keys: Vec<_> = options.iter().map(|name| attribute_key(name)).collect();
    for (at, (key, name)) in keys.iter().zip(&options).enumerate() {
        let pointer = format!("{}/{at}", reader.pointer_to("options"));
        if keys.iter().take(at).any(|earlier| earlier == key) {
            let detail = "repeats an earlier option; case and accents make no difference";
            reader.faults().push(Fault::new(&pointer, "duplicate", detail));
        }
        if name.contains('.') {
            reader.faults().push(Fault::new(
                pointer,
                "invalid_key",
                "an option's name must not contain a dot",
            ));
        }
    }
    options
}

/// The variants, checked one by one and then against each other.
pub(super) fn read_variants(
    reader: &mut ObjectReader<'_>,
    options: &[String],
    kind: BodyKind,
) -> Vec<NewVariant> {
    let missing = reader.value("variants").is_none();
    let Some(items) = reader.array("variants", MAX_VARIANTS) else {
        if missing {
            reader.fault("variants", "required", "a product has at least one variant");
        }
        return Vec::new();
    };
    let count = items.len();
    let mut variants = Vec::with_capacity(count);
    for (pointer, item) in items {
        if item.is_object() {
            variants.push((pointer.clone(), read_variant(item, pointer, options, kind, reader.faults())));
        } else {
            let detail = format!("must be an object, not {}", type_name(item));
            reader.faults().push(Fault::new(pointer, "wrong_type", detail));
        }
    }
    if count == 0 {
        reader.fault("variants", "too_few", "a product has at least one variant");
    } else if options.is_empty() && count > 1 {
        let detail =
            "a product without `options` has one variant; name the options that the variants differ in";
        reader.fault("variants", "too_many", detail);
    }
    check_together(&variants, options.len(), reader.faults());
    variants.into_iter().map(|(_, variant)| variant).collect()
}

fn read_variant(
    item: &Value,
    pointer: String,
    options: &[String],
    kind: BodyKind,
    faults: &mut Vec<Fault>,
) -> NewVariant {
    let mut reader = ObjectReader::new(item, pointer, faults);
    let id = match kind {
        BodyKind::Create => None,
        BodyKind::Update | BodyKind::Row | BodyKind::TextRow => {
            reader.parsed("id", "the id of a variant, a UUID", |text| text.parse::<VariantId>().ok())
        }
    };
    let sku = read_code(&mut reader, "sku");
    let options = read_option_values(&mut reader, options);
    let price = read_money(&mut reader, "price");
    let compare_at_price = read_money(&mut reader, "compare_at_price");
    let prices = read_prices(&mut reader, price);
    let barcode = read_code(&mut reader, "barcode");
    let attributes = read_attributes(&mut reader, "attributes");
    if let Some(former) = compare_at_price {
        check_compare_at_price(&mut reader, price, former);
    }
    reader.finish(&["id"]);
    NewVariant { id, sku, options, price, compare_at_price, prices, barcode, attributes }
}

/// A SKU or a barcode: visible characters only, so that what is seen can be typed.
fn read_code(reader: &mut ObjectReader<'_>, name: &'static str) -> Option<String> {
    let code = nonempty(reader.line(name, MAX_CODE))?;
    if code.chars().all(is_visible) {
        return Some(code);
    }
    reader.fault(name, "invalid_text", "must be visible characters without blanks");
    None
}

fn is_visible(character: char) -> bool {
    let formats = matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}');
    !(character.is_whitespace() || character.is_control() || formats)
}

fn read_option_values(reader: &mut ObjectReader<'_>, options: &[String]) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let given = reader.value("options");
    let empty = serde_json::Map::new();
    let members = match given {
        Some(Value::Object(members)) => members,
        Some(other) => {
            reader.fault("options", "wrong_type", format!("must be an object, not {}", type_name(other)));
            return values;
        }
        None => &empty,
    };
    let parent = reader.pointer_to("options");
    let faults = reader.faults();
    for name in options {
        let pointer = attribute_pointer(&parent, name);
        match members.get(name) {
            Some(Value::String(text)) if text.trim().is_empty() => {
                faults.push(Fault::new(pointer, "too_short", "must not be empty"));
            }
            Some(Value::String(text)) => match check_text(text, MAX_OPTION_VALUE, false) {
                Ok(()) => {
                    values.insert(name.clone(), text.trim().to_owned());
                }
                Err((code, detail)) => faults.push(Fault::new(pointer, code, detail)),
            },
            Some(Value::Null) | None => {
                let detail = "is required: every variant has a value for every option";
                faults.push(Fault::new(pointer, "required", detail));
            }
            Some(other) => {
                let detail = format!("must be a text, not {}", type_name(other));
                faults.push(Fault::new(pointer, "wrong_type", detail));
            }
        }
    }
    for name in members.keys().filter(|name| !options.contains(name)) {
        let hint = if options.is_empty() {
            "The product has no `options`.".to_owned()
        } else {
            vitrine_kernel::suggest::hint(name, options.iter().map(String::as_str))
        };
        let detail = format!("is not an option of this product. {hint}");
        faults.push(Fault::new(attribute_pointer(&parent, name), "unknown_option", detail));
    }
    values
}

fn read_money(reader: &mut ObjectReader<'_>, name: &'static str) -> Option<Money> {
    let value = reader.value(name)?;
    let pointer = reader.pointer_to(name);
    money_at(value, pointer, reader.faults())
}

fn money_at(value: &Value, pointer: String, faults: &mut Vec<Fault>) -> Option<Money> {
    if !value.is_object() {
        let detail = format!(
            "must be an object like {{\"amount\": \"19.99\", \"currency\": \"EUR\"}}, not {}",
            type_name(value)
        );
        faults.push(Fault::new(pointer, "wrong_type", detail));
        return None;
    }
    let mut reader = ObjectReader::new(value, pointer, faults);
    let amount = reader.value("amount");
    let text = match amount {
        Some(Value::String(text)) => Some(text.as_str()),
        Some(Value::Number(number)) => {
            let detail = format!("must be a string, \"{number}\": JSON numbers don't keep decimals exactly");
            reader.fault("amount", "wrong_type", detail);
            None
        }
        Some(other) => {
            let detail = format!("must be a string such as \"19.99\", not {}", type_name(other));
            reader.fault("amount", "wrong_type", detail);
            None
        }
        None => {
            reader.fault("amount", "required", "is required");
            None
        }
    };
    let code = reader.value("currency");
    if code.is_none() {
        reader.fault("currency", "required", "is required");
    }
    let currency = code.and_then(Value::as_str).and_then(Currency::parse);
    if code.is_some() && currency.is_none() {
        let detail = "must be a currency code of ISO 4217 in capitals, such as `EUR`";
        reader.fault("currency", "unknown_currency", detail);
    }
    let mut money = None;
    if let (Some(text), Some(currency)) = (text, currency) {
        match Money::parse(text, currency) {
            Ok(parsed) => money = Some(parsed),
            Err(_) if text.starts_with('-') => {
                reader.fault("amount", "negative", "must not be negative");
            }
            Err(error) => reader.fault("amount", "invalid_amount", error.to_string()),
        }
    }
    reader.finish(&[]);
    money
}

/// Prices in other currencies than the main one, one each.
fn read_prices(reader: &mut ObjectReader<'_>, price: Option<Money>) -> Vec<Money> {
    let no_price = reader.value("price").is_none();
    let mut prices: Vec<Money> = Vec::new();
    for (pointer, item) in reader.array("prices", MAX_PRICES).unwrap_or_default() {
        let Some(money) = money_at(item, pointer.clone(), reader.faults()) else { continue };
        let code = money.currency().code();
        let taken = price.iter().chain(&prices).any(|other| other.currency() == money.currency());
        if taken {
            let detail = format!("is a second price in {code}; there is one for each currency");
            reader.faults().push(Fault::new(format!("{pointer}/currency"), "duplicate_currency", detail));
        }
        prices.push(money);
    }
    if no_price && !prices.is_empty() {
        reader.fault("prices", "needs_price", "gives prices in other currencies, so `price` must be there");
    }
    prices
}

fn check_compare_at_price(reader: &mut ObjectReader<'_>, price: Option<Money>, former: Money) {
    let no_price = reader.value("price").is_none();
    let Some(price) = price else {
        if no_price {
            reader.fault(
                "compare_at_price",
                "needs_price",
                "is the price before a reduction, so `price` must be there",
            );
        }
        return;
    };
    if price.currency() != former.currency() {
        let detail = format!("must be in {}, the currency of `price`", price.currency().code());
        reader.fault("compare_at_price", "currency_mismatch", detail);
    } else if former.minor() <= price.minor() {
        let detail = format!("must be above `price` ({price}); leave it out when nothing is reduced");
        reader.fault("compare_at_price", "not_above_price", detail);
    }
}

/// What no variant shows by itself: one main currency, no SKU, id or combination of options twice.
fn check_together(variants: &[(String, NewVariant)], options: usize, faults: &mut Vec<Fault>) {
    let main = variants.iter().find_map(|(_, variant)| variant.price).map(Money::currency);
    let mut skus: HashMap<&str, &str> = HashMap::new();
    let mut ids: HashMap<VariantId, &str> = HashMap::new();
    let mut combinations: HashMap<Vec<String>, &str> = HashMap::new();
    for (pointer, variant) in variants {
        if let (Some(price), Some(main)) = (variant.price, main)
            && price.currency() != main
        {
            let detail = format!(
                "must be {}, as in the first variant: one product has one main currency; give others in `prices`",
                main.code()
            );
            faults.push(Fault::new(format!("{pointer}/price/currency"), "currency_mismatch", detail));
        }
        if let Some(first) = variant.sku.as_deref().and_then(|sku| skus.insert(sku, pointer)) {
            let detail = format!("is the SKU of {first} too");
            faults.push(Fault::new(format!("{pointer}/sku"), "duplicate_sku", detail));
        }
        if let Some(first) = variant.id.and_then(|id| ids.insert(id, pointer)) {
            faults.push(Fault::new(
                format!("{pointer}/id"),
                "duplicate",
                format!("is the id of {first} too"),
            ));
        }
        // A combination that lacks a value has its fault already.
        if variant.options.is_empty() || variant.options.len() != options {
            continue;
        }
        let combination: Vec<_> = variant.options.values().map(|value| fold(value)).collect();
        if let Some(first) = combinations.insert(combination, pointer) {
            let detail = format!("has the same options as {first}");
            faults.push(Fault::new(format!("{pointer}/options"), "duplicate_options", detail));
        }
    }
}
