//! Reads what a person typed into a search box. Every text is a valid query; none can fail.
//!
//! Words are looked for, `"words in quotes"` as they stand, next to each other, and `-words` or `-"words in quotes"` must not
//! be there. Everything else is text. Only folded letters and digits leave this module, so nothing of the search engine's
//! own syntax can come through.

use std::ops::Range;

use vitrine_kernel::text::{WordSpan, fold, spans, stands_alone, words};

/// More words than this say nothing more about what is looked for.
const MAX_WORDS: usize = 32;
/// What is read of a longer text.
const MAX_CHARACTERS: usize = 2_000;
/// No SKU is longer.
const MAX_COMPACT_CHARACTERS: usize = 100;

/// A part of a query that must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A word, which may stand in the text inflected, or misspelt here.
    Word(String),
    /// Words as they stand, next to each other.
    Phrase(Vec<String>),
}

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchQuery {
    /// All of these must be found.
    pub wanted: Vec<Part>,
    /// None of these phrases may be found.
    pub unwanted: Vec<Vec<String>>,
    /// The text folded, to compare with whole names.
    pub folded: String,
    /// The wanted words without anything between them, to compare with whole SKUs.
    pub compact: String,
}

impl SearchQuery {
    /// Reads a text.
    pub fn parse(text: &str) -> Self {
        let end = text.char_indices().nth(MAX_CHARACTERS).map_or(text.len(), |(at, _)| at);
        // Databases differ in what they make of NUL; to people it is nothing.
        let text = text.get(..end).unwrap_or_default().replace('\0', " ");
        let mut query = Self { folded: fold(&text), ..Self::default() };
        for token in tokens(&text) {
            if query.word_count() >= MAX_WORDS {
                break;
            }
            query.take(&token);
        }
        query.compact.truncate(
            query
                .compact
                .char_indices()
                .nth(MAX_COMPACT_CHARACTERS)
                .map_or(query.compact.len(), |(at, _)| at),
        );
        query
    }

    /// Whether nothing was asked: not even a sign.
    pub fn is_blank(&self) -> bool {
        self.folded.is_empty()
    }

    /// Whether something was typed, but nothing that can be looked for: signs only. It is found nowhere.
    pub fn finds_nothing(&self) -> bool {
        !self.is_blank() && self.wanted.is_empty() && self.unwanted.is_empty()
    }

    fn word_count(&self) -> usize {
        let of_part = |part: &Part| match part {
            Part::Word(_) => 1,
            Part::Phrase(words) => words.len(),
        };
        self.wanted.iter().map(of_part).sum::<usize>() + self.unwanted.iter().map(Vec::len).sum::<usize>()
    }

    fn take(&mut self, token: &Token<'_>) {
        let room = MAX_WORDS.saturating_sub(self.word_count());
        if token.unwanted {
            let phrase: Vec<_> = words(token.text).into_iter().take(room).collect();
            if !phrase.is_empty() && !self.unwanted.contains(&phrase) {
                self.unwanted.push(phrase);
            }
            return;
        }
        let found: Vec<_> = spans(token.text).into_iter().take(room).collect();
        self.compact.extend(found.iter().map(|span| span.folded.as_str()));
        if token.quoted {
            if !found.is_empty() {
                self.want(Part::Phrase(found.into_iter().map(|span| span.folded).collect()));
            }
            return;
        }
        for run in runs(&found) {
            match run {
                [word] => self.want(Part::Word(word.folded.clone())),
                run => self.want(Part::Phrase(run.iter().map(|span| span.folded.clone()).collect())),
            }
        }
    }

    fn want(&mut self, part: Part) {
        if !self.wanted.contains(&part) {
            self.wanted.push(part);
        }
    }
}

struct Token<'a> {
    text: &'a str,
    quoted: bool,
    unwanted: bool,
}

/// Divides at white space and quotes. A quote that is never closed opens nothing.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let after_dash =
            rest.strip_prefix('-').filter(|after| after.starts_with(|c: char| !c.is_whitespace()));
        let (unwanted, body) = after_dash.map_or((false, rest), |after| (true, after));
        if let Some((inside, after)) = quotation(body) {
            found.push(Token { text: inside, quoted: true, unwanted });
            rest = after.trim_start();
            continue;
        }
        let end = end_of_word(body).max(body.chars().next().unwrap_or(first).len_utf8());
        let (word, after) = body.split_at(end);
        found.push(Token { text: word, quoted: false, unwanted });
        rest = after.trim_start();
    }
    found
}

const fn is_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„' | '«' | '»')
}

/// What stands between the quote that `text` begins with and the next one, and what follows that.
fn quotation(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix(is_quote)?;
    let end = inside.find(is_quote)?;
    let after = inside.get(end..)?.strip_prefix(is_quote)?;
    Some((inside.get(..end)?, after))
}

/// Where the word that `text` begins with ends: at white space, or at a quote that is not an inch mark (`27"`).
fn end_of_word(text: &str) -> usize {
    let mut previous = ' ';
    for (at, character) in text.char_indices() {
        let opens_phrase = at > 0 && is_quote(character) && !previous.is_numeric();
        if character.is_whitespace() || opens_phrase {
            return at;
        }
        previous = character;
    }
    text.len()
}

/// Words of scripts without spaces, each one character, belong together where they touch; other words stand alone.
fn runs(found: &[WordSpan]) -> Vec<&[WordSpan]> {
    let alone = |span: &WordSpan| span.folded.chars().next().is_some_and(stands_alone);
    let touch = |left: &Range<usize>, right: &Range<usize>| left.end == right.start;
    found.chunk_by(|left, right| alone(left) && alone(right) && touch(&left.range, &right.range)).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn word(text: &str) -> Part {
        Part::Word(text.to_owned())
    }

    fn phrase(text: &str) -> Part {
        Part::Phrase(text.split(' ').map(str::to_owned).collect())
    }

    #[rstest]
    #[case("Red  DRESS", vec![word("red"), word("dress")])]
    #[case("\"red dress\" long", vec![phrase("red dress"), word("long")])]
    #[case("long\"red dress\"", vec![word("long"), phrase("red dress")])]
    #[case("“Crème brûlée”", vec![phrase("creme brulee")])]
    #[case("\"exact\"", vec![phrase("exact")])]
    #[case("red \"dress long", vec![word("red"), word("dress"), word("long")])]
    #[case("27\" monitor stand", vec![word("27"), word("monitor"), word("stand")])]
    #[case("\"27\" monitor\"", vec![phrase("27"), word("monitor")])]
    #[case("t-shirt", vec![word("t"), word("shirt")])]
    #[case("O'Brien 50%", vec![word("obrien"), word("50")])]
    #[case("手机 case 壳", vec![phrase("手 机"), word("case"), word("壳")])]
    #[case("red red RED", vec![word("red")])]
    #[case("a AND b OR NOT NEAR(c d) col:x ^y z*", "a and b or not near c d col x y z".split(' ').map(word).collect())]
    fn texts_are_read_as_people_mean_them(#[case] text: &str, #[case] wanted: Vec<Part>) {
        let query = SearchQuery::parse(text);
        assert_eq!((query.wanted, query.unwanted), (wanted, Vec::<Vec<String>>::new()));
    }

    #[rstest]
    #[case("-red", &["red"])]
    #[case("dress -red -\"long sleeve\"", &["red", "long sleeve"])]
    #[case("dress -t-shirt", &["t shirt"])]
    #[case("dress --red", &["red"])]
    #[case("dress - red a-b -- -! -\"\"", &[])]
    #[case("-\"open end", &["open"])]
    fn a_dash_before_a_word_means_not(#[case] text: &str, #[case] unwanted: &[&str]) {
        let found: Vec<_> = SearchQuery::parse(text).unwanted.iter().map(|words| words.join(" ")).collect();
        assert_eq!(found, unwanted);
    }

    #[rstest]
    #[case("", true, false)]
    #[case(" \t\u{3000}", true, false)]
    #[case("%", false, true)]
    #[case("\"", false, true)]
    #[case("-", false, true)]
    #[case("!!!'", false, true)]
    #[case("-red", false, false)]
    fn nothing_and_signs_are_told_apart(#[case] text: &str, #[case] blank: bool, #[case] nothing: bool) {
        let query = SearchQuery::parse(text);
        assert_eq!((query.is_blank(), query.finds_nothing()), (blank, nothing));
    }

    #[test]
    fn long_texts_are_cut() {
        let many = (0..1_000).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(SearchQuery::parse(&many).wanted.len(), MAX_WORDS);
        let inside = SearchQuery::parse(&format!("\"{many}\" -\"{many}\""));
        assert!(inside.word_count() <= MAX_WORDS);
        let endless = SearchQuery::parse(&"ж".repeat(100_000));
        assert_eq!(endless.compact.chars().count(), MAX_COMPACT_CHARACTERS);
    }

    #[test]
    fn a_sku_is_compared_without_its_punctuation() {
        assert_eq!(SearchQuery::parse("BEA-ESS-ESS-001").compact, "beaessess001");
        assert_eq!(SearchQuery::parse("abc 123 -red").compact, "abc123");
    }

    proptest::proptest! {
        #[test]
        fn only_folded_letters_and_digits_come_out(text in "(?s).{0,300}") {
            let query = SearchQuery::parse(&text);
            let mut all = query.unwanted.concat();
            for part in query.wanted.clone() {
                match part {
                    Part::Word(word) => all.push(word),
                    Part::Phrase(words) => all.extend(words),
                }
            }
            proptest::prop_assert!(all.len() <= MAX_WORDS && !query.folded.contains('\0'));
            for word in all {
                proptest::prop_assert!(!word.is_empty() && word.chars().all(char::is_alphanumeric));
            }
        }
    }
}
