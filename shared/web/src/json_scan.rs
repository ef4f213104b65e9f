//! A look at JSON before it is parsed.

/// How deeply arrays and objects may be nested.
pub(crate) const MAX_DEPTH: usize = 64;

/// Whether the text is nested deeper than [`MAX_DEPTH`]. Text that is not JSON gets some answer; the parser refuses it.
pub(crate) fn is_too_deep(json: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in json {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_nesting_counts() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(!is_too_deep(nested(MAX_DEPTH).as_bytes()));
        assert!(is_too_deep(nested(MAX_DEPTH + 1).as_bytes()));
        let brackets_in_text = format!(r#"{{"a\"{}": "{}"}}"#, "[".repeat(100), "{".repeat(100));
        assert!(!is_too_deep(brackets_in_text.as_bytes()));
        assert!(!is_too_deep("[],".repeat(1000).as_bytes()));
    }
}
