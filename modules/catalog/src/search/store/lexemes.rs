//! What PostgreSQL's index holds: the folded words as lexemes, without any of its dictionaries. Two vectors a product:
//!
//! - `document` is matched, through the index: every word, and once more with a mark in front those that products are called by.
//!   Without weights, so the index alone answers; only phrases are compared with the rows.
//! - `fields` is what ranks: the words of the name have weight A, those of the SKUs B, of the brand C, of the tags D; those of the
//!   attributes are marked, for there are but four weights; and so is the first word of the name.
//!
//! Marks are characters for private use, which the analyzer takes out of every text.

use std::collections::{BTreeMap, BTreeSet};

use crate::search::condition::{Condition, Scope, Words};
use crate::search::document::{BREAK, SearchDocument, WHOLE};
use crate::search::plan::Field;

/// Before words that products are called by, in `document`.
const NAMES: &str = "\u{E002}";
/// Before the first word of the name, in `fields`.
const START: &str = "\u{E003}";
/// Before words of attributes, in `fields`.
const ATTRIBUTE: &str = "\u{E004}";

/// Longer words are the same if they begin the same; a lexeme has at most 2,046 bytes.
const MOST_BYTES: usize = 1_000;
/// The last position there is; words behind it are found, but not as parts of phrases.
const LAST_POSITION: usize = 16_383;
/// More places of one word are not kept; PostgreSQL keeps one less than this.
const MOST_POSITIONS: usize = 255;
/// A vector has at most 1,048,575 bytes; words that would make it larger are left out.
const MOST_VECTOR_BYTES: usize = 1_000_000;

/// Words of the vocabulary have so many characters at most; nobody mistypes or completes longer ones.
const LONGEST_WORD: usize = 64;

/// The two vectors of a product, as PostgreSQL reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Vectors {
    pub(super) fields: String,
    pub(super) document: String,
}

impl Vectors {
    pub(super) fn of(document: &SearchDocument) -> Self {
        let (mut fields, mut all) = (Vector::default(), Vector::default());
        for (text, weight) in
            [(&document.name, 'A'), (&document.sku, 'B'), (&document.brand, 'C'), (&document.tags, 'D')]
        {
            let start = fields.next;
            fields.add(text, "", Some(weight));
            all.add(text, "", None);
            all.next = start;
            all.add(text, NAMES, None);
        }
        if let Some(first) = document.name.split(' ').next().filter(|word| !word.is_empty()) {
            fields.add_at(1, first, START, Some('A'));
        }
        fields.add(&document.attributes, ATTRIBUTE, None);
        all.add(&document.attributes, "", None);
        all.add(&document.description, "", None);
        Self { fields: fields.written(), document: all.written() }
    }
}

struct Vector {
    /// The position of the next word.
    next: usize,
    bytes: usize,
    lexemes: BTreeMap<String, Vec<(usize, Option<char>)>>,
}

impl Default for Vector {
    fn default() -> Self {
        Self { next: 1, bytes: 0, lexemes: BTreeMap::new() }
    }
}

impl Vector {
    /// Adds a text. The next one does not touch it, so no phrase reaches over.
    fn add(&mut self, text: &str, mark: &str, weight: Option<char>) {
        if text.is_empty() {
            return;
        }
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            // Whole codes are in no other field, so nobody looks for them among names.
            let is_needless = mark == NAMES && word.starts_with(WHOLE);
            if word != BREAK && !is_needless {
                self.add_at(self.next, word, mark, weight);
            }
            self.next += 1;
        }
        self.next += 1;
    }

    fn add_at(&mut self, position: usize, word: &str, mark: &str, weight: Option<char>) {
        let lexeme = marked(mark, word);
        if !self.lexemes.contains_key(&lexeme) {
            // What the server needs beside the letters: their end aligned, and how many positions there are.
            self.bytes += lexeme.len() + 4;
        }
        if self.bytes > MOST_VECTOR_BYTES {
            return;
        }
        let positions = self.lexemes.entry(lexeme).or_default();
        if position <= LAST_POSITION && positions.len() < MOST_POSITIONS {
            positions.push((position, weight));
            self.bytes += 2;
        }
    }

    /// `'lexeme':1A,5B 'other':2`
    fn written(&self) -> String {
        let mut text = String::with_capacity(self.bytes * 2);
        for (lexeme, positions) in &self.lexemes {
            text.push_str(&quoted(lexeme));
            let mut separator = ':';
            for (position, weight) in positions {
                text.push(separator);
                text.push_str(&position.to_string());
                text.extend(weight);
                separator = ',';
            }
            text.push(' ');
        }
        text
    }
}

/// The words that a product brings into the vocabulary. Codes with digits are left out: they are as many as products, and nobody wants
/// them as completions.
pub(super) fn vocabulary(document: &SearchDocument) -> BTreeSet<&str> {
    let texts =
        [&document.name, &document.brand, &document.tags, &document.attributes, &document.description];
    let codes = document.sku.split(' ').filter(|word| word.chars().all(char::is_alphabetic));
    texts
        .into_iter()
        .flat_map(|text| text.split(' '))
        .chain(codes)
        .filter(|word| *word != BREAK && !word.starts_with(WHOLE))
        .filter(|word| (2..=LONGEST_WORD).contains(&word.chars().count()))
        .collect()
}

/// A condition on `document`.
pub(super) fn document_query(condition: &Condition) -> String {
    query(condition, &|words| match words.scope {
        Scope::Names => (NAMES, ""),
        // One field is told from the others in `fields` alone.
        Scope::Anywhere | Scope::In(_) => ("", ""),
    })
}

/// A condition on `fields`.
pub(super) fn fields_query(condition: &Condition) -> String {
    query(condition, &|words| match words.scope {
        Scope::In(Field::Name) => ("", "A"),
        Scope::In(Field::Sku) => ("", "B"),
        Scope::In(Field::Brand) => ("", "C"),
        Scope::In(Field::Tags) => ("", "D"),
        Scope::In(Field::Attributes) => (ATTRIBUTE, ""),
        Scope::Anywhere | Scope::Names => ("", ""),
    })
}

/// In the language of `tsquery`. `place` says the mark and the weights of words.
fn query(condition: &Condition, place: &dyn Fn(&Words) -> (&'static str, &'static str)) -> String {
    let joined = |conditions: &[Condition], operator: &str| {
        let parts: Vec<_> = conditions.iter().map(|condition| query(condition, place)).collect();
        format!("({})", parts.join(operator))
    };
    match condition {
        Condition::All(all) => joined(all, " & "),
        Condition::Any(any) => joined(any, " | "),
        Condition::Words(words) => {
            let (mark, weights) = place(words);
            let last = words.words.len().saturating_sub(1);
            let lexeme = |(at, word): (usize, &String)| {
                let mark = if words.at_start && at == 0 { START } else { mark };
                let star = if words.is_prefix && at == last { "*" } else { "" };
                let colon = if weights.is_empty() && star.is_empty() { "" } else { ":" };
                format!("{}{colon}{star}{weights}", quoted(&marked(mark, word)))
            };
            let lexemes: Vec<_> = words.words.iter().enumerate().map(lexeme).collect();
            format!("({})", lexemes.join(" <-> "))
        }
    }
}

fn marked(mark: &str, word: &str) -> String {
    let mut end = word.len().min(MOST_BYTES);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    format!("{mark}{}", word.get(..end).unwrap_or_default())
}

/// Words have only letters and digits; what could end the quotes is doubled all the same.
fn quoted(lexeme: &str) -> String {
    format!("'{}'", lexeme.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> SearchDocument {
        SearchDocument {
            whole_name: "red shoe".to_owned(),
            name: "red shoe".to_owned(),
            brand: "acme".to_owned(),
            sku: format!("ess 001 {BREAK} ess001 {BREAK} {WHOLE}ess001"),
            tags: format!("new {BREAK} red"),
            attributes: "leather".to_owned(),
            description: "a red x".to_owned(),
        }
    }

    #[test]
    fn places_are_kept_apart() {
        let vectors = Vectors::of(&document());
        assert_eq!(
            vectors.fields,
            format!(
                "'001':5B 'acme':11C 'ess':4B 'ess001':7B 'new':13D 'red':1A,15D 'shoe':2A \
                 '{WHOLE}ess001':9B '{START}red':1A '{ATTRIBUTE}leather':17 "
            )
        );
        let document = vectors.document;
        assert!(document.contains("'red':1,15,20 ") && document.contains("'leather':17 "), "{document}");
        assert!(document.contains(&format!("'{NAMES}red':1,15 ")), "{document}");
        assert!(!document.contains(&format!("'{NAMES}leather'")), "{document}");
    }

    #[test]
    fn codes_are_no_vocabulary() {
        let document = document();
        let words: Vec<_> = vocabulary(&document).into_iter().collect();
        assert_eq!(words, ["acme", "ess", "leather", "new", "red", "shoe"]);
    }

    #[test]
    fn a_vector_is_never_too_large_for_the_server() {
        let word = "x".repeat(5_000);
        let many: String = (0..300_000).fold(String::new(), |text, n| text + &format!("word{n} "));
        let vectors = Vectors::of(&SearchDocument {
            description: format!("{word} {} {many}", "again ".repeat(20_000)),
            ..SearchDocument::default()
        });
        assert!(vectors.document.len() < 3_000_000);
        assert!(vectors.document.starts_with("'again':2,3,4,"));
        assert_eq!(vectors.document.matches('x').count(), MOST_BYTES);
        let lexemes = vectors.document.split(' ');
        assert!(lexemes.map(str::len).sum::<usize>() < 2 * MOST_VECTOR_BYTES);
    }

    #[test]
    fn conditions_quote_every_word() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let found = Condition::All(vec![
            Condition::words(&words("red"), Scope::Anywhere),
            Condition::Any(vec![
                Condition::words(&words("high heel"), Scope::Anywhere),
                Condition::prefix(&words("shoe"), Scope::Names),
            ]),
        ]);
        assert_eq!(document_query(&found), format!("(('red') & (('high' <-> 'heel') | ('{NAMES}shoe':*)))"));
        let tags = Scope::In(Field::Tags);
        assert_eq!(fields_query(&Condition::words(&words("high heel"), tags)), "('high':D <-> 'heel':D)");
        assert_eq!(fields_query(&Condition::prefix(&words("high"), tags)), "('high':*D)");
        let start = Condition::start(&words("red shoe"), Field::Name);
        assert_eq!(fields_query(&start), format!("('{START}red':A <-> 'shoe':A)"));
        let attribute = Condition::words(&words("red"), Scope::In(Field::Attributes));
        assert_eq!(fields_query(&attribute), format!("('{ATTRIBUTE}red')"));
        assert_eq!(
            document_query(&Condition::words(&["a' | 'b\\".to_owned()], Scope::Anywhere)),
            "('a'' | ''b\\\\')"
        );
    }
}
