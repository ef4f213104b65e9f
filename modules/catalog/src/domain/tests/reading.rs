use rstest::rstest;
use serde_json::{Value, json};

use crate::domain::{BodyKind, MediaKind, NewProduct, ProductStatus};

fn faults(body: Value) -> Vec<String> {
    match NewProduct::read(body, BodyKind::Create) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect(),
    }
}

/// A body with this member and nothing else but a name.
fn with(name: &str, value: Value) -> Value {
    let mut body = json!({"name": "Mug"});
    body[name] = value;
    body
}

fn eur(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

#[test]
fn the_smallest_body_is_a_draft_with_one_variant() {
    let product = NewProduct::read(json!({"name": " Mug "}), BodyKind::Create).expect("read");
    assert_eq!((product.name.as_str(), product.status), ("Mug", ProductStatus::Draft));
    assert_eq!(product.variants.len(), 1);
    assert!(product.slug.is_none() && product.brand.is_none() && product.variants[0].sku.is_none());
}

#[test]
fn the_shorthand_is_the_only_variant() {
    let body = json!({"name": "Mug", "sku": "M", "price": eur("5"), "compare_at_price": eur("6.5"), "barcode": "4001",
        "prices": [{"amount": "900", "currency": "JPY"}]});
    let product = NewProduct::read(body, BodyKind::Create).expect("read");
    let variant = &product.variants[0];
    assert_eq!((variant.sku.as_deref(), variant.barcode.as_deref()), (Some("M"), Some("4001")));
    assert_eq!(variant.price.expect("a price").to_string(), "5.00 EUR");
    assert_eq!(variant.compare_at_price.expect("a price").to_string(), "6.50 EUR");
    assert_eq!(variant.prices[0].to_string(), "900 JPY");
}

#[rstest]
#[case("name", json!(null), &["/name required"])]
#[case("name", json!("x".repeat(200)), &[])]
#[case("name", json!("é".repeat(200)), &[])]
#[case("name", json!("x".repeat(201)), &["/name too_long"])]
#[case("name", json!("  "), &["/name too_short"])]
#[case("name", json!("a\u{0}b"), &["/name invalid_text"])]
#[case("name", json!(5), &["/name wrong_type"])]
#[case("description", json!("a\nb\t\u{1F600}"), &[])]
#[case("description", json!("x".repeat(20_001)), &["/description too_long"])]
#[case("slug", json!("Big Mug"), &["/slug invalid_slug"])]
#[case("brand", json!(""), &[])]
#[case("brand", json!("x".repeat(101)), &["/brand too_long"])]
#[case("status", json!("sold"), &["/status invalid_value"])]
#[case("status", json!(1), &["/status invalid_value"])]
#[case("sku", json!("ABC-1/2"), &[])]
#[case("sku", json!("A B"), &["/sku invalid_text"])]
#[case("sku", json!("A\u{200b}B"), &["/sku invalid_text"])]
#[case("sku", json!("x".repeat(65)), &["/sku too_long"])]
#[case("category_ids", json!("x"), &["/category_ids wrong_type"])]
#[case("category_ids", json!([1, "x"]), &["/category_ids/0 invalid_value", "/category_ids/1 invalid_value"])]
#[case("tags", json!(["Sale", "sale"]), &["/tags/1 duplicate"])]
#[case("tags", json!(["x".repeat(65)]), &["/tags/0 too_long"])]
#[case("tags", json!(vec!["x"; 51]), &["/tags too_many"])]
#[case("metadata", json!([]), &["/metadata wrong_type"])]
#[case("metadata", json!({"a": "x".repeat(70_000)}), &["/metadata too_long"])]
#[case("metadata", json!({"a": ["\u{0}"]}), &["/metadata invalid_text"])]
#[case("variants", json!([]), &["/variants too_few"])]
#[case("variants", json!([{}, {}]), &["/variants too_many"])]
#[case("variants", json!(["x", {"a": 1}]),
    &["/variants/0 wrong_type", "/variants/1/a unknown_field", "/variants too_many"])]
#[case("variants", json!({}), &["/variants wrong_type"])]
#[case("variants", json!([{"options": {"Size": "S"}}]), &["/variants/0/options/Size unknown_option"])]
fn members_are_checked(#[case] name: &str, #[case] value: Value, #[case] wanted: &[&str]) {
    assert_eq!(faults(with(name, value)), wanted);
}

#[rstest]
#[case(json!("19.99"), &["/price wrong_type"])]
#[case(json!({"amount": 19.99, "currency": "EUR"}), &["/price/amount wrong_type"])]
#[case(json!({"amount": "19.999", "currency": "EUR"}), &["/price/amount invalid_amount"])]
#[case(json!({"amount": "19.5", "currency": "JPY"}), &["/price/amount invalid_amount"])]
#[case(json!({"amount": "-1", "currency": "EUR"}), &["/price/amount negative"])]
#[case(json!({"amount": "1e3", "currency": "EUR"}), &["/price/amount invalid_amount"])]
#[case(json!({"amount": "9999999999999", "currency": "EUR"}), &["/price/amount invalid_amount"])]
#[case(json!({"amount": "1", "currency": "eur"}), &["/price/currency unknown_currency"])]
#[case(json!({"amount": "1", "currency": 978}), &["/price/currency unknown_currency"])]
#[case(json!({"amount": null, "curency": "EUR"}),
    &["/price/amount required", "/price/currency required", "/price/curency unknown_field"])]
#[case(json!({"amount": "0", "currency": "EUR"}), &[])]
#[case(json!({"amount": "1.500", "currency": "EUR"}), &[])]
#[case(json!({"amount": "1.234", "currency": "KWD"}), &[])]
fn money_is_a_decimal_string_of_a_known_currency(#[case] price: Value, #[case] wanted: &[&str]) {
    assert_eq!(faults(with("price", price)), wanted);
}

#[rstest]
#[case(eur("5"), eur("5"), json!([]), &["/compare_at_price not_above_price"])]
#[case(eur("5"), json!({"amount": "9", "currency": "USD"}), json!([]), &["/compare_at_price currency_mismatch"])]
#[case(json!(null), eur("5"), json!([]), &["/compare_at_price needs_price"])]
#[case(json!(null), json!(null), json!([eur("5")]), &["/prices needs_price"])]
#[case(eur("5"), json!(null), json!([eur("4")]), &["/prices/0/currency duplicate_currency"])]
#[case(eur("5"), json!(null), json!([{"amount": "1", "currency": "USD"}, {"amount": "2", "currency": "USD"}]),
    &["/prices/1/currency duplicate_currency"])]
#[case(json!("x"), eur("5"), json!([{"amount": "1", "currency": "USD"}]), &["/price wrong_type"])]
#[case(eur("5"), eur("6"), json!([{"amount": "1", "currency": "USD"}]), &[])]
fn prices_agree(#[case] price: Value, #[case] former: Value, #[case] prices: Value, #[case] wanted: &[&str]) {
    let body = json!({"name": "Mug", "price": price, "compare_at_price": former, "prices": prices});
    assert_eq!(faults(body), wanted);
}

#[test]
fn variants_are_checked_against_each_other() {
    let variant = |sku: &str, size: &str, currency: &str| json!({"sku": sku, "options": {"Size": size}, "price": {"amount": "1", "currency": currency}});
    let body = |variants: Value| json!({"name": "Shirt", "options": ["Size"], "variants": variants});
    assert_eq!(faults(body(json!([variant("A", "S", "EUR"), variant("B", "M", "EUR")]))), [""; 0]);
    assert_eq!(
        faults(body(json!([variant("A", "S", "EUR"), variant("A", "s", "USD"), variant("a", "M", "EUR")]))),
        [
            "/variants/1/price/currency currency_mismatch",
            "/variants/1/sku duplicate_sku",
            "/variants/1/options duplicate_options"
        ]
    );
    assert_eq!(
        faults(body(json!([{"options": {"Size": 5}}, {"options": {"Szie": "S"}}, {"options": "S"}, {}]))),
        [
            "/variants/0/options/Size wrong_type",
            "/variants/1/options/Size required",
            "/variants/1/options/Szie unknown_option",
            "/variants/2/options wrong_type",
            "/variants/3/options/Size required",
        ]
    );
}

#[rstest]
#[case(json!(["Size", "size"]), &["/options/1 duplicate"])]
#[case(json!(["a.b"]), &["/options/0 invalid_key"])]
#[case(json!(["1", "2", "3", "4", "5", "6"]), &["/options too_many"])]
fn options_are_checked(#[case] options: Value, #[case] wanted: &[&str]) {
    let values: serde_json::Map<_, _> = options
        .as_array()
        .into_iter()
        .flatten()
        .map(|name| (name.as_str().expect("text").to_owned(), json!("x")))
        .collect();
    let found = faults(json!({"name": "Shirt", "options": options, "variants": [{"options": values}]}));
    assert_eq!(
        found.get(..wanted.len()).map(<[String]>::to_vec),
        Some(wanted.iter().map(|w| (*w).to_owned()).collect())
    );
}

#[rstest]
#[case(json!({"color": "blue", "Größe": 5, "a b": true, "n": null, "list": ["x", "y"]}), &[])]
#[case(json!({"a.min": 1}), &["/attributes/a.min invalid_key"])]
#[case(json!({"": 1}), &["/attributes/ invalid_key"])]
#[case(json!({"a/b~c": {}}), &["/attributes/a~1b~0c wrong_type"])]
#[case(json!({"a": []}), &["/attributes/a too_short"])]
#[case(json!({"a": ["x", 1, "x", ""]}), &["/attributes/a/1 wrong_type", "/attributes/a/2 duplicate", "/attributes/a/3 too_short"])]
#[case(json!({"a": "", "b": "x\u{0}"}), &["/attributes/a too_short", "/attributes/b invalid_text"])]
#[case(json!({"Color": "a", "color": "b"}), &["/attributes/color duplicate"])]
#[case(json!("x"), &["/attributes wrong_type"])]
fn attributes_are_checked(#[case] attributes: Value, #[case] wanted: &[&str]) {
    assert_eq!(faults(with("attributes", attributes)), wanted);
}

#[rstest]
#[case("https://example.com/a.jpg", true)]
#[case("http://[::1]/a.jpg", true)]
#[case("/media/a.jpg", true)]
#[case("//evil.example/a.jpg", false)]
#[case("/\\evil.example", false)]
#[case("javascript:alert(1)", false)]
#[case("data:image/png;base64,xx", false)]
#[case("https://", false)]
#[case("https://a b", false)]
#[case("a.jpg", false)]
fn media_leads_only_where_a_browser_may_go(#[case] url: &str, #[case] good: bool) {
    let found = faults(with("media", json!([{"url": url}])));
    assert_eq!(found, if good { vec![] } else { vec!["/media/0/url invalid_url".to_owned()] });
}

#[test]
fn media_are_pictures_unless_they_say_otherwise() {
    let body = with("media", json!([{"url": "/a"}, {"url": "/b", "kind": "document", "alt": "Manual"}]));
    let media = NewProduct::read(body, BodyKind::Create).expect("read").media;
    assert_eq!((media[0].kind, media[1].kind), (MediaKind::Image, MediaKind::Document));
    let found = faults(with("media", json!([5, {"kind": "sound"}, {"url": "/a", "href": 1}])));
    let wanted = [
        "/media/0 wrong_type",
        "/media/1/url required",
        "/media/1/kind invalid_value",
        "/media/2/href unknown_field",
    ];
    assert_eq!(found, wanted);
}

#[test]
fn near_misses_are_suggested() {
    let faults = NewProduct::read(json!({"name": "x", "prise": 1, "catagory_ids": []}), BodyKind::Create);
    let details: Vec<_> = faults.expect_err("faults").into_iter().map(|fault| fault.detail).collect();
    assert!(details[0].contains("`price`") && details[1].contains("`category_ids`"), "{details:?}");
}
