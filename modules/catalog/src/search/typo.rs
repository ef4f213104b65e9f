//! How far words are from each other, in typing errors: a letter too many, one missing, one wrong, two neighbours swapped
//! (optimal string alignment).

/// The most errors that still leave a word recognisable. Numbers have no typing errors: `13` is not a mistaken `12`.
pub fn tolerated(word: &str) -> usize {
    if !word.chars().any(char::is_alphabetic) {
        return 0;
    }
    match word.chars().count() {
        3..=7 => 1,
        8..=40 => 2,
        // A letter of two says too little; a word of fifty nobody types, and comparing it would only cost.
        _ => 0,
    }
}

/// The errors between two words, `None` if more than `most`.
pub fn distance(typed: &[char], word: &[char], most: usize) -> Option<usize> {
    if typed.len().abs_diff(word.len()) > most {
        return None;
    }
    let last = last_row(typed, word, most)?;
    last.last().copied().filter(|errors| *errors <= most)
}

/// The errors between what was typed and the best beginning of a word, `None` if more than `most`: for words that are
/// still being typed.
pub fn distance_to_beginning(typed: &[char], word: &[char], most: usize) -> Option<usize> {
    // What comes later in the word can't be part of the best beginning.
    let word = word.get(..word.len().min(typed.len() + most))?;
    last_row(typed, word, most)?.into_iter().min().filter(|errors| *errors <= most)
}

/// The errors between all that was typed and each beginning of the word; `None` as soon as all are more than `most`.
fn last_row(typed: &[char], word: &[char], most: usize) -> Option<Vec<usize>> {
    let mut before_previous = Vec::new();
    let mut previous: Vec<usize> = (0..=word.len()).collect();
    let mut typed_before = None;
    for (row, &letter) in typed.iter().enumerate() {
        let mut current = Vec::with_capacity(word.len() + 1);
        current.push(row + 1);
        let mut word_before = None;
        for (column, &other) in word.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
            let mut errors = at(&previous, column) + usize::from(letter != other);
            errors = errors.min(at(&previous, column + 1) + 1).min(at(&current, column) + 1);
            let swapped = column > 0 && typed_before == Some(other) && word_before == Some(letter);
            if swapped {
                errors = errors.min(at(&before_previous, column - 1) + 1);
            }
            current.push(errors);
            word_before = Some(other);
        }
        // A swap reaches back two rows, so both must be hopeless.
        let hopeless = |row: &[usize]| row.iter().all(|errors| *errors > most);
        if hopeless(&current) && hopeless(&previous) {
            return None;
        }
        before_previous = std::mem::replace(&mut previous, current);
        typed_before = Some(letter);
    }
    Some(previous)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[rstest]
    #[case("tv", 0)]
    #[case("pan", 1)]
    #[case("mascara", 1)]
    #[case("lipstick", 2)]
    #[case("пудра", 1)]
    #[case("9300", 0)]
    #[case("手", 0)]
    fn short_words_tolerate_less(#[case] word: &str, #[case] errors: usize) {
        assert_eq!(tolerated(word), errors);
        assert_eq!(tolerated(&"x".repeat(41)), 0);
    }

    #[rstest]
    #[case("iphnoe", "iphone", Some(1))]
    #[case("iph", "iphone", Some(0))]
    #[case("ipohn", "iphone", Some(1))]
    #[case("xbox", "iphone", None)]
    fn beginnings_are_compared_for_what_is_being_typed(
        #[case] typed: &str,
        #[case] word: &str,
        #[case] errors: Option<usize>,
    ) {
        assert_eq!(distance_to_beginning(&chars(typed), &chars(word), 1), errors);
    }

    proptest::proptest! {
        #[test]
        fn the_distance_is_that_of_the_reference(left in "[abc]{0,9}", right in "[abc]{0,9}", most in 0_usize..4) {
            let reference = Some(strsim::osa_distance(&left, &right)).filter(|errors| *errors <= most);
            proptest::prop_assert_eq!(distance(&chars(&left), &chars(&right), most), reference);
        }

        #[test]
        fn the_distance_to_a_beginning_is_the_least_of_all(left in "[abc]{0,6}", right in "[abc]{0,9}", most in 0_usize..3) {
            let reference = (0..=right.len()).map(|end| strsim::osa_distance(&left, &right[..end])).min().filter(|errors| *errors <= most);
            proptest::prop_assert_eq!(distance_to_beginning(&chars(&left), &chars(&right), most), reference);
        }
    }
}
