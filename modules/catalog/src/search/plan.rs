//! What is looked for, in the words of the index: each word of a query with everything that also counts as it.

use super::document::WHOLE;

/// How near a word of the index is to the one that was typed. Nearer is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nearness {
    /// The word itself.
    Exact,
    /// Another form of it: `shoe` for `shoes`.
    Inflection,
    /// A word that begins so.
    Prefix,
    /// A word with one typing error; also two words written as one, or one as two.
    OneError,
    /// A word with two typing errors.
    TwoErrors,
}

/// One thing that counts as a word of the query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// Folded words that stand next to each other; mostly one. Of a [`Nearness::Prefix`] it is the beginning.
    pub words: Vec<String>,
    /// How near it is.
    pub nearness: Nearness,
}

impl Alternative {
    /// A single word.
    pub fn word(word: impl Into<String>, nearness: Nearness) -> Self {
        Self { words: vec![word.into()], nearness }
    }
}

/// A word of the query: one of the alternatives must be found. The first is the nearest.
pub type Group = Vec<Alternative>;

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Within {
    /// In every field.
    #[default]
    Everything,
    /// In what products are called by: names, brands, SKUs, tags.
    Names,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// In these fields.
    pub within: Within,
    /// One of each must be found.
    pub groups: Vec<Group>,
    /// Phrases that must not be found.
    pub unwanted: Vec<Vec<String>>,
    /// The query folded, to compare with whole names.
    pub folded: String,
    /// The words of the query as one, to compare with whole SKUs.
    pub compact: String,
}

/// Where a word can be found, and what that is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The name of the product.
    Name,
    /// SKUs and barcodes.
    Sku,
    /// The brand.
    Brand,
    /// The tags.
    Tags,
    /// The values of attributes and options.
    Attributes,
}

impl Field {
    /// All but the description: there a word is worth nothing more than being found.
    pub const ALL: [Self; 5] = [Self::Name, Self::Sku, Self::Brand, Self::Tags, Self::Attributes];

    /// The column filter of the full-text index.
    const fn filter(self) -> &'static str {
        match self {
            Self::Name => "{name} : ",
            Self::Sku => "{sku} : ",
            Self::Brand => "{brand} : ",
            Self::Tags => "{tags} : ",
            Self::Attributes => "{attributes} : ",
        }
    }
}

/// What products are called by. Beginnings of words are looked for only there: in a description nearly everything begins like
/// something.
const NAME_FIELDS: &str = "{name brand sku tags} : ";

impl Plan {
    /// Whether nothing must be found (though something may have to be absent).
    pub fn wants_nothing(&self) -> bool {
        self.groups.is_empty()
    }

    /// The condition that all groups be found, in the language of FTS5. Every word in it is quoted.
    pub fn all_groups(&self) -> String {
        let groups: Vec<_> = self.groups.iter().map(group_anywhere).collect();
        let all = groups.join(" AND ");
        match self.within {
            Within::Everything => all,
            Within::Names => format!("{NAME_FIELDS}({all})"),
        }
    }

    /// What a product must match: all groups, or a SKU that is the whole query.
    pub fn matching(&self) -> String {
        match self.whole_sku() {
            Some(sku) => format!("({}) OR {sku}", self.all_groups()),
            None => self.all_groups(),
        }
    }

    /// The condition that a SKU be the whole query.
    pub fn whole_sku(&self) -> Option<String> {
        let whole = || vec![format!("{WHOLE}{}", self.compact)];
        (!self.compact.is_empty()).then(|| format!("{}{}", Field::Sku.filter(), quoted(&whole())))
    }

    /// The condition that an unwanted phrase be found.
    pub fn any_unwanted(&self) -> Option<String> {
        let phrases: Vec<_> = self.unwanted.iter().map(|words| quoted(words)).collect();
        (!phrases.is_empty()).then(|| phrases.join(" OR "))
    }

    /// The condition that the nearest words of two neighbouring groups stand next to each other in the name.
    pub fn neighbours_in_name(&self, first: usize) -> Option<String> {
        let mut words = self.groups.get(first)?.first()?.words.clone();
        words.extend(self.groups.get(first + 1)?.first()?.words.iter().cloned());
        Some(format!("{}{}", Field::Name.filter(), quoted(&words)))
    }

    /// The condition that the name begins with the nearest word of the first group.
    pub fn name_begins(&self) -> Option<String> {
        let words = &self.groups.first()?.first()?.words;
        Some(format!("{}^ {}", Field::Name.filter(), quoted(words)))
    }
}

/// The condition that a group be found in a field by an alternative of one of these nearnesses; `None` if it has none.
pub fn group_in_field(group: &Group, field: Field, nearness: &[Nearness]) -> Option<String> {
    let found: Vec<_> = group
        .iter()
        .filter(|alternative| nearness.contains(&alternative.nearness))
        .map(|alternative| match alternative.nearness {
            Nearness::Prefix => format!("{} *", quoted(&alternative.words)),
            _ => quoted(&alternative.words),
        })
        .collect();
    (!found.is_empty()).then(|| format!("{}({})", field.filter(), found.join(" OR ")))
}

fn group_anywhere(group: &Group) -> String {
    let found: Vec<_> = group
        .iter()
        .map(|alternative| match alternative.nearness {
            Nearness::Prefix => format!("{NAME_FIELDS}{} *", quoted(&alternative.words)),
            _ => quoted(&alternative.words),
        })
        .collect();
    format!("({})", found.join(" OR "))
}

/// A phrase as FTS5 wants it. Words have only letters and digits; a quote would be doubled all the same.
fn quoted(words: &[String]) -> String {
    format!("\"{}\"", words.join(" ").replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            within: Within::Everything,
            groups: vec![
                vec![Alternative::word("red", Nearness::Exact)],
                vec![
                    Alternative::word("shoe", Nearness::Exact),
                    Alternative::word("shoes", Nearness::Inflection),
                    Alternative::word("shoe", Nearness::Prefix),
                ],
            ],
            unwanted: vec![vec!["high".to_owned(), "heel".to_owned()], vec!["boot".to_owned()]],
            folded: "red shoe".to_owned(),
            compact: "redshoe".to_owned(),
        }
    }

    #[test]
    fn conditions_quote_every_word() {
        let plan = plan();
        assert_eq!(
            plan.matching(),
            format!(
                r#"(("red") AND ("shoe" OR "shoes" OR {{name brand sku tags}} : "shoe" *)) OR {{sku}} : "{WHOLE}redshoe""#
            )
        );
        let names = Plan { within: Within::Names, groups: vec![plan.groups[0].clone()], ..Plan::default() };
        assert_eq!(names.matching(), r#"{name brand sku tags} : (("red"))"#);
        assert_eq!(plan.any_unwanted().as_deref(), Some(r#""high heel" OR "boot""#));
        assert_eq!(plan.neighbours_in_name(0).as_deref(), Some(r#"{name} : "red shoe""#));
        assert_eq!(plan.neighbours_in_name(1), None);
        assert_eq!(
            group_in_field(&plan.groups[1], Field::Tags, &[Nearness::Inflection, Nearness::Prefix])
                .as_deref(),
            Some(r#"{tags} : ("shoes" OR "shoe" *)"#)
        );
        assert_eq!(group_in_field(&plan.groups[0], Field::Name, &[Nearness::TwoErrors]), None);
        assert_eq!(quoted(&["a\" OR b".to_owned()]), r#""a"" OR b""#);
    }
}
