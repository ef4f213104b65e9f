//! Reads the body of a product: every fault at once.

use serde_json::{Map, Value};
use vitrine_category_api::CategoryKey;
use vitrine_kernel::input::type_name;
use vitrine_kernel::{CategoryId, Fault, ObjectReader, Slug};

use super::new_product::{SHORTHAND, point_all};
use super::read_attributes::read_attributes;
use super::read_variants::{read_options, read_variants};
use super::{BodyKind, CategoryRef, Media, MediaKind, NewProduct, ProductStatus};

const MAX_NAME: usize = 200;
const MAX_DESCRIPTION: usize = 20_000;
const MAX_BRAND: usize = 100;
const MAX_EXTERNAL_ID: usize = 200;
const MAX_CATEGORIES: usize = 50;
const MAX_TAGS: usize = 50;
const MAX_TAG: usize = 64;
const MAX_MEDIA: usize = 100;
const MAX_URL: usize = 2048;
const MAX_ALT: usize = 500;
const MAX_METADATA_BYTES: usize = 64 * 1024;

/// Members that only we write.
pub(super) const SERVER_OWNED: [&str; 9] = [
    "id",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
    "published_at",
    "price_range",
    "breadcrumbs",
    "categories",
];

impl NewProduct {
    /// Reads a body.
    ///
    /// Errors: all its faults, with pointers into it.
    pub fn read(mut body: Value, kind: BodyKind) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let shorthand = fold_shorthand(&mut body, &mut faults);
        Self::read_folded(&body, kind, shorthand, faults)
    }

    /// Reads a body whose shorthand stands in its variants already; `faults` are those found on the way there.
    pub(super) fn read_folded(
        body: &Value,
        kind: BodyKind,
        shorthand: bool,
        mut faults: Vec<Fault>,
    ) -> Result<Self, Vec<Fault>> {
        let mut product = read_body(body, kind, &mut faults);
        product.shorthand = shorthand;
        if faults.is_empty() { Ok(product) } else { Err(point_all(shorthand, faults)) }
    }
}

/// Moves what a body without `variants` says about its only variant into one.
fn fold_shorthand(body: &mut Value, faults: &mut Vec<Fault>) -> bool {
    let Value::Object(members) = body else { return false };
    let given: Vec<_> = SHORTHAND.into_iter().filter(|name| members.contains_key(*name)).collect();
    let mut variant = Map::new();
    for name in &given {
        variant.extend(members.shift_remove(*name).map(|value| ((*name).to_owned(), value)));
    }
    let mut nonnull = variant.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.as_str());
    let has = |name: &str| members.get(name).is_some_and(|value| !value.is_null());
    if has("variants") {
        faults.extend(nonnull.map(|name| {
            Fault::new(
                format!("/{name}"),
                "conflicts_with_variants",
                format!("stands beside `variants`; give `{name}` in the variants, or leave `variants` out"),
            )
        }));
        return false;
    }
    if members.get("options").and_then(Value::as_array).is_some_and(|options| !options.is_empty()) {
        if nonnull.next().is_none() {
            return false;
        }
        faults.extend(given.iter().map(|name| {
            Fault::new(
                format!("/{name}"),
                "has_options",
                format!("a product with `options` gives `{name}` in each of its `variants`"),
            )
        }));
        return false;
    }
    if members.contains_key("variants") && given.is_empty() {
        return false;
    }
    members.insert("variants".to_owned(), Value::Array(vec![Value::Object(variant)]));
    true
}

fn read_body(body: &Value, kind: BodyKind, faults: &mut Vec<Fault>) -> NewProduct {
    let mut reader = ObjectReader::new(body, "", faults);
    let external_id = nonempty(reader.line("external_id", MAX_EXTERNAL_ID));
    let slug = reader.slug("slug");
    let name = reader.required_line("name", MAX_NAME).unwrap_or_default();
    let description = reader.text("description", MAX_DESCRIPTION).unwrap_or_default();
    let brand = nonempty(reader.line("brand", MAX_BRAND));
    let status =
        reader.parsed("status", "`draft`, `active` or `archived`", ProductStatus::parse).unwrap_or_default();
    let categories = read_categories(&mut reader, kind);
    let tags = read_tags(&mut reader);
    let attributes = read_attributes(&mut reader, "attributes");
    let options = read_options(&mut reader);
    let variants = read_variants(&mut reader, &options, kind);
    let media = read_media(&mut reader);
    let metadata = reader.object("metadata", MAX_METADATA_BYTES).unwrap_or_default();
    for name in SHORTHAND {
        // They stand in the variant by now; asked for here, so that a name spelt nearly so is answered with the right one.
        reader.value(name);
    }
    reader.finish(&SERVER_OWNED);
    NewProduct {
        external_id,
        slug,
        name,
        description,
        brand,
        status,
        categories,
        tags,
        attributes,
        options,
        variants,
        media,
        metadata,
        shorthand: false,
        is_untyped: kind == BodyKind::TextRow,
    }
}

/// An empty line says as much as none.
pub(super) fn nonempty(line: Option<String>) -> Option<String> {
    line.filter(|text| !text.is_empty())
}

fn read_categories(reader: &mut ObjectReader<'_>, kind: BodyKind) -> Vec<CategoryRef> {
    let mut categories = Vec::new();
    let mut given = Vec::new();
    let by_id = |text: &str| text.parse::<CategoryId>().ok().map(CategoryKey::Id);
    let by_slug = |text: &str| Slug::parse(text).map(CategoryKey::Slug);
    let by_external = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| CategoryKey::ExternalId(text.to_owned()))
    };
    let mut read = |name: &'static str, expected: &str, parse: &dyn Fn(&str) -> Option<CategoryKey>| {
        let Some(items) = reader.array(name, MAX_CATEGORIES) else { return };
        given.push(name);
        for (pointer, item) in items {
            if let Some(key) = item.as_str().and_then(parse) {
                categories.push(CategoryRef { pointer, key });
            } else {
                let detail = format!("must be {expected}");
                reader.faults().push(Fault::new(pointer, "invalid_value", detail));
            }
        }
    };
    read("category_ids", "the id of a category, a UUID", &by_id);
    if kind.is_row() {
        read("category_external_ids", "the external id of a category", &by_external);
        read("category_slugs", "the slug of a category", &by_slug);
    }
    for name in given.iter().skip(1) {
        let first = given.first().copied().unwrap_or_default();
        reader.fault(name, "conflicts", format!("says the same as `{first}`; give one of them"));
    }
    for (at, category) in categories.iter().enumerate() {
        if categories.iter().take(at).any(|earlier| earlier.key == category.key) {
            let fault = Fault::new(&category.pointer, "duplicate", "names a category a second time");
            reader.faults().push(fault);
        }
    }
    categories
}

fn read_tags(reader: &mut ObjectReader<'_>) -> Vec<String> {
    let tags = reader.lines("tags", MAX_TAGS, MAX_TAG).unwrap_or_default();
    let keys: Vec<_> = tags.iter().map(|tag| vitrine_kernel::text::fold(tag)).collect();
    for (at, key) in keys.iter().enumerate() {
        if keys.iter().take(at).any(|earlier| earlier == key) {
            let pointer = format!("{}/{at}", reader.pointer_to("tags"));
            let detail = "repeats an earlier tag; case and accents make no difference";
            reader.faults().push(Fault::new(pointer, "duplicate", detail));
        }
    }
    tags
}

fn read_media(reader: &mut ObjectReader<'_>) -> Vec<Media> {
    let mut media = Vec::new();
    for (pointer, item) in reader.array("media", MAX_MEDIA).unwrap_or_default() {
        if !item.is_object() {
            let detail = format!("must be an object with `url`, not {}", type_name(item));
            reader.faults().push(Fault::new(pointer, "wrong_type", detail));
            continue;
        }
        let mut member = ObjectReader::new(item, pointer, reader.faults());
        let url = member.required_line("url", MAX_URL);
        if url.as_deref().is_some_and(|url| !is_media_url(url)) {
            let detail = "must be an `http(s)://` address or a path that begins with one `/`, without blanks";
            member.fault("url", "invalid_url", detail);
        }
        let alt = member.line("alt", MAX_ALT).unwrap_or_default();
        let kind = member.parsed("kind", "`image`, `video` or `document`", MediaKind::parse);
        member.finish(&[]);
        media.extend(url.map(|url| Media { url, alt, kind: kind.unwrap_or_default() }));
    }
    media
}

/// Only what a browser may load as a picture: never `javascript:` or another host by `//`.
fn is_media_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let addressed = rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['));
    let local = url.starts_with('/') && !url.starts_with("//") && !url.starts_with("/\\");
    (addressed || local) && !url.contains(char::is_whitespace)
}
