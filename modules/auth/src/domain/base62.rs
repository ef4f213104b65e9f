//! Numbers in the digits `0-9A-Za-z`: no character that breaks a double click, a URL or a shell.

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A digit, `None` for 62 and above.
pub(super) fn digit(value: u8) -> Option<char> {
    DIGITS.get(usize::from(value)).copied().map(char::from)
}

/// Exactly `width` digits, zeros in front. The number must fit, or its upper digits are lost.
pub(super) fn encode(mut number: u128, width: usize) -> String {
    let mut digits = Vec::with_capacity(width);
    for _ in 0..width {
        digits.extend(u8::try_from(number % 62).ok().and_then(digit));
        number /= 62;
    }
    digits.iter().rev().collect()
}

/// Reads digits; `None` for other characters and for numbers of more than 128 bits.
pub(super) fn decode(text: &str) -> Option<u128> {
    text.bytes().try_fold(0_u128, |number, byte| {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        number.checked_mul(62)?.checked_add(u128::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_reads_back() {
        for number in [0, 1, 61, 62, u128::from(u32::MAX), u128::MAX] {
            assert_eq!(decode(&encode(number, 22)), Some(number));
        }
        assert_eq!(encode(61, 3), "00z");
        assert_eq!(decode("zzzzzzzzzzzzzzzzzzzzzz"), None, "more than 128 bits");
        assert_eq!(decode("a-b"), None);
    }
}
