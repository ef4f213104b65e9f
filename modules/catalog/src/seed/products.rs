//! Synthetic products, as import rows.

use serde_json::{Map, Value, json};

use super::categories::Kind;
use super::random::Random;
use super::words::{ADJECTIVES, BRANDS, COLORS, DEPARTMENTS, Department, MATERIALS, SENTENCES, TAGS};

/// Numbers the random stream of products: another number, another catalog.
const STREAM: u64 = 0x0076_6974_7269_6E65;
const MOST_VARIANTS: usize = 8;

/// Product `number`, from 1: always the same for the same kinds.
pub fn row(number: u64, kinds: &[Kind]) -> Option<Value> {
    let mut random = Random::of(STREAM, number);
    let kind = kinds.get(spread(random.popular(kinds.len()), kinds.len()))?;
    let department = DEPARTMENTS.get(kind.department)?;
    let brand = BRANDS.get(random.popular(BRANDS.len()))?;
    let color = popular(&mut random, &COLORS);
    let material = random.word(&MATERIALS);
    let adjective = random.word(&ADJECTIVES);
    let model = model(&mut random);
    let mut row = json!({
        "external_id": format!("seed-p{number}"),
        "name": format!("{brand} {adjective} {} {model}", kind.thing),
        "description": description(&mut random, kind.thing, material),
        "brand": brand,
        "status": status(&mut random),
        "category_external_ids": [kind.category],
        "tags": tags(&mut random),
        "attributes": {
            "material": material,
            "weight": decimal(1 + random.below(2500), 2),
            "warranty_years": 1 + random.below(5),
            "refurbished": random.chance(4),
            "released_on": format!("20{}-{:02}-{:02}", 18 + random.below(8), 1 + random.below(12), 1 + random.below(28)),
        },
        "media": [{
            "url": format!("https://images.example.com/seed/{number}.jpg"),
            "alt": format!("{adjective} {} in {}", kind.thing, color.to_lowercase()),
            "kind": "image",
        }],
    });
    let members = row.as_object_mut()?;
    let cents = price_cents(&mut random, department);
    if random.chance(35) {
        add_variants(members, &mut random, number, department, cents);
    } else {
        add_single(members, &mut random, number, color, cents);
    }
    Some(row)
}

/// Popular kinds stand all over the tree, not at its beginning.
fn spread(index: usize, kinds: usize) -> usize {
    // A prime: every index is met once, unless there are a multiple of it.
    index.wrapping_mul(7919) % kinds.max(1)
}

fn popular(random: &mut Random, words: &[&'static str]) -> &'static str {
    words.get(random.popular(words.len())).copied().unwrap_or_default()
}

fn model(random: &mut Random) -> String {
    let letters = ["A", "C", "E", "H", "K", "L", "M", "P", "R", "S", "T", "V", "X", "Z"];
    format!("{}{}-{}", random.word(&letters), random.word(&letters), 100 + random.below(900))
}

fn description(random: &mut Random, thing: &str, material: &str) -> String {
    let mut sentences = vec![format!("{thing} made of {}.", material.to_lowercase())];
    for _ in 0..2 + random.below(4) {
        sentences.push(random.word(&SENTENCES).replace("{}", &thing.to_lowercase()));
    }
    sentences.join(" ")
}

fn status(random: &mut Random) -> &'static str {
    match random.below(100) {
        0..92 => "active",
        92..97 => "draft",
        _ => "archived",
    }
}

fn tags(random: &mut Random) -> Vec<&'static str> {
    let mut tags = Vec::new();
    for _ in 0..random.below(4) {
        let tag = popular(random, &TAGS);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// Cheap things are many: the square of a uniform number between the department's ends.
fn price_cents(random: &mut Random, department: &Department) -> u64 {
    let (cheapest, dearest) = department.prices;
    let along = random.below(1000);
    let euros = cheapest + (dearest - cheapest) * along * along / 1_000_000;
    euros * 100 + random.word(&["99", "95", "90", "49", "00"]).parse::<u64>().unwrap_or(99)
}

fn decimal(scaled: u64, decimals: u32) -> Value {
    let divisor = 10_u64.pow(decimals);
    let text = format!("{}.{:0width$}", scaled / divisor, scaled % divisor, width = decimals as usize);
    text.parse::<f64>().map_or(Value::Null, Value::from)
}

fn euros(cents: u64) -> Value {
    json!({"amount": format!("{}.{:02}", cents / 100, cents % 100), "currency": "EUR"})
}

fn dollars(cents: u64) -> Value {
    let cents = cents * 108 / 100;
    json!({"amount": format!("{}.{:02}", cents / 100, cents % 100), "currency": "USD"})
}

fn add_single(members: &mut Map<String, Value>, random: &mut Random, number: u64, color: &str, cents: u64) {
    if let Some(Value::Object(attributes)) = members.get_mut("attributes") {
        attributes.insert("color".to_owned(), json!(color));
    }
    let mut variant = Map::new();
    variant.insert("sku".to_owned(), json!(format!("SEED-{number}")));
    variant.insert("price".to_owned(), euros(cents));
    variant.insert("barcode".to_owned(), json!(barcode(number, 0)));
    if random.chance(15) {
        variant.insert("compare_at_price".to_owned(), euros(cents + cents / 4 + 100));
    }
    if random.chance(20) {
        variant.insert("prices".to_owned(), json!([dollars(cents)]));
    }
    members.insert("variants".to_owned(), json!([variant]));
}

fn add_variants(
    members: &mut Map<String, Value>,
    random: &mut Random,
    number: u64,
    department: &Department,
    cents: u64,
) {
    let sizes = if random.chance(60) { department.sizes } else { &[] };
    let colors = 1 + random.popular(3);
    let first_color = random.popular(COLORS.len() - 3);
    let mut variants = Vec::new();
    for color in COLORS.iter().skip(first_color).take(colors) {
        if sizes.is_empty() {
            variants.push((color, None));
        }
        variants.extend(sizes.iter().map(|size| (color, Some(size))));
    }
    variants.truncate(MOST_VARIANTS);
    let rows: Vec<Value> = variants
        .iter()
        .enumerate()
        .map(|(at, (color, size))| {
            let mut options = Map::new();
            options.insert("Color".to_owned(), json!(color));
            options.extend(size.map(|size| ("Size".to_owned(), json!(size))));
            json!({
                "sku": format!("SEED-{number}-{}", at + 1),
                "options": options,
                "price": euros(cents + at as u64 * 250),
                "barcode": barcode(number, at as u64),
            })
        })
        .collect();
    let options = if sizes.is_empty() { json!(["Color"]) } else { json!(["Color", "Size"]) };
    members.insert("options".to_owned(), options);
    members.insert("variants".to_owned(), Value::from(rows));
}

/// An EAN-13 of the range that shops use inside (prefix 2).
fn barcode(number: u64, variant: u64) -> String {
    let digits = format!("2{:010}{}", number % 10_000_000_000, variant % 10);
    let sum: u32 = digits
        .bytes()
        .zip([1, 3].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit.saturating_sub(b'0')) * weight)
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::seed::categories;

    #[test]
    fn the_same_number_gives_the_same_product() {
        let kinds = categories::kinds();
        assert_eq!(row(17, &kinds), row(17, &kinds));
        assert_ne!(row(17, &kinds), row(18, &kinds));
    }

    #[test]
    fn skus_are_unique_and_every_shape_occurs() {
        let kinds = categories::kinds();
        let rows: Vec<Value> = (1..=2000).filter_map(|number| row(number, &kinds)).collect();
        assert_eq!(rows.len(), 2000);
        let mut skus = HashSet::new();
        for variant in rows.iter().flat_map(|row| row["variants"].as_array().expect("variants")) {
            assert!(skus.insert(variant["sku"].as_str().expect("a SKU").to_owned()), "{variant}");
        }
        assert!(rows.iter().any(|row| row["options"].as_array().is_some_and(|options| options.len() == 2)));
        assert!(rows.iter().any(|row| row["variants"][0].get("compare_at_price").is_some()));
        for status in ["active", "draft", "archived"] {
            assert!(rows.iter().any(|row| row["status"] == status), "{status}");
        }
        let categories: HashSet<_> =
            rows.iter().map(|row| row["category_external_ids"].to_string()).collect();
        assert!(categories.len() > 200, "{}", categories.len());
    }

    #[test]
    fn barcodes_have_a_check_digit() {
        assert_eq!(barcode(0, 0).len(), 13);
        // The example of the GS1 General Specifications, 7.9: 6291041500213.
        let sum: u32 =
            barcode(1, 2).bytes().zip([1, 3].into_iter().cycle()).map(|(d, w)| u32::from(d - b'0') * w).sum();
        assert_eq!(sum % 10, 0);
    }
}
