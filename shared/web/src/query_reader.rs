//! Reading query parameters: each once, all faults together, and none ignored in silence.

use std::collections::BTreeMap;

use vitrine_kernel::suggest::hint;
use vitrine_kernel::{CountMode, Failure, Fault, Limit, Timestamp};

/// How many values a filter may have.
const MAX_VALUES: usize = 100;

/// Reads parameters and notes what is wrong with them. Whatever was never asked for is unknown, and a fault.
#[derive(Debug)]
#[must_use = "unknown and faulty parameters are only reported by `finish`"]
pub struct QueryReader<'a> {
    pairs: &'a [(String, String)],
    faults: Vec<Fault>,
    known: Vec<&'static str>,
    known_prefixes: Vec<&'static str>,
}

impl<'a> QueryReader<'a> {
    pub(crate) fn new(pairs: &'a [(String, String)], faults: Vec<Fault>) -> Self {
        Self { pairs, faults, known: Vec::new(), known_prefixes: Vec::new() }
    }

    /// The value of a parameter that may be given once.
    pub fn one(&mut self, name: &'static str) -> Option<&'a str> {
        self.known.push(name);
        let mut values =
            self.pairs.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let first = values.next()?;
        if values.next().is_some() {
            self.fault(name, "repeated", "is given more than once; give it once");
            return None;
        }
        Some(first)
    }

    /// The values of a parameter that may be repeated, at most 100.
    pub fn many(&mut self, name: &'static str) -> Vec<&'a str> {
        self.known.push(name);
        let values: Vec<_> =
            self.pairs.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str()).collect();
        if values.len() > MAX_VALUES {
            self.too_many(name, values.len());
            return Vec::new();
        }
        values
    }

    /// The parameters whose names begin so (`attr.`), without that beginning, with their values, in their order: at most 100 names,
    /// and each at most 100 times.
    pub fn prefixed(&mut self, prefix: &'static str) -> Vec<(&'a str, &'a str)> {
        self.known_prefixes.push(prefix);
        let mut found: Vec<(&str, &str)> = Vec::new();
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, value) in self.pairs {
            let Some(rest) = name.strip_prefix(prefix).filter(|rest| !rest.is_empty()) else { continue };
            found.push((rest, value));
            *counts.entry(rest).or_default() += 1;
        }
        if counts.len() > MAX_VALUES {
            self.fault(prefix, "too_many", format!("has {} filters; {MAX_VALUES} are allowed", counts.len()));
            return Vec::new();
        }
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > MAX_VALUES) {
            self.too_many(&format!("{prefix}{name}"), count);
            found.retain(|(other, _)| *other != name);
        }
        found
    }

    /// How many items a page shall have (`limit`).
    pub fn limit(&mut self) -> Limit {
        let expected = format!("must be a whole number from 1 to {}", Limit::MAX);
        self.parsed("limit", &expected, |text| parse_plain(text).and_then(Limit::new)).unwrap_or_default()
    }

    /// The cursor, as it is.
    pub fn cursor(&mut self) -> Option<&'a str> {
        self.one("cursor")
    }

    /// Whether the list shall be counted (`count`).
    pub fn count_mode(&mut self) -> CountMode {
        self.parsed("count", "must be `none`, `estimated` or `exact`", |text| match text {
            "none" => Some(CountMode::None),
            "estimated" => Some(CountMode::Estimated),
            "exact" => Some(CountMode::Exact),
            _ => None,
        })
        .unwrap_or_default()
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, name: &'static str) -> Option<bool> {
        self.parsed(name, "must be `true` or `false`", |text| text.parse().ok())
    }

    /// An RFC 3339 time.
    pub fn timestamp(&mut self, name: &'static str) -> Option<Timestamp> {
        self.parsed(
            name,
            "must be an RFC 3339 time, like `2026-11-22T10:00:00Z` (write `+` as `%2B`)",
            Timestamp::parse,
        )
    }

    /// A value that `parse` understands; otherwise the fault says what was `expected` (`must be ...`).
    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        parse: impl FnOnce(&'a str) -> Option<T>,
    ) -> Option<T> {
        let text = self.one(name)?;
        let value = parse(text);
        if value.is_none() {
            let shown: String = text.chars().take(80).collect();
            self.fault(name, "invalid_value", format!("{expected}, not `{shown}`"));
        }
        value
    }

    /// Notes a fault of a parameter.
    pub fn fault(&mut self, name: impl Into<String>, code: &str, detail: impl Into<String>) {
        self.faults.push(Fault::new(name, code, detail));
    }

    /// Ends the reading.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::InvalidQuery`] with every fault, unknown parameters among them.
    pub fn finish(mut self) -> Result<(), Failure> {
        let mut reported: Vec<&str> = Vec::new();
        for (name, _) in self.pairs {
            let known = self.known.iter().any(|known| known == name)
                || self
                    .known_prefixes
                    .iter()
                    .any(|prefix| name.len() > prefix.len() && name.starts_with(prefix));
            if known || reported.contains(&name.as_str()) {
                continue;
            }
            reported.push(name);
            let suggestion = hint(name, self.known.iter().chain(&self.known_prefixes).copied());
            let shown: String = name.chars().take(80).collect();
            self.faults.push(Fault::new(
                shown,
                "unknown_parameter",
                format!("is not a known parameter. {suggestion}"),
            ));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Failure::query(self.faults)) }
    }

    fn too_many(&mut self, name: &str, count: usize) {
        self.fault(name, "too_many", format!("is given {count} times; {MAX_VALUES} are allowed"));
    }
}

/// A number in plain digits: no sign, no space.
fn parse_plain(text: &str) -> Option<u16> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::QueryParams;

    #[test]
    fn all_faults_are_reported_at_once() {
        let params = QueryParams::parse(
            "limit=0&count=all&descendants=yes&updated_since=today&q=a&q=b&srot=name&attr.x=1&attr.=2&bananas=1&bananas=2",
        );
        let mut query = params.reader();
        assert_eq!(query.limit(), Limit::default());
        assert_eq!(query.count_mode(), CountMode::None);
        assert_eq!(query.boolean("descendants"), None);
        assert_eq!(query.timestamp("updated_since"), None);
        assert_eq!(query.one("q"), None);
        assert_eq!(query.one("sort"), None);
        assert_eq!(query.prefixed("attr."), [("x", "1")]);
        let failure = query.finish().expect_err("faults");
        let found: Vec<_> = failure.faults().iter().map(|f| (f.pointer.as_str(), f.code.as_str())).collect();
        assert_eq!(
            found,
            [
                ("limit", "invalid_value"),
                ("count", "invalid_value"),
                ("descendants", "invalid_value"),
                ("updated_since", "invalid_value"),
                ("q", "repeated"),
                ("srot", "unknown_parameter"),
                ("attr.", "unknown_parameter"),
                ("bananas", "unknown_parameter"),
            ]
        );
        assert!(failure.faults()[5].detail.contains("Did you mean `sort`?"));
    }

    #[rstest]
    #[case("1", 1)]
    #[case("100", 100)]
    fn limits_within_bounds_are_taken(#[case] text: &str, #[case] wanted: u16) {
        let params = QueryParams::parse(&format!("limit={text}"));
        let mut query = params.reader();
        assert_eq!(query.limit().get(), wanted);
        query.finish().expect("good");
    }

    #[rstest]
    #[case("")]
    #[case("0")]
    #[case("101")]
    #[case("-1")]
    #[case("%2B5")]
    #[case("5.0")]
    #[case("99999999999")]
    fn limits_out_of_bounds_are_faults(#[case] text: &str) {
        let params = QueryParams::parse(&format!("limit={text}"));
        let mut query = params.reader();
        query.limit();
        assert!(query.finish().is_err());
    }

    #[test]
    fn a_filter_has_at_most_100_values() {
        let of = |count: usize| QueryParams::parse(&vec!["brand=x"; count].join("&"));
        let params = of(100);
        let mut query = params.reader();
        assert_eq!(query.many("brand").len(), 100);
        query.finish().expect("100 are fine");
        let params = of(101);
        let mut query = params.reader();
        query.many("brand");
        assert_eq!(query.finish().expect_err("101 are not").faults()[0].code, "too_many");
    }

    #[test]
    fn each_prefixed_filter_has_at_most_100_values() {
        let given = |name: &str, count: usize| vec![format!("attr.{name}=x"); count];
        let params = QueryParams::parse(&[given("a", 100), given("b", 100)].concat().join("&"));
        let mut query = params.reader();
        assert_eq!(query.prefixed("attr.").len(), 200);
        query.finish().expect("two filters of 100");
        let params = QueryParams::parse(&[given("a", 101), given("b", 2)].concat().join("&"));
        let mut query = params.reader();
        assert_eq!(query.prefixed("attr.").len(), 2);
        let failure = query.finish().expect_err("one of 101");
        assert_eq!((failure.faults()[0].pointer.as_str(), failure.faults().len()), ("attr.a", 1));
        let names: Vec<_> = (0..101).map(|n| format!("attr.{n}=x")).collect();
        let params = QueryParams::parse(&names.join("&"));
        let mut query = params.reader();
        assert!(query.prefixed("attr.").is_empty());
        assert_eq!(query.finish().expect_err("101 filters").faults()[0].pointer, "attr.");
    }
}
