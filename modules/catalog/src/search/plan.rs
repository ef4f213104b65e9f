//! What is looked for, in the words of the index: each word of a query with everything that also counts as it.

use super::condition::{Condition, Scope};
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
}

impl Plan {
    /// Whether nothing must be found (though something may have to be absent).
    pub fn wants_nothing(&self) -> bool {
        self.groups.is_empty()
    }

    /// The condition that all groups be found; `None` where nothing must be.
    pub fn all_groups(&self) -> Option<Condition> {
        Condition::all(self.groups.iter().filter_map(|group| self.group(group)).collect())
    }

    /// Beginnings of words are looked for only in what products are called by: in a description nearly everything begins like
    /// something.
    fn group(&self, group: &Group) -> Option<Condition> {
        let scope = match self.within {
            Within::Everything => Scope::Anywhere,
            Within::Names => Scope::Names,
        };
        let alternatives = group.iter().map(|alternative| match alternative.nearness {
            Nearness::Prefix => Condition::prefix(&alternative.words, Scope::Names),
            _ => Condition::words(&alternative.words, scope),
        });
        Condition::any(alternatives.collect())
    }

    /// What a product must match: all groups, or a SKU that is the whole query. `None` where nothing must be found.
    pub fn matching(&self) -> Option<Condition> {
        let all = self.all_groups()?;
        Some(match self.whole_sku() {
            Some(sku) => Condition::Any(vec![all, sku]),
            None => all,
        })
    }

    /// The condition that a SKU be the whole query. Such words are in no other field.
    pub fn whole_sku(&self) -> Option<Condition> {
        let whole = || vec![format!("{WHOLE}{}", self.compact)];
        (!self.compact.is_empty()).then(|| Condition::words(&whole(), Scope::Anywhere))
    }

    /// The condition that an unwanted phrase be found.
    pub fn any_unwanted(&self) -> Option<Condition> {
        Condition::any(self.unwanted.iter().map(|words| Condition::words(words, Scope::Anywhere)).collect())
    }

    /// The condition that the nearest words of two neighbouring groups stand next to each other in the name.
    pub fn neighbours_in_name(&self, first: usize) -> Option<Condition> {
        let mut words = self.groups.get(first)?.first()?.words.clone();
        words.extend(self.groups.get(first + 1)?.first()?.words.iter().cloned());
        Some(Condition::words(&words, Scope::In(Field::Name)))
    }

    /// The condition that the name begins with the nearest word of the first group.
    pub fn name_begins(&self) -> Option<Condition> {
        Some(Condition::start(&self.groups.first()?.first()?.words, Field::Name))
    }
}

/// The condition that a group be found in a field by an alternative of one of these nearnesses; `None` if it has none.
pub fn group_in_field(group: &Group, field: Field, nearness: &[Nearness]) -> Option<Condition> {
    let scope = Scope::In(field);
    let found =
        group.iter().filter(|alternative| nearness.contains(&alternative.nearness)).map(|alternative| {
            match alternative.nearness {
                Nearness::Prefix => Condition::prefix(&alternative.words, scope),
                _ => Condition::words(&alternative.words, scope),
            }
        });
    Condition::any(found.collect())
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

    fn words(text: &str, scope: Scope) -> Condition {
        let words: Vec<_> = text.split(' ').map(str::to_owned).collect();
        Condition::words(&words, scope)
    }

    fn prefix(text: &str, scope: Scope) -> Condition {
        Condition::prefix(&[text.to_owned()], scope)
    }

    #[test]
    fn all_groups_must_be_found_or_a_whole_sku() {
        let plan = plan();
        let shoe = Condition::Any(vec![
            words("shoe", Scope::Anywhere),
            words("shoes", Scope::Anywhere),
            prefix("shoe", Scope::Names),
        ]);
        let all = Condition::All(vec![words("red", Scope::Anywhere), shoe]);
        assert_eq!(plan.all_groups().as_ref(), Some(&all));
        let sku = words(&format!("{WHOLE}redshoe"), Scope::Anywhere);
        assert_eq!(plan.matching(), Some(Condition::Any(vec![all, sku])));
        let names = Plan { within: Within::Names, groups: vec![plan.groups[0].clone()], ..Plan::default() };
        assert_eq!(names.matching(), Some(words("red", Scope::Names)));
        let nothing = Plan { compact: "x".to_owned(), ..Plan::default() };
        assert_eq!(nothing.matching(), None);
    }

    #[test]
    fn places_are_told_apart() {
        let plan = plan();
        let name = Scope::In(Field::Name);
        let unwanted =
            Condition::Any(vec![words("high heel", Scope::Anywhere), words("boot", Scope::Anywhere)]);
        assert_eq!(plan.any_unwanted(), Some(unwanted));
        assert_eq!(plan.neighbours_in_name(0), Some(words("red shoe", name)));
        assert_eq!(plan.neighbours_in_name(1), None);
        assert_eq!(plan.name_begins(), Some(Condition::start(&["red".to_owned()], Field::Name)));
        let tags = Scope::In(Field::Tags);
        assert_eq!(
            group_in_field(&plan.groups[1], Field::Tags, &[Nearness::Inflection, Nearness::Prefix]),
            Some(Condition::Any(vec![words("shoes", tags), prefix("shoe", tags)]))
        );
        assert_eq!(group_in_field(&plan.groups[0], Field::Name, &[Nearness::TwoErrors]), None);
    }
}
