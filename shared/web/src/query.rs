//! The query string, decoded strictly.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use vitrine_kernel::Fault;

use crate::QueryReader;

/// What needs no escape in a query (RFC 3986, 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How many parameters a query may have in all: several filters of 100 values, with room to spare.
const MAX_PARAMETERS: usize = 1000;

/// The parameters of a request, in their order. Read them with [`QueryParams::reader`]; what could not be decoded is among
/// the faults that [`QueryReader::finish`] reports.
#[derive(Debug, Clone, Default)]
pub struct QueryParams {
    pairs: Vec<(String, String)>,
    faults: Vec<Fault>,
}

impl QueryParams {
    /// Reads a query string (without the `?`): `+` is a space, escapes must make valid UTF-8, without NUL but in `q`.
    pub fn parse(query: &str) -> Self {
        let mut params = Self::default();
        for (at, pair) in query.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            if at == MAX_PARAMETERS {
                let detail = format!("has more than {MAX_PARAMETERS} parameters");
                params.faults.push(Fault::new("the query string", "too_many", detail));
                break;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (decode(name).and_then(without_nul), decode(value)) {
                (Ok(name), Ok(value)) => match tolerated_nul(&name, value) {
                    Ok(value) => params.pairs.push((name, value)),
                    Err(fault) => params.faults.push(Fault::new(name, fault.0, fault.1)),
                },
                (Ok(name), Err(fault)) => params.faults.push(Fault::new(name, fault.0, fault.1)),
                (Err(fault), _) => {
                    params.faults.push(Fault::new(
                        name.chars().take(80).collect::<String>(),
                        fault.0,
                        fault.1,
                    ));
                }
            }
        }
        params
    }

    /// A reader that collects all faults.
    pub fn reader(&self) -> QueryReader<'_> {
        QueryReader::new(&self.pairs, self.faults.clone())
    }

    /// One text for all queries that ask for the same: the parameters sorted, without those named. For cache keys and for
    /// the fingerprints of cursors (`canonical(&["limit", "cursor"])`).
    pub fn canonical(&self, without: &[&str]) -> String {
        let mut pairs: Vec<_> =
            self.pairs.iter().filter(|(name, _)| !without.contains(&name.as_str())).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut text = String::new();
        for (name, value) in pairs {
            append_pair(&mut text, name, value);
        }
        text
    }

    /// The query string with another value for one parameter, which comes last.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let mut text = String::new();
        for (other, kept) in self.pairs.iter().filter(|(other, _)| other != name) {
            append_pair(&mut text, other, kept);
        }
        append_pair(&mut text, name, value);
        text
    }
}

fn append_pair(text: &mut String, name: &str, value: &str) {
    if !text.is_empty() {
        text.push('&');
    }
    text.extend(utf8_percent_encode(name, ESCAPED));
    text.push('=');
    text.extend(utf8_percent_encode(value, ESCAPED));
}

fn decode(text: &str) -> Result<String, (&'static str, &'static str)> {
    let invalid_escape = text.split('%').skip(1).any(|after| {
        let mut digits = after.bytes().take(2);
        !(digits.next().is_some_and(|d| d.is_ascii_hexdigit())
            && digits.next().is_some_and(|d| d.is_ascii_hexdigit()))
    });
    if invalid_escape {
        return Err((
            "invalid_escape",
            "has a `%` that two hexadecimal digits don't follow; write `%25` for a percent sign",
        ));
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced)
        .decode_utf8()
        .map_err(|_| ("invalid_utf8", "is not valid UTF-8 after decoding its escapes"))?;
    Ok(decoded.into_owned())
}

fn without_nul(text: String) -> Result<String, (&'static str, &'static str)> {
    if text.contains('\0') {
        return Err(("invalid_text", "must not contain the NUL character"));
    }
    Ok(text)
}

/// NUL is refused but in two parameters: every text is a valid `q`, where it divides words like a blank; and a cursor that has it is
/// damaged, which those who read cursors say in their own way.
fn tolerated_nul(name: &str, value: String) -> Result<String, (&'static str, &'static str)> {
    match name {
        "q" => Ok(value.replace('\0', " ")),
        "cursor" => Ok(value.replace('\0', "\u{FFFD}")),
        _ => without_nul(value),
    }
}

impl FromRequest for QueryParams {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::parse(request.query_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_strictly() {
        let params = QueryParams::parse("q=caf%C3%A9+au%20lait&brand=a%26b&empty=&bare&&");
        let mut reader = params.reader();
        assert_eq!(reader.one("q"), Some("café au lait"));
        assert_eq!(reader.one("brand"), Some("a&b"));
        assert_eq!((reader.one("empty"), reader.one("bare")), (Some(""), Some("")));
        reader.finish().expect("no faults");
    }

    #[test]
    fn nul_is_a_blank_in_a_search_and_damages_a_cursor() {
        let params = QueryParams::parse("q=a%00b&cursor=%00");
        let mut reader = params.reader();
        assert_eq!(reader.one("q"), Some("a b"));
        assert_eq!(reader.cursor(), Some("\u{FFFD}"));
        reader.finish().expect("no faults");
    }

    #[test]
    fn what_can_not_be_decoded_is_a_fault_of_its_parameter() {
        let params = QueryParams::parse("q=%FF&brand=%00&tag=%2&%ff=1&sku=%");
        let mut reader = params.reader();
        for name in ["q", "brand", "tag", "sku"] {
            assert_eq!(reader.one(name), None);
        }
        let failure = reader.finish().expect_err("faults");
        let found: Vec<_> = failure.faults().iter().map(|f| (f.pointer.as_str(), f.code.as_str())).collect();
        assert_eq!(
            found,
            [
                ("q", "invalid_utf8"),
                ("brand", "invalid_text"),
                ("tag", "invalid_escape"),
                ("%ff", "invalid_utf8"),
                ("sku", "invalid_escape"),
            ]
        );
    }

    #[test]
    fn a_query_has_at_most_1000_parameters() {
        let many: Vec<_> = (0..1001).map(|n| format!("x{n}=1")).collect();
        let failure = QueryParams::parse(&many.join("&")).reader().finish().expect_err("too many");
        assert_eq!(failure.faults()[0].code, "too_many");
        assert_eq!(failure.faults().len(), 1 + 1000, "and each of the first 1000 is unknown");
    }

    #[test]
    fn the_canonical_text_is_the_same_for_the_same_question() {
        let one = QueryParams::parse("b=2&a=x%20y&limit=5&a=w&cursor=abc");
        let other = QueryParams::parse("a=w&limit=9&a=x+y&b=2&b=2");
        assert_eq!(one.canonical(&["limit", "cursor"]), "a=w&a=x%20y&b=2");
        assert_eq!(one.canonical(&["limit", "cursor"]), other.canonical(&["limit", "cursor"]));
        let tricked = QueryParams::parse("a=w%26a%3Dx+y&b=2");
        assert_ne!(tricked.canonical(&[]), other.canonical(&["limit"]));
    }

    #[test]
    fn a_replaced_parameter_leaves_the_others() {
        let params = QueryParams::parse("q=a%26b+c&cursor=old&limit=5");
        assert_eq!(params.with("cursor", "ne/w"), "q=a%26b%20c&limit=5&cursor=ne%2Fw");
    }
}
