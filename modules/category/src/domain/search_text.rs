//! What people type into a search box, as words that are safe to search for.

use vitrine_kernel::text;

/// More than this helps nobody, and the engine has limits of its own.
const MOST_TERMS: usize = 24;

/// A search: never empty, never a query language that can fail.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SearchText {
    /// What was typed, folded: to recognise a name typed in full.
    pub folded: String,
    /// All of these must be there.
    pub wanted: Vec<Term>,
    /// None of these may be there.
    pub unwanted: Vec<Term>,
}

/// Words in a row, folded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Term {
    /// At least one word.
    pub words: Vec<String>,
    /// Whether the last word may go on (`sho` finds shoes): so for what was not put in quotes.
    pub open_ended: bool,
}

impl SearchText {
    /// Reads words, `"phrases"` and `-not`. `None` when there is no letter or digit in it: then there is nothing to search for.
    pub fn parse(typed: &str) -> Option<Self> {
        let mut search = Self { folded: text::fold(typed), wanted: Vec::new(), unwanted: Vec::new() };
        let mut rest = typed.trim_start();
        while !rest.is_empty() && search.wanted.len() + search.unwanted.len() < MOST_TERMS {
            let (negated, unsigned) = match rest.strip_prefix('-') {
                Some(after) if !after.starts_with(char::is_whitespace) => (true, after),
                _ => (false, rest),
            };
            let quoted = unsigned.strip_prefix('"');
            let (chunk, after) = match quoted {
                Some(open) => open.split_once('"').unwrap_or((open, "")),
                None => unsigned.split_at(
                    unsigned.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(unsigned.len()),
                ),
            };
            let words = text::words(chunk);
            if !words.is_empty() {
                let term = Term { words, open_ended: quoted.is_none() && !negated };
                if negated { &mut search.unwanted } else { &mut search.wanted }.push(term);
            }
            rest = after.trim_start();
        }
        (!search.wanted.is_empty() || !search.unwanted.is_empty()).then_some(search)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(terms: &[Term]) -> Vec<String> {
        terms.iter().map(|term| term.words.join(" ") + if term.open_ended { "*" } else { "" }).collect()
    }

    #[test]
    fn words_phrases_and_exclusions_are_told_apart() {
        let search = SearchText::parse("Größe \"Home Theater\" -kids -\"old stock\" 4K-TV").expect("words");
        assert_eq!(terms(&search.wanted), ["grosse*", "home theater", "4k tv*"]);
        assert_eq!(terms(&search.unwanted), ["kids", "old stock"]);
    }

    #[test]
    fn a_text_without_words_searches_for_nothing() {
        for typed in ["", "  ", "\"", "-", "- -", "!!! ***", "\"\" -\"\"", "AND\u{0}".get(3..).unwrap_or("")]
        {
            assert_eq!(SearchText::parse(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn anything_can_be_typed(typed in "\\PC{0,200}") {
            let search = SearchText::parse(&typed);
            let count = search.map_or(0, |search| search.wanted.len() + search.unwanted.len());
            prop_assert!(count <= MOST_TERMS);
        }
    }
}
