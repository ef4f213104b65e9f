//! Conditions in the language of FTS5, SQLite's full text. Every word in it is quoted.

use crate::search::condition::{Condition, Scope, Words};
use crate::search::plan::Field;

/// A condition as `MATCH` reads it.
pub(super) fn query(condition: &Condition) -> String {
    match condition {
        Condition::Words(words) => of_words(words),
        Condition::All(all) => joined(all, " AND "),
        Condition::Any(any) => joined(any, " OR "),
    }
}

fn joined(conditions: &[Condition], operator: &str) -> String {
    let parts: Vec<_> = conditions.iter().map(query).collect();
    format!("({})", parts.join(operator))
}

fn of_words(words: &Words) -> String {
    let columns = match words.scope {
        Scope::Anywhere => "",
        Scope::Names => "{name brand sku tags} : ",
        Scope::In(Field::Name) => "{name} : ",
        Scope::In(Field::Sku) => "{sku} : ",
        Scope::In(Field::Brand) => "{brand} : ",
        Scope::In(Field::Tags) => "{tags} : ",
        Scope::In(Field::Attributes) => "{attributes} : ",
    };
    let (start, end) = (if words.at_start { "^ " } else { "" }, if words.is_prefix { " *" } else { "" });
    // Words have only letters and digits; a quote would be doubled all the same.
    format!("{columns}{start}\"{}\"{end}", words.words.join(" ").replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_quote_every_word() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let found = Condition::All(vec![
            Condition::words(&words("red"), Scope::Anywhere),
            Condition::Any(vec![
                Condition::words(&words("high heel"), Scope::In(Field::Tags)),
                Condition::prefix(&words("shoe"), Scope::Names),
            ]),
        ]);
        assert_eq!(
            query(&found),
            r#"("red" AND ({tags} : "high heel" OR {name brand sku tags} : "shoe" *))"#
        );
        assert_eq!(query(&Condition::start(&words("red"), Field::Name)), r#"{name} : ^ "red""#);
        assert_eq!(query(&Condition::words(&["a\" OR b".to_owned()], Scope::Anywhere)), r#""a"" OR b""#);
    }
}
