//! Text as search and sorting see it: case and accents folded, in any script.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Folds text for comparison: compatibility decomposition (NFKD), no combining marks, lower case, a few letters that
/// don't decompose (`ß`, `ø`, `đ`, `ł`, …) as their readers type them, white space collapsed.
///
/// `fold("Crème  BRÛLÉE")` is `creme brulee`; `fold("Straße")` is `strasse`.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut space_pending = false;
    for character in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if character.is_whitespace() {
            space_pending = !folded.is_empty();
            continue;
        }
        if space_pending {
            folded.push(' ');
            space_pending = false;
        }
        match character {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'þ' => folded.push_str("th"),
            'ς' => folded.push('σ'),
            // "İ" lowers to "i" and a combining dot that the filter above has not seen.
            c if is_combining_mark(c) => {}
            c => folded.push(c),
        }
    }
    folded
}

/// Splits text into the words that search compares, folded. Letters and digits make words; everything else divides them.
/// Scripts written without spaces (Han, kana, Thai, …) give one word a character: a search for several of them is a
/// search for the phrase.
pub fn words(text: &str) -> Vec<String> {
    spans(text).into_iter().map(|word| word.folded).collect()
}

/// A word and where it stands in the original text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordSpan {
    /// The folded word.
    pub folded: String,
    /// Byte offsets in the original text.
    pub range: std::ops::Range<usize>,
}

/// Like [`words`], with the place of each word: for highlighting.
pub fn spans(text: &str) -> Vec<WordSpan> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices() {
        let joins = character.is_alphanumeric()
            || is_combining_mark(character)
            || is_apostrophe_inside(text, at, character);
        if joins && !stands_alone(character) {
            start.get_or_insert(at);
            continue;
        }
        if let Some(from) = start.take() {
            push_span(&mut found, text, from..at);
        }
        if joins {
            push_span(&mut found, text, at..at + character.len_utf8());
        }
    }
    if let Some(from) = start {
        push_span(&mut found, text, from..text.len());
    }
    found
}

fn push_span(found: &mut Vec<WordSpan>, text: &str, range: std::ops::Range<usize>) {
    let Some(word) = text.get(range.clone()) else { return };
    let folded: String = fold(word).chars().filter(|c| c.is_alphanumeric()).collect();
    if !folded.is_empty() {
        found.push(WordSpan { folded, range });
    }
}

/// `O'Brien` and `don't` are one word each, as people search them without the apostrophe.
fn is_apostrophe_inside(text: &str, at: usize, character: char) -> bool {
    matches!(character, '\'' | '’')
        && text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(char::is_alphabetic)
        && text
            .get(at + character.len_utf8()..)
            .and_then(|after| after.chars().next())
            .is_some_and(char::is_alphabetic)
}

/// Whether the character belongs to a script that is written without spaces between words.
pub const fn stands_alone(character: char) -> bool {
    matches!(character,
        '\u{0E00}'..='\u{0EFF}'       // Thai, Lao
        | '\u{1000}'..='\u{109F}'     // Myanmar
        | '\u{1780}'..='\u{17FF}'     // Khmer
        | '\u{3040}'..='\u{30FF}'     // Hiragana, Katakana
        | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}'     // Han
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_accents_and_width() {
        for (text, wanted) in [
            ("Crème  BRÛLÉE", "creme brulee"),
            ("Straße", "strasse"),
            ("Søren Łódź", "soren lodz"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
            ("İstanbul", "istanbul"),
            ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
            ("Ёлка", "елка"),
        ] {
            assert_eq!(fold(text), wanted);
        }
    }

    #[test]
    fn words_divide_at_everything_but_letters_and_digits() {
        assert_eq!(words("O'Brien's 4K-TV (50\")"), ["obriens", "4k", "tv", "50"]);
        assert_eq!(words("手机 case"), ["手", "机", "case"]);
        assert_eq!(words("Кофе-машина"), ["кофе", "машина"]);
        assert!(words(" \"'-%& ").is_empty());
    }

    #[test]
    fn spans_point_into_the_original() {
        let text = "Die Größe: 5µm";
        for span in spans(text) {
            assert_eq!(fold(&text[span.range.clone()]), span.folded);
        }
    }
}
