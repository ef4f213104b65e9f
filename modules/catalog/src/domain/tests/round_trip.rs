//! What is kept is what was given, whatever it was.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};
use vitrine_kernel::Timestamp;

use crate::domain::{
    BodyKind, Candidate, CategoryDirectory, NewProduct, Product, changes, patched, writable,
};

fn created(body: Value) -> Product {
    let new = NewProduct::read(body, BodyKind::Create).expect("a good body");
    let created = Candidate::create(new, &CategoryDirectory::default()).expect("no category is needed");
    let mut candidate = created.expect("no fault");
    candidate.stamp(Timestamp::from_millis(1_767_323_045_678));
    candidate.product
}

fn line() -> impl Strategy<Value = String> {
    // Any script, no control characters, something visible at both ends.
    "[\\p{L}\\p{N}][\\p{L}\\p{N}\\p{P}\\p{S} ]{0,30}[\\p{L}\\p{N}]"
}

fn attribute_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        line().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        proptest::collection::btree_set("[a-z]{1,8}", 1..4)
            .prop_map(|texts| Value::from(texts.into_iter().collect::<Vec<_>>())),
    ]
}

fn money() -> impl Strategy<Value = Value> {
    (0_u64..1_000_000_000, 0_u32..100)
        .prop_map(|(major, minor)| json!({"amount": format!("{major}.{minor:02}"), "currency": "EUR"}))
}

fn body() -> impl Strategy<Value = Value> {
    let variants = (option::of("[A-Z0-9-]{1,20}"), option::of(money()), option::of("[0-9]{8,13}"));
    (
        line(),
        option::of("[^\\p{C}]{0,200}"),
        option::of(line()),
        proptest::sample::select(vec!["draft", "active", "archived"]),
        btree_map("[a-z_]{1,12}", attribute_value(), 0..5),
        vec("[a-z]{1,5}[0-9]{1,5}", 0..4),
        variants,
        vec((1_u32..5).prop_map(|n| format!("https://example.com/{n}.jpg")), 0..3),
    )
        .prop_map(
            |(name, description, brand, status, attributes, tags, (sku, price, barcode), media)| {
                let mut tags = tags;
                tags.sort();
                tags.dedup();
                json!({
                    "name": name, "description": description, "brand": brand, "status": status,
                    "attributes": attributes, "tags": tags, "sku": sku, "price": price, "barcode": barcode,
                    "media": media.into_iter().map(|url| json!({"url": url})).collect::<Vec<_>>(),
                    "metadata": {"any": attributes},
                })
            },
        )
}

proptest! {
    #[test]
    fn a_document_reads_back_as_it_was(body in body()) {
        let product = created(body);
        let document = serde_json::to_string(&product).expect("JSON");
        let back: Product = serde_json::from_str(&document).expect("a product");
        prop_assert_eq!(&back, &product);
        prop_assert_eq!(serde_json::to_string(&back).expect("JSON"), document);
    }

    /// Export and import: the writable content read as a row is the product, and changes nothing.
    #[test]
    fn what_is_written_out_changes_nothing_when_read(body in body()) {
        let product = created(body);
        let row = Value::Object(writable(&product).expect("JSON"));
        let new = patched(&product, row, BodyKind::Row).expect("JSON").expect("no fault");
        let candidate = Candidate::revise(&product, new, &CategoryDirectory::default()).expect("no category");
        let next = candidate.expect("no fault").product;
        prop_assert!(changes(&product, &next).expect("JSON").is_empty());
    }

    /// Reading never panics and always tells at least one fault of what it refuses.
    #[test]
    fn any_json_is_read_or_refused(name in ".{0,20}", junk in any_json()) {
        for kind in [BodyKind::Create, BodyKind::Update, BodyKind::Row] {
            let mut body = json!({"name": name});
            for member in ["variants", "options", "price", "attributes", "media", "tags", "category_ids", "slug"] {
                body[member] = junk.clone();
            }
            for body in [body, junk.clone(), json!({"name": "x", "variants": [junk.clone()]})] {
                if let Err(faults) = NewProduct::read(body, kind) {
                    prop_assert!(!faults.is_empty());
                }
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,10}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![
            "[a-z]{0,6}",
            Just("sku".to_owned()),
            Just("options".to_owned()),
            Just("amount".to_owned())
        ];
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map(key, inner, 0..5).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
