//! Fractional indexes: where a category stands among its siblings.
//!
//! A rank is text, compared as bytes. Between any two there is another one, so that a move writes one row and not all
//! the siblings'. The scheme is David Greenspan's ("Implementing fractional indexing", 2020): an integer whose first
//! letter tells its length (`a0` … `az`, `b00` … and downwards `Zz` …), so that appending and prepending stay short, then
//! a fraction without trailing zeros.

use std::fmt;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE: usize = DIGITS.len();

/// A rank longer than this is reason to space the siblings anew.
pub const MOST_BYTES: usize = 64;

/// A fractional index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank(String);

impl Rank {
    /// Reads a stored rank; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (_, fraction) = split(text)?;
        let well_formed = text.bytes().all(|byte| DIGITS.contains(&byte)) && !fraction.ends_with('0');
        well_formed.then(|| Self(text.to_owned()))
    }

    /// A rank after `lower` and before `upper`, `None` standing for the ends; as short as the scheme allows. `None` when
    /// they are not in this order.
    pub fn between(lower: Option<&Self>, upper: Option<&Self>) -> Option<Self> {
        let text = match (lower, upper) {
            (None, None) => "a0".to_owned(),
            (Some(lower), None) => after(&lower.0)?,
            (None, Some(upper)) => before(&upper.0)?,
            (Some(lower), Some(upper)) if lower < upper => amid(&lower.0, &upper.0)?,
            (Some(_), Some(_)) => return None,
        };
        Some(Self(text))
    }

    /// The rank behind the last one.
    #[must_use]
    pub fn append(last: Option<&Self>) -> Self {
        // `between` refuses only two ranks in the wrong order, and text that `parse` would have refused.
        Self::between(last, None).unwrap_or_else(|| Self("a0".to_owned()))
    }

    /// Whether the siblings should be spaced anew.
    pub fn is_long(&self) -> bool {
        self.0.len() > MOST_BYTES
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Integer and fraction.
fn split(text: &str) -> Option<(&str, &str)> {
    let length = match *text.as_bytes().first()? {
        head @ b'a'..=b'z' => usize::from(head - b'a') + 2,
        head @ b'A'..=b'Z' => usize::from(b'Z' - head) + 2,
        _ => return None,
    };
    text.split_at_checked(length)
}

fn after(lower: &str) -> Option<String> {
    let (integer, fraction) = split(lower)?;
    match step(integer, Direction::Up) {
        Some(next) => Some(next),
        None => Some(format!("{integer}{}", middle(fraction, None))),
    }
}

fn before(upper: &str) -> Option<String> {
    let (integer, fraction) = split(upper)?;
    if !fraction.is_empty() {
        return Some(integer.to_owned());
    }
    // Below the smallest integer nothing is left; 62^26 prepends away.
    step(integer, Direction::Down)
}

fn amid(lower: &str, upper: &str) -> Option<String> {
    let (lower_integer, lower_fraction) = split(lower)?;
    let (upper_integer, upper_fraction) = split(upper)?;
    if lower_integer == upper_integer {
        return Some(format!("{lower_integer}{}", middle(lower_fraction, Some(upper_fraction))));
    }
    match step(lower_integer, Direction::Up) {
        Some(next) if next.as_str() < upper => Some(next),
        _ => Some(format!("{lower_integer}{}", middle(lower_fraction, None))),
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Up,
    Down,
}

/// The next integer up or down; `None` past the last.
fn step(integer: &str, direction: Direction) -> Option<String> {
    let (head, digits) = integer.as_bytes().split_first()?;
    let (limit, reset) = match direction {
        Direction::Up => (b'z', b'0'),
        Direction::Down => (b'0', b'z'),
    };
    let mut digits = digits.to_vec();
    let mut carried = true;
    for digit in digits.iter_mut().rev() {
        if *digit == limit {
            *digit = reset;
            continue;
        }
        let value = value_of(*digit);
        *digit = match direction {
            Direction::Up => digit_of(value + 1),
            Direction::Down => digit_of(value.saturating_sub(1)),
        };
        carried = false;
        break;
    }
    if !carried {
        return text([&[*head], digits.as_slice()].concat());
    }
    let next = match (direction, *head) {
        (Direction::Up, b'Z') => (b'a', 1),
        (Direction::Up, b'z') | (Direction::Down, b'A') => return None,
        (Direction::Up, head @ b'a'..) => (head + 1, digits.len() + 1),
        (Direction::Up, head) => (head + 1, digits.len().saturating_sub(1)),
        (Direction::Down, b'a') => (b'Z', 1),
        (Direction::Down, head @ b'b'..) => (head - 1, digits.len().saturating_sub(1)),
        (Direction::Down, head) => (head - 1, digits.len() + 1),
    };
    text([&[next.0], vec![reset; next.1].as_slice()].concat())
}

/// The fraction half way between two, `None` standing for one. `lower` is less than `upper`.
fn middle(lower: &str, upper: Option<&str>) -> String {
    let mut made = String::new();
    let mut lower = lower.bytes();
    let mut upper = upper.map(str::bytes);
    loop {
        let low = lower.next().map_or(0, value_of);
        let next = upper.as_mut().map(Iterator::next);
        let high = next.map_or(BASE, |digit| digit.map_or(0, value_of));
        if low == high {
            made.push(char::from(digit_of(low)));
            continue;
        }
        if high > low + 1 {
            made.push(char::from(digit_of((low + high).div_ceil(2).min(high - 1))));
            return made;
        }
        // Neighbouring digits: the upper one alone, if more follows there; else go on above the lower one.
        if upper.as_mut().is_some_and(|rest| rest.next().is_some()) {
            made.push(char::from(digit_of(high)));
            return made;
        }
        made.push(char::from(digit_of(low)));
        upper = None;
    }
}

fn value_of(digit: u8) -> usize {
    DIGITS.iter().position(|known| *known == digit).unwrap_or(0)
}

fn digit_of(value: usize) -> u8 {
    DIGITS.get(value).copied().unwrap_or(b'z')
}

fn text(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn rank(text: &str) -> Rank {
        Rank::parse(text).unwrap_or_else(|| panic!("{text} is a rank"))
    }

    #[rstest]
    #[case(None, None, "a0")]
    #[case(Some("a0"), None, "a1")]
    #[case(Some("az"), None, "b00")]
    #[case(Some("bzz"), None, "c000")]
    #[case(Some("Zz"), None, "a0")]
    #[case(Some("Yzz"), None, "Z0")]
    #[case(None, Some("a0"), "Zz")]
    #[case(None, Some("Z0"), "Yzz")]
    #[case(None, Some("b00"), "az")]
    #[case(None, Some("a0V"), "a0")]
    #[case(Some("a0"), Some("a1"), "a0V")]
    #[case(Some("a0"), Some("a2"), "a1")]
    #[case(Some("a0"), Some("a0V"), "a0G")]
    #[case(Some("a0"), Some("a01"), "a00V")]
    #[case(Some("a0z"), Some("a1"), "a0zV")]
    #[case(Some("a0V1"), Some("a0W2"), "a0W")]
    #[case(Some("Zz"), Some("a1"), "a0")]
    fn known_cases(#[case] lower: Option<&str>, #[case] upper: Option<&str>, #[case] wanted: &str) {
        let (lower, upper) = (lower.map(rank), upper.map(rank));
        let made = Rank::between(lower.as_ref(), upper.as_ref()).expect("in order");
        assert_eq!(made.as_str(), wanted);
    }

    #[rstest]
    #[case("")]
    #[case("a")]
    #[case("a00")]
    #[case("0")]
    #[case("a0/")]
    #[case("aä")]
    fn what_is_no_rank_does_not_parse(#[case] text: &str) {
        assert_eq!(Rank::parse(text), None);
    }

    #[test]
    fn ranks_in_the_wrong_order_have_nothing_between_them() {
        let a = rank("a1");
        assert_eq!(Rank::between(Some(&a), Some(&a)), None);
        assert_eq!(Rank::between(Some(&a), Some(&rank("a0"))), None);
    }

    #[test]
    fn appending_and_prepending_stay_short() {
        let mut last = Rank::append(None);
        let mut first = last.clone();
        for _ in 0..10_000 {
            last = Rank::append(Some(&last));
            first = Rank::between(None, Some(&first)).expect("room");
        }
        assert!(last.as_str().len() <= 4 && first.as_str().len() <= 4, "{first} … {last}");
    }

    proptest! {
        #[test]
        fn order_holds_over_thousands_of_inserts(places in prop::collection::vec(0.0..1.0_f64, 3000)) {
            let mut ranks: Vec<Rank> = Vec::new();
            for place in places {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short list")]
                let at = ((ranks.len() + 1) as f64 * place) as usize;
                let lower = at.checked_sub(1).and_then(|before| ranks.get(before));
                let made = Rank::between(lower, ranks.get(at)).expect("room");
                prop_assert_eq!(Rank::parse(made.as_str()), Some(made.clone()));
                ranks.insert(at, made);
            }
            prop_assert!(ranks.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(ranks.iter().all(|rank| !rank.is_long()));
        }
    }
}
