//! The words of a product, as the full-text index keeps them.

use vitrine_kernel::text::{fold, words};

use crate::domain::{AttributeValue, Product};

/// Stands between texts that don't belong together, so that no phrase is found across two tags. A character for private use: the
/// index takes it for a word, and no query can contain it.
pub(crate) const BREAK: &str = "\u{E000}";

/// Begins the word that is a whole code, so that a part of one is not taken for the whole of another. For private use too.
pub(crate) const WHOLE: char = '\u{E001}';

/// Folded words divided by blanks, a field for each kind of text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchDocument {
    /// The whole name, folded, to compare with whole queries.
    pub whole_name: String,
    /// Of the name.
    pub name: String,
    /// Of the brand.
    pub brand: String,
    /// Of the SKUs and the barcodes: in parts, and whole without their punctuation.
    pub sku: String,
    /// Of the tags.
    pub tags: String,
    /// Of the texts among the attributes and the options, of the product and of its variants.
    pub attributes: String,
    /// Of the description.
    pub description: String,
}

/// Makes the words of a product.
pub fn search_document(product: &Product) -> SearchDocument {
    let variants = &product.variants;
    let codes = variants.iter().flat_map(|v| v.sku.iter().chain(&v.barcode));
    let attributes = product.attributes.values().chain(variants.iter().flat_map(|v| v.attributes.values()));
    let mut values: Vec<String> =
        attributes.flat_map(AttributeValue::indexed).map(|value| value.text).collect();
    values.extend(variants.iter().flat_map(|v| v.options.values().cloned()));
    values.sort_unstable();
    values.dedup();
    SearchDocument {
        whole_name: fold(&product.name),
        name: joined([words(&product.name)]),
        brand: joined(product.brand.iter().map(|brand| words(brand))),
        sku: joined(codes.flat_map(|code| code_words(code))),
        tags: joined(product.tags.iter().map(|tag| words(tag))),
        attributes: joined(values.iter().map(|value| words(value))),
        description: joined([words(&product.description)]),
    }
}

/// `BEA-ESS-001` is found by `BEA-ESS-001`, by `ESS` and by `beaess001`; and known as a whole.
fn code_words(code: &str) -> Vec<Vec<String>> {
    let parts = words(code);
    let whole = parts.concat();
    if whole.is_empty() {
        return Vec::new();
    }
    let marked = vec![format!("{WHOLE}{whole}")];
    if parts.len() == 1 {
        return vec![parts, marked];
    }
    vec![parts, vec![whole], marked]
}

fn joined(texts: impl IntoIterator<Item = Vec<String>>) -> String {
    let texts: Vec<_> =
        texts.into_iter().filter(|words| !words.is_empty()).map(|words| words.join(" ")).collect();
    texts.join(&format!(" {BREAK} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_do_not_belong_together_are_kept_apart() {
        assert_eq!(
            joined([words("Face Powder"), words("!"), words("Beauty")]),
            "face powder \u{E000} beauty"
        );
        assert_eq!(joined([]), "");
    }

    #[test]
    fn a_sku_is_kept_in_parts_and_whole() {
        assert_eq!(
            joined(code_words("BEA-ESS-001")),
            "bea ess 001 \u{E000} beaess001 \u{E000} \u{E001}beaess001"
        );
        assert_eq!(joined(code_words("4006")), "4006 \u{E000} \u{E001}4006");
        assert_eq!(joined(code_words("--")), "");
    }
}
