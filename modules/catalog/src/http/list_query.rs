//! Reads the query of `GET /products`: all faults at once.

use vitrine_kernel::suggest::hint;
use vitrine_kernel::text::fold;
use vitrine_kernel::{Currency, ErrorCode, Failure, Money, Permission};
use vitrine_web::{QueryParams, QueryReader};

use crate::domain::{ProductStatus, attribute_key, value_key};
use crate::search::query::SearchQuery;
use crate::search::request::{
    AttributeEquals, Bound, FacetName, ListRequest, ProductFilter, Sort, SortKey, Visibility,
};

const MAX_FACETS: usize = 20;
const FACETS: [&str; 5] = ["brand", "category", "price", "tag", "attr.<key>"];

/// Reads what is asked for.
///
/// Errors: [`ErrorCode::InvalidQuery`] with all faults; [`ErrorCode::Forbidden`] where someone who sees only active products asks for
/// others.
pub(super) fn read_request(params: &QueryParams, visibility: Visibility) -> Result<ListRequest, Failure> {
    let mut reader = params.reader();
    let given = reader.one("q");
    let query = given.map(SearchQuery::parse).filter(|query| !query.is_blank());
    let sort = read_sort(&mut reader, given.is_some(), query.is_some());
    let request = ListRequest {
        query,
        sort,
        filter: read_filter(&mut reader),
        categories: reader.many("category").into_iter().map(str::to_owned).collect(),
        descendants: reader.boolean("descendants").unwrap_or(true),
        limit: reader.limit(),
        cursor: reader.cursor().map(str::to_owned),
        count: reader.count_mode(),
        facets: read_facets(&mut reader),
        highlight: reader.boolean("highlight").unwrap_or(false),
    };
    reader.finish()?;
    let asks_for_hidden = request.filter.statuses.iter().any(|status| *status != ProductStatus::Active);
    if asks_for_hidden && visibility == Visibility::Published {
        let permission = Permission::ProductReadUnpublished;
        return Err(Failure::new(
            ErrorCode::Forbidden,
            format!(
                "Drafts and archived products are shown to those with the permission `{permission}`. Leave `status` out, or ask for `active`."
            ),
        ));
    }
    Ok(request)
}

/// Best first where something is looked for, else newest first.
fn read_sort(reader: &mut QueryReader<'_>, q_given: bool, searching: bool) -> Sort {
    let default = if searching { Sort::RELEVANCE } else { Sort::NEWEST };
    let Some(text) = reader.one("sort") else { return default };
    let Some(sort) = Sort::parse(text) else {
        let shown: String = text.chars().take(80).collect();
        let known = [
            "relevance",
            "price",
            "-price",
            "name",
            "-name",
            "created_at",
            "-created_at",
            "updated_at",
            "-updated_at",
        ];
        reader.fault("sort", "invalid_value", format!("`{shown}` is no order. {}", hint(&shown, known)));
        return default;
    };
    if sort.key == SortKey::Relevance && !searching {
        if !q_given {
            let detail = "`relevance` needs something to look for: give `q`, or sort by price, name, created_at or updated_at";
            reader.fault("sort", "needs_query", detail);
        }
        return default;
    }
    sort
}

fn read_filter(reader: &mut QueryReader<'_>) -> ProductFilter {
    let mut filter = ProductFilter {
        brands: reader.many("brand").into_iter().map(fold).collect(),
        tags: reader.many("tag").into_iter().map(fold).collect(),
        skus: reader.many("sku").into_iter().map(str::to_owned).collect(),
        updated_since: reader.timestamp("updated_since"),
        currency: reader.parsed("currency", "must be a currency of ISO 4217, like `EUR`", |code| {
            Currency::parse(&code.to_ascii_uppercase())
        }),
        price_min: read_price(reader, "price_min"),
        price_max: read_price(reader, "price_max"),
        ..ProductFilter::default()
    };
    if let (Some(min), Some(max)) = (filter.price_min, filter.price_max)
        && min > max
    {
        reader.fault("price_min", "empty_range", "is greater than `price_max`: no price can be both");
    }
    for name in reader.many("status") {
        let Some(status) = ProductStatus::parse(name) else {
            let shown: String = name.chars().take(80).collect();
            let known = ProductStatus::ALL.map(ProductStatus::name);
            let detail = format!("`{shown}` is no status. {}", hint(&shown, known));
            reader.fault("status", "invalid_value", detail);
            continue;
        };
        filter.statuses.push(status);
    }
    read_attributes(reader, &mut filter);
    filter
}

fn read_price(reader: &mut QueryReader<'_>, name: &'static str) -> Option<i64> {
    let text = reader.one(name)?;
    match Money::parse_sort_key(text) {
        Ok(key) => Some(key),
        Err(error) => {
            reader.fault(name, "invalid_value", error.to_string());
            None
        }
    }
}

fn read_attributes(reader: &mut QueryReader<'_>, filter: &mut ProductFilter) {
    for (name, value) in reader.prefixed("attr.") {
        let parameter = || format!("attr.{}", name.chars().take(80).collect::<String>());
        let (key, end) = match name.rsplit_once('.') {
            Some((key, "min")) => (key, Some(true)),
            Some((key, "max")) => (key, Some(false)),
            Some(_) => {
                let detail =
                    "ends in something other than `.min` and `.max`; keys of attributes have no dots";
                reader.fault(parameter(), "unknown_parameter", detail);
                continue;
            }
            None => (name, None),
        };
        let wanted = filter.attributes.entry(attribute_key(key)).or_default();
        let Some(is_min) = end else {
            wanted.values.push(AttributeEquals { key: value_key(value), number: finite(value) });
            continue;
        };
        let place = if is_min { &mut wanted.min } else { &mut wanted.max };
        if place.is_some() {
            reader.fault(parameter(), "repeated", "is given more than once; give it once");
            continue;
        }
        *place = read_bound(value);
        if place.is_none() {
            let shown: String = value.chars().take(80).collect();
            let detail = format!("must be a number, or a date like `2026-01-31`, not `{shown}`");
            reader.fault(parameter(), "invalid_value", detail);
        }
        let detail = match (&wanted.min, &wanted.max) {
            (Some(Bound::Number(min)), Some(Bound::Number(max))) if min > max => {
                "is an empty range: `.min` is above `.max`"
            }
            (Some(Bound::Date(min)), Some(Bound::Date(max))) if min > max => {
                "is an empty range: `.min` is after `.max`"
            }
            (Some(Bound::Number(_)), Some(Bound::Date(_)))
            | (Some(Bound::Date(_)), Some(Bound::Number(_))) => {
                "has a number at one end of its range and a date at the other"
            }
            _ => continue,
        };
        reader.fault(parameter(), "empty_range", detail);
    }
}

fn read_bound(text: &str) -> Option<Bound> {
    if let Some(number) = finite(text) {
        return Some(Bound::Number(number));
    }
    let shape = text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte });
    shape.eq(*b"0000-00-00").then(|| Bound::Date(text.to_owned()))
}

/// A number as JSON could write it: `inf` and `NaN` are none.
fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn read_facets(reader: &mut QueryReader<'_>) -> Vec<FacetName> {
    let mut facets = Vec::new();
    for name in reader.many("facets").into_iter().flat_map(|names| names.split(',')).map(str::trim) {
        if name.is_empty() {
            continue;
        }
        let Some(facet) = read_facet(name) else {
            let shown: String = name.chars().take(80).collect();
            let detail = format!("`{shown}` is no facet. {}", hint(&shown, FACETS));
            reader.fault("facets", "unknown_facet", detail);
            continue;
        };
        if !facets.contains(&facet) {
            facets.push(facet);
        }
    }
    if facets.len() > MAX_FACETS {
        reader.fault(
            "facets",
            "too_many",
            format!("names {} facets; {MAX_FACETS} are allowed", facets.len()),
        );
        facets.clear();
    }
    facets
}

fn read_facet(name: &str) -> Option<FacetName> {
    Some(match name {
        "brand" => FacetName::Brand,
        "category" => FacetName::Category,
        "price" => FacetName::Price,
        "tag" => FacetName::Tag,
        other => {
            let key = other.strip_prefix("attr.").filter(|key| !key.is_empty() && !key.contains('.'))?;
            FacetName::Attribute(attribute_key(key))
        }
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(query: &str) -> Result<ListRequest, Failure> {
        read_request(&QueryParams::parse(query), Visibility::Published)
    }

    #[test]
    fn filters_are_read_folded() {
        let request = read("q=red+shoe&brand=%C3%81CME&tag=Sale&tag=new&price_min=1.5&price_max=2&currency=eur&attr.Shoe%20Size=42&attr.w.min=1&attr.w.max=2.5&attr.day.min=2026-01-31&facets=brand,attr.color,brand&highlight=true").expect("good");
        let filter = &request.filter;
        assert_eq!((filter.brands.as_slice(), filter.tags.len()), (["acme".to_owned()].as_slice(), 2));
        assert_eq!((filter.price_min, filter.price_max), (Some(15_000), Some(20_000)));
        assert_eq!(filter.currency.map(Currency::code), Some("EUR"));
        assert_eq!(filter.attributes["shoe_size"].values[0].number, Some(42.0));
        assert_eq!(filter.attributes["w"].max, Some(Bound::Number(2.5)));
        assert_eq!(filter.attributes["day"].min, Some(Bound::Date("2026-01-31".to_owned())));
        assert_eq!(request.facets, [FacetName::Brand, FacetName::Attribute("color".to_owned())]);
        assert!(request.highlight && request.descendants && request.sort == Sort::RELEVANCE);
    }

    #[rstest]
    #[case("sort=relevance", "sort needs_query")]
    #[case("sort=prize", "sort invalid_value")]
    #[case("sort=name;drop", "sort invalid_value")]
    #[case("sort=-relevance&q=a", "sort invalid_value")]
    #[case("price_min=2&price_max=1", "price_min empty_range")]
    #[case("price_min=-1", "price_min invalid_value")]
    #[case("price_max=1e999", "price_max invalid_value")]
    #[case("price_max=NaN", "price_max invalid_value")]
    #[case("currency=XXX", "currency invalid_value")]
    #[case("status=gone", "status invalid_value")]
    #[case("updated_since=yesterday", "updated_since invalid_value")]
    #[case("facets=brands", "facets unknown_facet")]
    #[case("facets=attr.", "facets unknown_facet")]
    #[case("attr.a.b=1", "attr.a.b unknown_parameter")]
    #[case("attr.a.min=x", "attr.a.min invalid_value")]
    #[case("attr.a.min=inf", "attr.a.min invalid_value")]
    #[case("attr.a.min=1&attr.a.min=2", "attr.a.min repeated")]
    #[case("attr.a.min=2&attr.a.max=1", "attr.a.max empty_range")]
    #[case("attr.a.min=2&attr.a.max=2026-01-01", "attr.a.max empty_range")]
    #[case("brnad=x", "brnad unknown_parameter")]
    #[case("q=a&q=b", "q repeated")]
    #[case("limit=101&sort=x&facets=y", "sort invalid_value,limit invalid_value,facets unknown_facet")]
    fn faults_are_named(#[case] query: &str, #[case] wanted: &str) {
        let failure = read(query).expect_err("faulty");
        assert_eq!(failure.code(), ErrorCode::InvalidQuery);
        let faults: Vec<_> = failure.faults().iter().map(|f| format!("{} {}", f.pointer, f.code)).collect();
        assert_eq!(faults.join(","), wanted);
    }

    #[test]
    fn a_blank_search_browses() {
        for query in ["", "q=", "q=+&sort=relevance"] {
            let request = read(query).expect("good");
            assert_eq!((request.query, request.sort), (None, Sort::NEWEST));
        }
    }

    #[test]
    fn hidden_statuses_are_for_those_who_may() {
        assert_eq!(read("status=active&status=draft").expect_err("hidden").code(), ErrorCode::Forbidden);
        assert!(read("status=draft").expect_err("hidden").detail().contains("product:read_unpublished"));
        read("status=active").expect("visible");
        read_request(&QueryParams::parse("status=draft"), Visibility::All).expect("may");
    }
}
