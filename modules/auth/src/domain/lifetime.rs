/// Reads how long a key shall live: a whole number and `s`, `m`, `h`, `d` or `w`, such as `30d`. In seconds; `None` for
/// anything else, for nothing, and for more than a thousand years.
pub fn parse_lifetime(text: &str) -> Option<i64> {
    const MOST: i64 = 1000 * 366 * 24 * 60 * 60;
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        'w' => 7 * 24 * 60 * 60,
        _ => return None,
    };
    let number = text.strip_suffix(unit)?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<i64>().ok()?.checked_mul(seconds).filter(|total| (1..=MOST).contains(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_whole_numbers_with_a_unit() {
        for (text, seconds) in [("90s", 90), ("5m", 300), ("2h", 7200), ("30d", 2_592_000), ("1w", 604_800)] {
            assert_eq!(parse_lifetime(text), Some(seconds));
        }
        for bad in [
            "",
            "d",
            "30",
            "0d",
            "-1d",
            "+1d",
            "1.5h",
            "30 d",
            "1y",
            "３d",
            "9999999999999999999d",
            "999999999d",
        ] {
            assert_eq!(parse_lifetime(bad), None, "{bad}");
        }
    }
}
