//! Money: integer minor units inside, a decimal string outside, never a float.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use crate::currency::CURRENCIES;

/// A currency of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: &'static str,
    exponent: u8,
}

impl Currency {
    /// Looks a three-letter code up, upper case only.
    pub fn parse(code: &str) -> Option<Self> {
        let at = CURRENCIES.binary_search_by_key(&code, |(known, _)| known).ok()?;
        CURRENCIES.get(at).map(|&(code, exponent)| Self { code, exponent })
    }

    /// The three-letter code.
    pub const fn code(self) -> &'static str {
        self.code
    }

    /// How many decimals an amount has: 2 for EUR, 0 for JPY, 3 for KWD.
    pub const fn exponent(self) -> u8 {
        self.exponent
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).ok_or_else(|| serde::de::Error::custom(format!("unknown currency {code}")))
    }
}

/// An amount of a currency, not negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not digits with at most one point: signs, exponents and separators are not accepted.
    #[error("must be a decimal number as a string, such as \"19.99\"")]
    NotDecimal,
    /// More decimals than the currency has.
    #[error("has more decimals than {code} has ({exponent})")]
    TooManyDecimals {
        /// The currency.
        code: &'static str,
        /// The decimals it has.
        exponent: u8,
    },
    /// Larger than we keep.
    #[error("is too large (10^12 at most)")]
    TooLarge,
}

impl Money {
    /// The largest amount, in major units: far above any price, far below where `i64` at [`Money::KEY_DECIMALS`] ends.
    const MAX_MAJOR: i64 = 1_000_000_000_000;
    /// The decimals of [`Money::sort_key`]: the most that a currency has.
    pub const KEY_DECIMALS: u8 = 4;

    /// An amount from its minor units (cents), `None` if negative or too large.
    pub fn from_minor(minor: i64, currency: Currency) -> Option<Self> {
        let most = Self::MAX_MAJOR.checked_mul(10_i64.pow(u32::from(currency.exponent)))?;
        (0..=most).contains(&minor).then_some(Self { minor, currency })
    }

    /// Reads a decimal amount: `19.99`, `19.9`, `19`.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, AmountError> {
        let minor = parse_scaled(amount, currency.exponent).map_err(|error| match error {
            ScaledError::NotDecimal => AmountError::NotDecimal,
            ScaledError::TooManyDecimals => {
                AmountError::TooManyDecimals { code: currency.code, exponent: currency.exponent }
            }
            ScaledError::TooLarge => AmountError::TooLarge,
        })?;
        Self::from_minor(minor, currency).ok_or(AmountError::TooLarge)
    }

    /// Minor units: cents.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount with exactly the currency's decimals: `19.90`.
    pub fn amount(self) -> String {
        let exponent = usize::from(self.currency.exponent);
        if exponent == 0 {
            return self.minor.to_string();
        }
        let digits = format!("{:0>width$}", self.minor, width = exponent + 1);
        let (major, decimals) = digits.split_at(digits.len() - exponent);
        format!("{major}.{decimals}")
    }

    /// The amount at four decimals whatever the currency, so that filters and sorts compare like with like.
    pub fn sort_key(self) -> i64 {
        self.minor * 10_i64.pow(u32::from(Self::KEY_DECIMALS - self.currency.exponent))
    }

    /// Reads an amount without a currency, as a filter has it, into the scale of [`Money::sort_key`].
    pub fn parse_sort_key(amount: &str) -> Result<i64, AmountError> {
        parse_scaled(amount, Self::KEY_DECIMALS).map_err(|error| match error {
            ScaledError::TooLarge => AmountError::TooLarge,
            ScaledError::NotDecimal | ScaledError::TooManyDecimals => AmountError::NotDecimal,
        })
    }

    /// As the API shows it.
    pub fn to_json(self) -> Value {
        json!({"amount": self.amount(), "currency": self.currency.code})
    }
}

enum ScaledError {
    NotDecimal,
    TooManyDecimals,
    TooLarge,
}

fn parse_scaled(amount: &str, decimals: u8) -> Result<i64, ScaledError> {
    let (major, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if major.is_empty() || !all_digits(major) || !all_digits(fraction) || amount.ends_with('.') {
        return Err(ScaledError::NotDecimal);
    }
    let decimals = usize::from(decimals);
    // Zeros behind the last decimal say nothing new: 1.500 EUR is 1.50 EUR.
    let significant = fraction.trim_end_matches('0');
    if significant.len() > decimals {
        return Err(ScaledError::TooManyDecimals);
    }
    let digits = format!("{major}{significant:0<decimals$}");
    let trimmed = digits.trim_start_matches('0');
    if trimmed.len() > 18 {
        return Err(ScaledError::TooLarge);
    }
    let scaled = if trimmed.is_empty() { 0 } else { trimmed.parse().map_err(|_| ScaledError::TooLarge)? };
    if scaled > Money::MAX_MAJOR.saturating_mul(10_i64.saturating_pow(u32::try_from(decimals).unwrap_or(4))) {
        return Err(ScaledError::TooLarge);
    }
    Ok(scaled)
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency.code)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut out = serializer.serialize_struct("Money", 2)?;
        out.serialize_field("amount", &self.amount())?;
        out.serialize_field("currency", self.currency.code)?;
        out.end()
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Outside {
            amount: String,
            currency: Currency,
        }
        let Outside { amount, currency } = Outside::deserialize(deserializer)?;
        Self::parse(&amount, currency).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).expect("known")
    }

    #[test]
    fn amounts_read_back_as_written() {
        for (code, text, shown, minor) in [
            ("EUR", "19.99", "19.99", 1999),
            ("EUR", "19.9", "19.90", 1990),
            ("EUR", "0", "0.00", 0),
            ("EUR", "0.07", "0.07", 7),
            ("EUR", "1.5000", "1.50", 150),
            ("JPY", "1500", "1500", 1500),
            ("KWD", "1.234", "1.234", 1234),
            ("EUR", "1000000000000", "1000000000000.00", 100_000_000_000_000),
        ] {
            let money = Money::parse(text, currency(code)).expect(text);
            assert_eq!((money.amount().as_str(), money.minor()), (shown, minor));
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", " 1", "NaN", "١"] {
            assert_eq!(Money::parse(text, currency("EUR")), Err(AmountError::NotDecimal), "{text:?}");
        }
        assert!(matches!(Money::parse("1.001", currency("EUR")), Err(AmountError::TooManyDecimals { .. })));
        assert!(matches!(Money::parse("1.5", currency("JPY")), Err(AmountError::TooManyDecimals { .. })));
        assert_eq!(Money::parse(&"9".repeat(40), currency("EUR")), Err(AmountError::TooLarge));
        assert_eq!(Money::parse("1000000000000.01", currency("EUR")), Err(AmountError::TooLarge));
    }

    #[test]
    fn sort_keys_compare_across_exponents() {
        let yen = Money::parse("20", currency("JPY")).expect("yen");
        let euro = Money::parse("19.99", currency("EUR")).expect("euro");
        assert!(yen.sort_key() > euro.sort_key());
        assert_eq!(Money::parse_sort_key("19.99"), Ok(euro.sort_key()));
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(CURRENCIES.is_sorted_by_key(|(code, _)| *code));
        assert!(Currency::parse("eur").is_none() && Currency::parse("XXX").is_none());
    }
}
