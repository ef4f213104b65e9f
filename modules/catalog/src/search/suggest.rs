//! Suggestions for a text that is being typed.

use serde::Serialize;
use uuid::Uuid;
use vitrine_category_api::CategoryKey;
use vitrine_db::{Conn, DbError};
use vitrine_kernel::text::words;
use vitrine_kernel::{Failure, Limit};

use super::facets::{ids_of, name_brands};
use super::plan::{Alternative, Nearness, Plan};
use super::query::SearchQuery;
use super::request::{ProductFilter, Sort, Visibility};
use super::service::{ProductSearch, read_document};
use super::store::{
    CategorySet, Selection, Term, ValueCount, brands_beginning_with, categories_of, documents,
    frequent_beginning_with, page, which_find,
};
use super::vocabulary::{Typing, understand};
use crate::domain::Product;
use crate::service::unavailable;

/// Products that are looked at for the categories they are in.
const LOOKED_AT: i64 = 50;
/// Words of the index that are looked at.
const WORDS: i64 = 200;
/// Words that are asked for whether they complete the query.
const ASKED: usize = 10;

/// What a suggestion leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// A brand: filter by it.
    Brand,
    /// A category: browse it.
    Category,
    /// A longer query.
    Word,
    /// A product: open it.
    Product,
}

/// One suggestion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// What to show.
    pub text: String,
    /// What it leads to.
    pub kind: SuggestionKind,
    /// Of a product or a category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// Of a product or a category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
}

/// Suggestions, and the query as it was taken, if not as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Suggestions {
    /// Brands, categories and longer queries; then products, the best first.
    pub suggestions: Vec<Suggestion>,
    /// Where the query was corrected.
    pub did_you_mean: Option<String>,
}

struct Reading {
    did_you_mean: Option<String>,
    plan: Plan,
    products: Vec<Product>,
    brands: Vec<ValueCount>,
    words: Vec<String>,
    categories: Vec<CategorySet>,
}

impl ProductSearch {
    /// What the text may be the beginning of.
    ///
    /// Errors: those of the database and of the category module.
    pub async fn suggest(
        &self,
        text: &str,
        limit: Limit,
        visibility: Visibility,
    ) -> Result<Suggestions, Failure> {
        let query = SearchQuery::parse(text);
        if query.wanted.is_empty() {
            return Ok(Suggestions::default());
        }
        let reading =
            self.db.read(move |conn| Box::pin(async move { read(conn, &query, visibility).await })).await?;

        // Half of the places are for products.
        let limit = limit.as_usize();
        let others = (limit / 2).max(1);
        let mut brands: Vec<_> = reading.brands.iter().filter_map(brand).collect();
        let mut categories = self.categories(&reading, visibility).await?;
        let mut words: Vec<_> = reading.words.iter().map(|text| word(text)).collect();
        brands.truncate(others.div_ceil(3));
        categories.truncate(others.div_ceil(3));
        words.truncate(others.saturating_sub(brands.len() + categories.len()));
        let mut suggestions = brands;
        suggestions.append(&mut categories);
        suggestions.append(&mut words);
        if !reading.products.is_empty() {
            suggestions.truncate(limit - 1);
        }
        let room = limit.saturating_sub(suggestions.len());
        suggestions.extend(reading.products.iter().take(room).map(product));
        Ok(Suggestions { suggestions, did_you_mean: reading.did_you_mean })
    }

    /// Categories of products found whose own names are found too.
    async fn categories(
        &self,
        reading: &Reading,
        visibility: Visibility,
    ) -> Result<Vec<Suggestion>, Failure> {
        let ids: Vec<_> = reading.categories.iter().flat_map(ids_of).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<_> = ids.iter().copied().map(CategoryKey::Id).collect();
        let found = self.categories.find_many(&keys).await.map_err(unavailable)?;
        let mut suggestions = Vec::new();
        for key in &keys {
            let Some(category) = found.get(key).filter(|c| c.visible || visibility == Visibility::All) else {
                continue;
            };
            if is_named(&category.name, &reading.plan) {
                suggestions.push(Suggestion {
                    text: category.name.clone(),
                    kind: SuggestionKind::Category,
                    id: Some(category.id.0),
                    slug: Some(category.slug.to_string()),
                });
            }
        }
        Ok(suggestions)
    }
}

async fn read(conn: &mut Conn, query: &SearchQuery, visibility: Visibility) -> Result<Reading, Failure> {
    let understood = understand(conn, query, visibility, Typing::Going, None).await?;
    let did_you_mean = understood.corrections.did_you_mean(query);
    let plan = understood.plan;
    let filter = ProductFilter::default();
    let selection =
        Selection { filter: &filter, visibility, plan: Some(&plan), without: None, impossible: false };
    let rows = page(conn, &selection, Sort::RELEVANCE, None, LOOKED_AT).await?;
    let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    let mut texts = documents(conn, seqs.iter().take(Limit::MAX.into()).copied().collect()).await?;
    let mut products = Vec::with_capacity(seqs.len());
    for seq in &seqs {
        if let Some(document) = texts.remove(seq) {
            products.push(read_document(&document)?);
        }
    }
    let meant = did_you_mean.as_deref().map_or_else(|| query.clone(), SearchQuery::parse);
    let mut brands = brands_beginning_with(conn, visibility, &meant.folded).await?;
    name_brands(conn, &mut brands).await?;
    let words = longer_queries(conn, &meant, &plan, visibility).await?;
    let categories = if seqs.is_empty() { Vec::new() } else { categories_of(conn, &seqs).await? };
    Ok(Reading { did_you_mean, plan, products, brands, words, categories })
}

/// The query with its last word completed, as far as that finds products.
async fn longer_queries(
    conn: &mut Conn,
    query: &SearchQuery,
    plan: &Plan,
    visibility: Visibility,
) -> Result<Vec<String>, DbError> {
    let Some((before, last)) = query.folded.rsplit_once(' ').map_or(Some(("", query.folded.as_str())), Some)
    else {
        return Ok(Vec::new());
    };
    let Some(beginning) = words(last).pop().filter(|word| last.ends_with(word.as_str())) else {
        return Ok(Vec::new());
    };
    let mut terms = frequent_beginning_with(conn, &beginning, WORDS).await?;
    terms.sort_by(|a, b| (b.products, &a.word).cmp(&(a.products, &b.word)));
    terms.retain(|term| term.word != beginning);
    terms.truncate(ASKED);
    let longer = |term: &Term| {
        let mut groups = plan.groups.clone();
        groups.pop();
        groups.push(vec![Alternative::word(&term.word, Nearness::Exact)]);
        Plan { groups, within: plan.within, ..Plan::default() }.matching()
    };
    let found = which_find(conn, visibility, terms.iter().filter_map(longer).collect()).await?;
    let found = terms.into_iter().zip(found).filter(|(_, found)| *found).map(|(term, _)| term.word);
    Ok(found.map(|word| if before.is_empty() { word } else { format!("{before} {word}") }).collect())
}

/// Whether every word looked for is in a name.
fn is_named(name: &str, plan: &Plan) -> bool {
    let name = words(name);
    plan.groups.iter().all(|group| {
        group.iter().any(|alternative| {
            alternative.words.iter().all(|wanted| {
                name.iter().any(|word| match alternative.nearness {
                    Nearness::Prefix => word.starts_with(wanted.as_str()),
                    _ => word == wanted,
                })
            })
        })
    })
}

fn brand(count: &ValueCount) -> Option<Suggestion> {
    let text = count.value.clone()?;
    Some(Suggestion { text, kind: SuggestionKind::Brand, id: None, slug: None })
}

fn word(text: &str) -> Suggestion {
    Suggestion { text: text.to_owned(), kind: SuggestionKind::Word, id: None, slug: None }
}

fn product(product: &Product) -> Suggestion {
    Suggestion {
        text: product.name.clone(),
        kind: SuggestionKind::Product,
        id: Some(product.id.0),
        slug: Some(product.slug.to_string()),
    }
}
