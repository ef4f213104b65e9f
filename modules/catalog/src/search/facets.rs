//! Counts of what the products of a list have.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use uuid::Uuid;
use vitrine_category_api::{Breadcrumb, CategoryKey, CategoryPort};
use vitrine_db::{Conn, DbError};
use vitrine_kernel::{CategoryId, Currency, Failure, Money, Slug};

use super::request::{FacetName, Visibility};
use super::service::read_document;
use super::store::{
    CategorySet, Selection, ValueCount, attribute_counts, brand_counts, category_sets, documents,
    price_buckets, price_currency, price_span, tag_counts,
};

use crate::service::unavailable;

/// A facet shows this many categories.
const CATEGORIES: usize = 100;
/// About so many steps has the histogram of prices.
const STEPS: i64 = 10;

/// A facet, ready to be shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum FacetAnswer {
    /// Values, the most frequent first.
    Values(Vec<FacetValue>),
    /// Categories, the most frequent first.
    Categories(Vec<FacetCategory>),
    /// Prices; nothing where no product has one.
    Price(Option<PriceFacet>),
}

/// A value and how many products have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// As products have it; it can be given to the filter.
    pub value: String,
    /// How many products have it.
    pub count: i64,
}

/// A category and how many products are in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetCategory {
    /// Its id; it can be given to the filter.
    pub value: CategoryId,
    /// Its name.
    pub name: String,
    /// Its slug; it can be given to the filter too.
    pub slug: Slug,
    /// Products in it or below it.
    pub count: i64,
    /// Products in it.
    pub direct_count: i64,
}

/// Prices of the cheapest variants, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceFacet {
    /// The one asked for, else the one that most products have a price in.
    pub currency: Currency,
    /// The least.
    pub min: Money,
    /// The greatest.
    pub max: Money,
    /// In equal steps.
    pub histogram: Vec<PriceStep>,
}

/// A step of the histogram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PriceStep {
    /// Prices from here on,
    pub from: Money,
    /// and below this.
    pub to: Money,
    /// How many products cost that.
    pub count: i64,
}

/// A facet as the database counts it.
pub(super) enum RawFacet {
    Ready(FacetAnswer),
    Categories(Vec<CategorySet>),
}

/// Counts one facet of the products that are meant, as if its own filter were not there.
pub(super) async fn count_facets(
    conn: &mut Conn,
    selection: &Selection<'_>,
    name: &FacetName,
) -> Result<RawFacet, DbError> {
    let selection = &Selection { without: Some(name), ..*selection };
    let answer = match name {
        FacetName::Category => return Ok(RawFacet::Categories(category_sets(conn, selection).await?)),
        FacetName::Brand => FacetAnswer::Values(brands(conn, selection).await?),
        FacetName::Tag => FacetAnswer::Values(values(tag_counts(conn, selection).await?)),
        FacetName::Attribute(key) => {
            FacetAnswer::Values(values(attribute_counts(conn, selection, key).await?))
        }
        FacetName::Price => FacetAnswer::Price(prices(conn, selection).await?),
    };
    Ok(RawFacet::Ready(answer))
}

fn values(counts: Vec<ValueCount>) -> Vec<FacetValue> {
    counts
        .into_iter()
        .map(|row| FacetValue { value: row.value.unwrap_or(row.value_key), count: row.products })
        .collect()
}

/// The index has brands folded only; a product knows how its brand is written.
async fn brands(conn: &mut Conn, selection: &Selection<'_>) -> Result<Vec<FacetValue>, DbError> {
    let mut counts = brand_counts(conn, selection).await?;
    name_brands(conn, &mut counts).await?;
    Ok(values(counts))
}

/// Gives each brand the spelling of its example.
pub(super) async fn name_brands(conn: &mut Conn, counts: &mut [ValueCount]) -> Result<(), DbError> {
    let examples = documents(conn, counts.iter().map(|row| row.example).collect()).await?;
    for row in counts {
        if let Some(document) = examples.get(&row.example) {
            row.value = read_document(document)?.brand;
        }
    }
    Ok(())
}

async fn prices(conn: &mut Conn, selection: &Selection<'_>) -> Result<Option<PriceFacet>, DbError> {
    let currency = match selection.filter.currency {
        Some(currency) => Some(currency),
        None => price_currency(conn, selection).await?.and_then(|code| Currency::parse(&code)),
    };
    let Some(currency) = currency else { return Ok(None) };
    let span = price_span(conn, selection, currency.code()).await?;
    let (Some(min), Some(max)) = (span.min, span.max) else { return Ok(None) };
    let width = step_width(min, max, currency);
    let start = min - min % width;
    let counts: HashMap<i64, i64> =
        price_buckets(conn, selection, currency.code(), start, width).await?.into_iter().collect();
    let money = |key: i64| {
        Money::from_minor(key / minor_unit(currency), currency)
            .ok_or_else(|| DbError::Damaged(format!("the price {key} is out of range")))
    };
    let mut histogram = Vec::new();
    for step in 0..=(max - start) / width {
        let from = start + step * width;
        let count = counts.get(&step).copied().unwrap_or(0);
        // The last step may end above what can be a price.
        let to = money(from + width).or_else(|_| money(max))?;
        histogram.push(PriceStep { from: money(from)?, to, count });
    }
    Ok(Some(PriceFacet { currency, min: money(min)?, max: money(max)?, histogram }))
}

/// The currency's least amount, in the scale of `Money::sort_key`.
fn minor_unit(currency: Currency) -> i64 {
    10_i64.pow(u32::from(Money::KEY_DECIMALS.saturating_sub(currency.exponent())))
}

/// A round width: 1, 2 or 5 and zeros.
fn step_width(min: i64, max: i64, currency: Currency) -> i64 {
    let wanted = (max - min) / STEPS;
    let mut unit = minor_unit(currency);
    loop {
        for width in [unit, unit.saturating_mul(2), unit.saturating_mul(5)] {
            if width >= wanted {
                return width;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

/// Adds what only the category module knows: the names of categories, and what is above them.
pub(super) async fn name_facets(
    facets: Vec<(FacetName, RawFacet)>,
    categories: &dyn CategoryPort,
    visibility: Visibility,
) -> Result<Vec<(FacetName, FacetAnswer)>, Failure> {
    let mut named = Vec::with_capacity(facets.len());
    for (name, facet) in facets {
        let answer = match facet {
            RawFacet::Ready(answer) => answer,
            RawFacet::Categories(sets) => {
                FacetAnswer::Categories(name_categories(&sets, categories, visibility).await?)
            }
        };
        named.push((name, answer));
    }
    Ok(named)
}

async fn name_categories(
    sets: &[CategorySet],
    port: &dyn CategoryPort,
    visibility: Visibility,
) -> Result<Vec<FacetCategory>, Failure> {
    let direct: BTreeSet<CategoryId> = sets.iter().flat_map(ids_of).collect();
    let mut summaries = find(port, direct.iter().copied()).await?;
    let above: BTreeSet<CategoryId> = summaries
        .values()
        .flat_map(|summary| summary.trail.iter().map(|step| step.id))
        .filter(|id| !direct.contains(id))
        .collect();
    summaries.extend(find(port, above.into_iter()).await?);

    let mut counts: HashMap<CategoryId, FacetCategory> = HashMap::new();
    for set in sets {
        let mut reached = BTreeSet::new();
        for id in ids_of(set) {
            let Some(summary) = summaries.get(&id) else { continue };
            for step in &summary.trail {
                let is_new = reached.insert(step.id);
                let counted = counts.entry(step.id).or_insert_with(|| uncounted(step));
                counted.count += if is_new { set.products } else { 0 };
                counted.direct_count += if step.id == id { set.products } else { 0 };
            }
        }
    }
    let visible = |id: &CategoryId| {
        visibility == Visibility::All || summaries.get(id).is_some_and(|summary| summary.visible)
    };
    let mut found: Vec<_> = counts.into_values().filter(|category| visible(&category.value)).collect();
    found.sort_by(|a, b| (b.count, &a.name, a.value).cmp(&(a.count, &b.name, b.value)));
    found.truncate(CATEGORIES);
    Ok(found)
}

fn uncounted(step: &Breadcrumb) -> FacetCategory {
    FacetCategory {
        value: step.id,
        name: step.name.clone(),
        slug: step.slug.clone(),
        count: 0,
        direct_count: 0,
    }
}

async fn find(
    port: &dyn CategoryPort,
    ids: impl Iterator<Item = CategoryId>,
) -> Result<HashMap<CategoryId, vitrine_category_api::CategorySummary>, Failure> {
    let keys: Vec<_> = ids.map(CategoryKey::Id).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let found = port.find_many(&keys).await.map_err(unavailable)?;
    Ok(found.into_values().map(|summary| (summary.id, summary)).collect())
}

pub(super) fn ids_of(set: &CategorySet) -> Vec<CategoryId> {
    set.ids.split(',').filter_map(|id| Uuid::try_parse(id).ok()).map(CategoryId).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("EUR", 0, 0, 100)]
    #[case("EUR", 99_900, 3_699_900, 500_000)]
    #[case("EUR", 0, 100_000, 10_000)]
    #[case("EUR", 0, 100_001, 10_000)]
    #[case("JPY", 0, 5_000, 10_000)]
    fn steps_are_round_and_about_ten(
        #[case] code: &str,
        #[case] min: i64,
        #[case] max: i64,
        #[case] wanted: i64,
    ) {
        let width = step_width(min, max, Currency::parse(code).expect("a currency"));
        assert_eq!(width, wanted);
        assert!((max - min) / width <= STEPS + 1);
    }
}
