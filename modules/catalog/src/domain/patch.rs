//! Applies a merge patch (RFC 7396) to a product.

use serde_json::{Map, Value};
use vitrine_kernel::input::type_name;
use vitrine_kernel::merge_patch::merge_patch;
use vitrine_kernel::suggest::hint;
use vitrine_kernel::{Failure, Fault};

use super::new_product::SHORTHAND;
use super::read::SERVER_OWNED;
use super::{BodyKind, NewProduct, Product};

/// What a body may write.
const WRITABLE: [&str; 13] = [
    "external_id",
    "slug",
    "name",
    "description",
    "brand",
    "status",
    "category_ids",
    "tags",
    "attributes",
    "options",
    "variants",
    "media",
    "metadata",
];

/// Other names of `category_ids`, for rows of an import.
const CATEGORY_ALIASES: [&str; 2] = ["category_external_ids", "category_slugs"];

/// What the product would be with the patch: the whole of it is then read like a body.
///
/// Errors: all faults, of the patch and of what it makes.
pub fn patched(
    current: &Product,
    patch: Value,
    kind: BodyKind,
) -> Result<Result<NewProduct, Vec<Fault>>, Failure> {
    let mut content = writable(current)?;
    let Value::Object(mut patch) = patch else {
        let detail = format!("must be an object, not {}", type_name(&patch));
        return Ok(Err(vec![Fault::new("", "wrong_type", detail)]));
    };
    let mut faults = Vec::new();
    check_removals(&patch, kind, &mut faults);
    if kind.is_row() && CATEGORY_ALIASES.iter().any(|name| patch.get(*name).is_some_and(|v| !v.is_null())) {
        content.shift_remove("category_ids");
    }
    let shorthand = fold_shorthand(current, &mut content, &mut patch, &mut faults);
    let mut content = Value::Object(content);
    merge_patch(&mut content, &Value::Object(patch));
    Ok(NewProduct::read_folded(&content, kind, shorthand, faults))
}

/// The part of a product that bodies write, as JSON. An export writes this too.
pub fn writable(product: &Product) -> Result<Map<String, Value>, Failure> {
    let Value::Object(mut content) = serde_json::to_value(product).map_err(Failure::internal)? else {
        return Ok(Map::new());
    };
    content.retain(|name, _| WRITABLE.contains(&name.as_str()));
    Ok(content)
}

/// A `null` leaves no trace in what is read afterwards, so what it may not remove must be found here.
fn check_removals(patch: &Map<String, Value>, kind: BodyKind, faults: &mut Vec<Fault>) {
    for (name, _) in patch.iter().filter(|(_, value)| value.is_null()) {
        let name = name.as_str();
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        let alias = kind.is_row() && CATEGORY_ALIASES.contains(&name);
        if SERVER_OWNED.contains(&name) {
            faults.push(Fault::new(pointer, "server_owned", "is set by the server; leave it out"));
        } else if !(WRITABLE.contains(&name) || SHORTHAND.contains(&name) || alias) {
            let known = WRITABLE.iter().chain(&SHORTHAND).copied();
            faults.push(Fault::new(
                pointer,
                "unknown_field",
                format!("is not a known field. {}", hint(name, known)),
            ));
        }
    }
}

/// Lets a patch speak of the only variant at its top, as a body may.
fn fold_shorthand(
    current: &Product,
    content: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    faults: &mut Vec<Fault>,
) -> bool {
    let mut variant_patch = Map::new();
    for name in SHORTHAND {
        variant_patch.extend(patch.shift_remove(name).map(|value| (name.to_owned(), value)));
    }
    if variant_patch.is_empty() {
        return false;
    }
    let options_after = match patch.get("options") {
        Some(Value::Array(options)) => !options.is_empty(),
        Some(_) => false,
        None => !current.options.is_empty(),
    };
    let (code, why) = if patch.contains_key("variants") {
        (
            "conflicts_with_variants",
            "stands beside `variants`; give it in the variants, or leave `variants` out",
        )
    } else if options_after {
        ("has_options", "belongs to each of the `variants` of a product with `options`")
    } else {
        if let Some(Value::Array(variants)) = content.get_mut("variants")
            && let [only] = variants.as_mut_slice()
        {
            merge_patch(only, &Value::Object(variant_patch));
            return true;
        }
        ("has_variants", "belongs to one of several `variants`; give the one that stays in `variants`")
    };
    faults.extend(variant_patch.keys().map(|name| Fault::new(format!("/{name}"), code, why)));
    false
}
