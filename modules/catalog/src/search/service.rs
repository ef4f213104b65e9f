//! The use cases: lists of products, and suggestions.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};
use vitrine_category_api::{CategoryKey, CategoryPort};
use vitrine_db::{Conn, Db, DbError};
use vitrine_kernel::{CategoryId, CountMode, Cursor, Failure, Fault, Slug};

use super::corrections::Corrections;
use super::facets::{FacetAnswer, RawFacet, count_facets, name_facets};
use super::highlight::{Highlight, highlight};
use super::plan::Plan;
use super::query::SearchQuery;
use super::request::{FacetName, ListRequest, ProductFilter, Sort, SortKey, Visibility};
use super::store::{Position, Row, Selection, count_estimated, count_exact, documents, page};
use super::vocabulary::{Typing, Understood, understand};
use crate::domain::Product;
use crate::service::unavailable;

/// A product of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListItem {
    /// The product.
    pub product: Product,
    /// Where the query was found, if that was asked for.
    pub highlight: Option<Highlight>,
}

/// A page of products.
#[derive(Debug, Clone, Default)]
pub struct ListAnswer {
    /// The products, in order.
    pub items: Vec<ListItem>,
    /// Where the next page begins.
    pub next_cursor: Option<String>,
    /// How many there are in all, if that was asked for.
    pub total: Option<u64>,
    /// The query as it was taken, if not as it was typed.
    pub did_you_mean: Option<String>,
    /// In the order they were asked for.
    pub facets: Vec<(FacetName, FacetAnswer)>,
}

/// Browsing and search.
#[derive(Clone)]
pub struct ProductSearch {
    pub(super) db: Db,
    pub(super) categories: Arc<dyn CategoryPort>,
}

/// What a list needs from the database.
struct Reading {
    understood: Option<Understood>,
    rows: Vec<Row>,
    documents: HashMap<i64, String>,
    total: Option<i64>,
    facets: Vec<(FacetName, RawFacet)>,
}

impl ProductSearch {
    /// Searches the products in `db`; asks `categories` about categories.
    pub fn new(db: Db, categories: Arc<dyn CategoryPort>) -> Self {
        Self { db, categories }
    }

    /// A page of the products that are meant.
    ///
    /// Errors: [`vitrine_kernel::ErrorCode::InvalidQuery`] for a category that is not there, [`vitrine_kernel::ErrorCode::InvalidCursor`], and those of the database
    /// and of the category module.
    pub async fn list(&self, request: &ListRequest, visibility: Visibility) -> Result<ListAnswer, Failure> {
        let start = request.cursor.as_deref().map(|text| start_of(text, request)).transpose()?;
        let mut filter = request.filter.clone();
        filter.categories = self.category_filter(request, visibility).await?;
        let limit = request.limit.as_usize();
        let reading = self.read(request, filter, visibility, start).await?;

        let more = reading.rows.len() > limit;
        let rows = reading.rows.get(..limit.min(reading.rows.len())).unwrap_or_default();
        let plan = reading.understood.as_ref().map(|understood| &understood.plan);
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let document = reading.documents.get(&row.seq).map(String::as_str).unwrap_or_default();
            let product: Product = serde_json::from_str(document).map_err(Failure::internal)?;
            let highlight = request.highlight.then(|| mark(plan, &product));
            items.push(ListItem { product, highlight });
        }
        let corrections = reading.understood.as_ref().map(|understood| &understood.corrections);
        let next_cursor = rows.last().filter(|_| more).map(|row| cursor_after(row, request, corrections));
        let did_you_mean = request
            .query
            .as_ref()
            .zip(corrections)
            .and_then(|(query, corrections)| corrections.did_you_mean(query));
        Ok(ListAnswer {
            items,
            next_cursor,
            total: reading.total.map(|total| u64::try_from(total).unwrap_or(0)),
            did_you_mean,
            facets: name_facets(reading.facets, self.categories.as_ref(), visibility).await?,
        })
    }

    /// Everything on one snapshot, so that a page, its count and its facets agree.
    async fn read(
        &self,
        request: &ListRequest,
        filter: ProductFilter,
        visibility: Visibility,
        start: Option<Start>,
    ) -> Result<Reading, Failure> {
        let request = request.clone();
        self.db
            .read(move |conn| {
                Box::pin(async move { read_list(conn, &request, &filter, visibility, start).await })
            })
            .await
    }

    /// The categories that a list is about; `None` when it is about all.
    async fn category_filter(
        &self,
        request: &ListRequest,
        visibility: Visibility,
    ) -> Result<Option<Vec<CategoryId>>, Failure> {
        if request.categories.is_empty() {
            return Ok(None);
        }
        let keys: Vec<_> = request.categories.iter().map(|text| (text, category_key(text))).collect();
        let known: Vec<_> = keys.iter().filter_map(|(_, key)| key.clone()).collect();
        let summaries = self.categories.find_many(&known).await.map_err(unavailable)?;
        let mut faults = Vec::new();
        let mut ids = HashSet::new();
        for (text, key) in keys {
            let summary = key
                .and_then(|key| summaries.get(&key))
                .filter(|summary| summary.visible || visibility == Visibility::All);
            let Some(summary) = summary else {
                let shown: String = text.chars().take(80).collect();
                faults.push(Fault::new(
                    "category",
                    "unknown_category",
                    format!("there is no category `{shown}`; give the id or the slug of one (GET /categories lists them)"),
                ));
                continue;
            };
            ids.insert(summary.id);
            if request.descendants {
                let key = CategoryKey::Id(summary.id);
                let below = self.categories.subtree_ids(&key).await.map_err(unavailable)?;
                ids.extend(below.unwrap_or_default());
            }
        }
        if !faults.is_empty() {
            return Err(Failure::query(faults));
        }
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        Ok(Some(ids))
    }
}

async fn read_list(
    conn: &mut Conn,
    request: &ListRequest,
    filter: &ProductFilter,
    visibility: Visibility,
    start: Option<Start>,
) -> Result<Reading, Failure> {
    let (after, given) = start.map_or((None, None), |start| (Some(start.after), start.corrections));
    let understood = match &request.query {
        Some(query) => Some(understand(conn, query, visibility, Typing::Done, given).await?),
        None => None,
    };
    let impossible = request.query.as_ref().is_some_and(SearchQuery::finds_nothing);
    let plan = understood.as_ref().map(|understood| &understood.plan);
    let selection = Selection { filter, visibility, plan, without: None, impossible };
    let limit = i64::from(request.limit.get()) + 1;
    let rows = page(conn, &selection, request.sort, after.as_ref(), limit).await?;
    let total = match request.count {
        CountMode::None => None,
        CountMode::Estimated => Some(count_estimated(conn, &selection).await?),
        CountMode::Exact => Some(count_exact(conn, &selection).await?),
    };
    let mut facets = Vec::with_capacity(request.facets.len());
    for name in &request.facets {
        facets.push((name.clone(), count_facets(conn, &selection, name).await?));
    }
    let seqs = rows.iter().take(request.limit.as_usize()).map(|row| row.seq).collect();
    let documents = documents(conn, seqs).await?;
    Ok(Reading { understood, rows, documents, total, facets })
}

fn mark(plan: Option<&Plan>, product: &Product) -> Highlight {
    let nothing = Plan::default();
    highlight(plan.unwrap_or(&nothing), &product.name, &product.description)
}

/// Reads an id or a slug; `None` for what can be neither.
fn category_key(text: &str) -> Option<CategoryKey> {
    match text.parse() {
        Ok(id) => Some(CategoryKey::Id(id)),
        Err(_) => Slug::parse(text).map(CategoryKey::Slug),
    }
}

/// What a cursor says.
struct Start {
    after: Position,
    corrections: Option<Corrections>,
}

fn cursor_after(row: &Row, request: &ListRequest, corrections: Option<&Corrections>) -> String {
    let value = match (&row.number, &row.text) {
        (Some(number), _) => json!(number),
        (None, Some(text)) => json!(text),
        (None, None) => Value::Null,
    };
    Cursor::new(&request.fingerprint(), vec![value, json!(row.seq), json!(corrections)]).encode()
}

fn start_of(text: &str, request: &ListRequest) -> Result<Start, Failure> {
    let cursor = Cursor::decode(text, &request.fingerprint())?;
    read_start(cursor.keys(), request.sort)
        .ok_or_else(|| Cursor::invalid("The cursor does not fit this list. Leave it out to begin again."))
}

fn read_start(keys: &[Value], sort: Sort) -> Option<Start> {
    let [value, seq, corrections] = keys else { return None };
    let (number, text) = match (sort.key, value) {
        (SortKey::Name, Value::String(text)) if !text.contains('\0') => (None, Some(text.clone())),
        (SortKey::Price, Value::Null) => (None, None),
        (SortKey::Name, _) => return None,
        (_, value) => (Some(value.as_i64()?), None),
    };
    let corrections: Option<Corrections> = serde_json::from_value(corrections.clone()).ok()?;
    if !corrections.as_ref().is_none_or(Corrections::are_sane) {
        return None;
    }
    Some(Start { after: Row { seq: seq.as_i64()?, number, text }, corrections })
}

/// The product that a document holds.
pub(super) fn read_document(document: &str) -> Result<Product, DbError> {
    serde_json::from_str(document).map_err(|error| DbError::Damaged(error.to_string()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(json!([1, 2, null]), "relevance", true)]
    #[case(json!([1, 2, {"0": [{"w": ["red"], "e": 1}]}]), "relevance", true)]
    #[case(json!([1, 2, {"0": [{"w": ["red\" OR x"], "e": 1}]}]), "relevance", false)]
    #[case(json!(["a", 2, null]), "name", true)]
    #[case(json!(["a\u{0}", 2, null]), "name", false)]
    #[case(json!([null, 2, null]), "-price", true)]
    #[case(json!([null, 2, null]), "created_at", false)]
    #[case(json!([1.5, 2, null]), "created_at", false)]
    #[case(json!([1, 2]), "created_at", false)]
    #[case(json!([1, "x", null]), "created_at", false)]
    #[case(json!([[], 2, null]), "price", false)]
    fn only_cursors_that_fit_are_read(#[case] keys: Value, #[case] sort: &str, #[case] fits: bool) {
        let sort = Sort::parse(sort).expect("a sort");
        assert_eq!(read_start(keys.as_array().expect("keys"), sort).is_some(), fits);
    }
}
