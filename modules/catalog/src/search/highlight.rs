//! Shows where a query was found: HTML-safe text with `<mark>` around the words that counted.

use serde::Serialize;
use vitrine_kernel::text::{WordSpan, spans};

use super::plan::{Nearness, Plan};

/// About how many characters of a description are shown.
const SNIPPET_CHARACTERS: usize = 200;
/// How many of them come before the first word found.
const LEAD_CHARACTERS: usize = 60;

/// The texts of a product with the matched words marked, safe to put into a page as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Highlight {
    /// The whole name.
    pub name: String,
    /// The part of the description around the first word found, or its beginning.
    pub description: String,
}

/// Marks what a plan finds.
pub fn highlight(plan: &Plan, name: &str, description: &str) -> Highlight {
    Highlight {
        name: marked(name, &found(plan, name), 0, name.len()),
        description: snippet(plan, description),
    }
}

/// The byte ranges of the words that count, in order, those that touch made one.
fn found(plan: &Plan, text: &str) -> Vec<(usize, usize)> {
    let words = spans(text);
    let mut marks: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        let length = plan
            .groups
            .iter()
            .flatten()
            .filter(|alternative| matches(rest, &alternative.words, alternative.nearness))
            .map(|alternative| alternative.words.len())
            .max();
        for word in rest.iter().take(length.unwrap_or(0)) {
            match marks.last_mut() {
                Some(last) if last.1 == word.range.start => last.1 = word.range.end,
                _ => marks.push((word.range.start, word.range.end)),
            }
        }
        at += length.unwrap_or(1).max(1);
    }
    marks
}

fn matches(text: &[WordSpan], wanted: &[String], nearness: Nearness) -> bool {
    if text.len() < wanted.len() {
        return false;
    }
    text.iter().zip(wanted).all(|(word, wanted)| match nearness {
        Nearness::Prefix => word.folded.starts_with(wanted.as_str()),
        _ => word.folded == *wanted,
    })
}

fn snippet(plan: &Plan, text: &str) -> String {
    let marks = found(plan, text);
    let first = marks.first().map_or(0, |(start, _)| *start);
    let start = if text.chars().count() <= SNIPPET_CHARACTERS { 0 } else { word_start(text, first) };
    let rest = text.get(start..).unwrap_or_default();
    let end =
        start + rest.char_indices().nth(SNIPPET_CHARACTERS).map_or(rest.len(), |(at, _)| word_end(rest, at));
    let mut shown = String::new();
    if start > 0 {
        shown.push('…');
    }
    shown.push_str(&marked(text, &marks, start, end));
    if end < text.len() {
        shown.push('…');
    }
    shown
}

/// A place to begin: some characters before `at`, at the beginning of a word.
fn word_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let Some((far, _)) = before.char_indices().rev().nth(LEAD_CHARACTERS) else { return 0 };
    let between = text.get(far..at).unwrap_or_default();
    between.find(char::is_whitespace).map_or(far, |blank| {
        far + blank + between.get(blank..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
    })
}

/// A place to end: at the last blank before `at`, if there is one.
fn word_end(text: &str, at: usize) -> usize {
    let cut = text.get(..at).unwrap_or_default();
    let inside = text.get(at..).and_then(|rest| rest.chars().next()).is_some_and(|c| !c.is_whitespace());
    match cut.rfind(char::is_whitespace) {
        Some(blank) if inside && blank > at / 2 => blank,
        _ => at,
    }
}

/// The text between two places, escaped, with the marks that lie inside.
fn marked(text: &str, marks: &[(usize, usize)], start: usize, end: usize) -> String {
    let mut html = String::with_capacity(end - start + marks.len() * 13);
    let mut at = start;
    for &(from, to) in marks.iter().filter(|(from, to)| *from >= start && *to <= end) {
        escape(&mut html, text.get(at..from).unwrap_or_default());
        html.push_str("<mark>");
        escape(&mut html, text.get(from..to).unwrap_or_default());
        html.push_str("</mark>");
        at = to;
    }
    escape(&mut html, text.get(at..end).unwrap_or_default());
    html
}

fn escape(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use vitrine_kernel::text::fold;

    use super::super::plan::Alternative;
    use super::*;

    fn plan(alternatives: &[(&str, Nearness)]) -> Plan {
        let group = |(words, nearness): &(&str, Nearness)| {
            vec![Alternative { words: words.split(' ').map(str::to_owned).collect(), nearness: *nearness }]
        };
        Plan { groups: alternatives.iter().map(group).collect(), ..Plan::default() }
    }

    #[rstest]
    #[case("Red SHOES & <b>", &[("shoes", Nearness::Inflection)], "Red <mark>SHOES</mark> &amp; &lt;b&gt;")]
    #[case("Crème brûlée", &[("creme", Nearness::Exact)], "<mark>Crème</mark> brûlée")]
    #[case("iPhone 13 Pro", &[("ipho", Nearness::Prefix)], "<mark>iPhone</mark> 13 Pro")]
    #[case("red shoe, red", &[("red shoe", Nearness::Exact)], "<mark>red</mark> <mark>shoe</mark>, red")]
    #[case("手机壳", &[("手 机", Nearness::Exact)], "<mark>手机</mark>壳")]
    #[case("<mark>", &[("mark", Nearness::Exact)], "&lt;<mark>mark</mark>&gt;")]
    #[case("\"O'Brien's\"", &[("obriens", Nearness::Exact)], "&quot;<mark>O&#39;Brien&#39;s</mark>&quot;")]
    #[case("nothing", &[], "nothing")]
    fn found_words_are_marked(
        #[case] text: &str,
        #[case] alternatives: &[(&str, Nearness)],
        #[case] wanted: &str,
    ) {
        assert_eq!(highlight(&plan(alternatives), text, "").name, wanted);
    }

    #[test]
    fn a_long_description_is_cut_around_the_first_word_found() {
        let text = format!("{}the needle here {}", "some hay ".repeat(100), "more hay ".repeat(100));
        let shown = highlight(&plan(&[("needle", Nearness::Exact)]), "", &text).description;
        assert!(shown.starts_with('…') && shown.ends_with('…'), "{shown}");
        assert!(shown.contains("the <mark>needle</mark> here more hay"), "{shown}");
        assert!(shown.chars().count() < SNIPPET_CHARACTERS + 20, "{shown}");
        assert!(!shown.contains("…ay") && !shown.contains("ha…"), "cut at a word: {shown}");
        let beginning = highlight(&plan(&[("absent", Nearness::Exact)]), "", &text).description;
        assert!(beginning.starts_with("some hay"));
        assert_eq!(
            highlight(&plan(&[("needle", Nearness::Exact)]), "", "a needle").description,
            "a <mark>needle</mark>"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_can_break_out_of_the_html(text in "(?s).{0,400}", word in "\\w{1,3}") {
            let words = fold(&word);
            let plan = plan(&[(words.as_str(), Nearness::Prefix)]);
            let shown = highlight(&plan, &text, &text);
            for html in [shown.name, shown.description] {
                let bare = html.replace("<mark>", "").replace("</mark>", "");
                proptest::prop_assert!(!bare.contains(['<', '>', '"', '\'']));
                proptest::prop_assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count());
            }
        }
    }
}
