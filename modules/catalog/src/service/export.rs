//! Exports: every product that is not deleted, drafts too, as rows that an import takes, here and elsewhere.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};
use vitrine_bulk::{
    ByteSender, ByteStream, CellKind, Columns, Format, Prefixed, RowWriter, byte_stream, patiently,
};
use vitrine_category_api::{AttributeType, CategoryKey, CategorySummary};
use vitrine_kernel::{CategoryId, Failure};

use super::CatalogService;
use super::details::keys_of;
use crate::domain::{AttributeValue, Attributes, Product, attribute_kinds, writable};

/// The columns of a CSV file, in and out. A product without options is told in single columns; one with several variants has them
/// as JSON in `variants`. Attributes stand in a column each as far as their texts say all; the others as JSON in `attributes`.
pub(super) static COLUMNS: Columns = Columns {
    known: &[
        ("external_id", CellKind::Text),
        ("sku", CellKind::Text),
        ("slug", CellKind::Text),
        ("name", CellKind::Text),
        ("description", CellKind::Text),
        ("brand", CellKind::Text),
        ("status", CellKind::Text),
        ("category_external_ids", CellKind::List),
        ("category_slugs", CellKind::List),
        ("category_ids", CellKind::List),
        ("tags", CellKind::List),
        ("price", CellKind::Amount),
        ("compare_at_price", CellKind::Amount),
        ("currency", CellKind::Currency),
        ("barcode", CellKind::Text),
        ("prices", CellKind::Json),
        ("options", CellKind::List),
        ("variants", CellKind::Json),
        ("media", CellKind::Json),
        ("metadata", CellKind::Json),
        ("attributes", CellKind::Json),
    ],
    prefixed: Some(Prefixed { prefix: "attr.", member: "attributes" }),
};

const PAGE: u16 = 500;
/// More columns than this nobody can look at; the other attributes stand in `attributes`.
const MOST_ATTRIBUTE_COLUMNS: usize = 500;
/// Members of a product's only variant that have columns.
const VARIANT_COLUMNS: [&str; 5] = ["sku", "price", "compare_at_price", "prices", "barcode"];

type Categories = HashMap<CategoryKey, CategorySummary>;

impl CatalogService {
    /// All products as a document. Pages are read one after the other: what changes meanwhile may be seen or not, nothing is left
    /// out because of it. Must be called inside a tokio runtime.
    pub fn export(&self, format: Format) -> ByteStream {
        let (sender, stream) = byte_stream();
        let service = self.clone();
        tokio::spawn(async move {
            if let Err(failure) = service.send_all(format, &sender).await {
                // The reader sees a document that breaks off.
                sender.send(Err(failure)).await;
            }
        });
        stream
    }

    async fn send_all(&self, format: Format, sender: &ByteSender) -> Result<(), Failure> {
        let keys = match format {
            Format::Csv => patiently(|| self.store.attribute_keys(MOST_ATTRIBUTE_COLUMNS)).await?,
            Format::Ndjson => Vec::new(),
        };
        let columns = keys.iter().map(|key| column_of(key)).collect();
        let keys: BTreeSet<String> = keys.into_iter().collect();
        let mut writer = RowWriter::new(format, &COLUMNS, columns);
        let mut position = 0;
        loop {
            let page = patiently(|| self.products_after(position, PAGE)).await?;
            let Some((last, _)) = page.last() else { break };
            position = *last;
            let ids: BTreeSet<CategoryId> =
                page.iter().flat_map(|(_, product)| product.category_ids.iter().copied()).collect();
            let wanted = keys_of(&ids.into_iter().collect::<Vec<_>>());
            let categories = patiently(|| self.ask(&wanted)).await?;
            for (_, product) in &page {
                let mut row = row_of(product, &categories)?;
                if format == Format::Csv {
                    flatten(&mut row, product, &categories, &keys);
                }
                writer.write(&Value::Object(row))?;
                if let Some(chunk) = writer.take_full_chunk()
                    && !sender.send(Ok(chunk)).await
                {
                    return Ok(());
                }
            }
        }
        sender.send(Ok(writer.take_rest())).await;
        Ok(())
    }
}

/// The row of a product: its content without ids, which mean nothing elsewhere.
fn row_of(product: &Product, categories: &Categories) -> Result<Map<String, Value>, Failure> {
    let mut row = writable(product)?;
    let found = categories_of(product, categories);
    let external_ids: Option<Vec<Value>> =
        found.iter().map(|category| category.external_id.clone().map(Value::from)).collect();
    row.shift_remove("category_ids");
    if let Some(external_ids) = external_ids {
        row.insert("category_external_ids".to_owned(), Value::from(external_ids));
    } else {
        let slugs: Vec<_> = found.iter().map(|category| category.slug.as_str()).collect();
        row.insert("category_slugs".to_owned(), Value::from(slugs));
    }
    if row.get("external_id").is_some_and(Value::is_null) {
        // It would take away the external id that a product with this SKU has elsewhere.
        row.shift_remove("external_id");
    }
    if let Some(Value::Array(variants)) = row.get_mut("variants") {
        for variant in variants.iter_mut().filter_map(Value::as_object_mut) {
            variant.retain(|name, value| name != "id" && !value.is_null());
        }
    }
    Ok(row)
}

/// The categories of a product, in its order. One that is gone is left out.
fn categories_of<'a>(product: &Product, categories: &'a Categories) -> Vec<&'a CategorySummary> {
    product.category_ids.iter().filter_map(|id| categories.get(&CategoryKey::Id(*id))).collect()
}

/// Turns a row into cells: see [`COLUMNS`].
fn flatten(
    row: &mut Map<String, Value>,
    product: &Product,
    categories: &Categories,
    keys: &BTreeSet<String>,
) {
    if let [only] = product.variants.as_slice()
        && product.options.is_empty()
        && only.attributes.is_empty()
        && let Some(Value::Array(mut variants)) = row.shift_remove("variants")
        && let Some(Value::Object(mut variant)) = variants.pop()
    {
        row.shift_remove("options");
        for name in VARIANT_COLUMNS {
            row.extend(variant.shift_remove(name).map(|value| (name.to_owned(), value)));
        }
        if only.prices.is_empty() {
            row.shift_remove("prices");
        }
    }
    let kinds = attribute_kinds(&categories_of(product, categories));
    let mut rest = Attributes::new();
    for (name, value) in &product.attributes {
        match text_of(value, kinds.get(name).copied()) {
            Some(text) if keys.contains(name) => {
                row.insert(column_of(name), Value::from(text));
            }
            _ => {
                rest.insert(name.clone(), value.clone());
            }
        }
    }
    row.shift_remove("attributes");
    if !rest.is_empty() {
        row.extend(serde_json::to_value(rest).ok().map(|rest| ("attributes".to_owned(), rest)));
    }
}

/// The text of an attribute's cell, where an import makes the same value of it: only a schema tells numbers from texts.
fn text_of(value: &AttributeValue, kind: Option<AttributeType>) -> Option<String> {
    match (value, kind) {
        (AttributeValue::Text(_), Some(AttributeType::Number | AttributeType::Boolean)) => None,
        (AttributeValue::Text(text), _) => Some(text.clone()),
        (AttributeValue::Number(number), Some(AttributeType::Number)) => Some(number.to_string()),
        (AttributeValue::Boolean(value), Some(AttributeType::Boolean)) => Some(value.to_string()),
        (AttributeValue::Number(_) | AttributeValue::Boolean(_) | AttributeValue::Texts(_), _) => None,
    }
}

fn column_of(key: &str) -> String {
    format!("attr.{key}")
}
