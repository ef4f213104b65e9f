//! Exports: every category, parents before children, siblings in order.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use vitrine_bulk::{ByteSender, ByteStream, CellKind, Columns, Format, RowWriter, byte_stream, patiently};
use vitrine_kernel::Result;

use crate::store::{CategoryStore, Exported};

/// The columns of a CSV file, in and out.
pub(super) static COLUMNS: Columns = Columns {
    known: &[
        ("external_id", CellKind::Text),
        ("parent_external_id", CellKind::Text),
        ("parent_slug", CellKind::Text),
        ("slug", CellKind::Text),
        ("name", CellKind::Text),
        ("description", CellKind::Text),
        ("status", CellKind::Text),
        ("image_url", CellKind::Text),
        ("attributes", CellKind::Json),
        ("metadata", CellKind::Json),
    ],
    prefixed: None,
};

const PAGE: i64 = 500;

/// All categories as rows that an import takes.
pub(super) fn export(store: Arc<dyn CategoryStore>, format: Format) -> ByteStream {
    let (sender, stream) = byte_stream();
    tokio::spawn(async move {
        if let Err(failure) = send_all(store.as_ref(), format, &sender).await {
            // The reader sees a document that breaks off.
            sender.send(Err(failure)).await;
        }
    });
    stream
}

async fn send_all(store: &dyn CategoryStore, format: Format, sender: &ByteSender) -> Result<()> {
    let mut writer = RowWriter::new(format, &COLUMNS, Vec::new());
    let mut after = None;
    loop {
        let (page, next) = patiently(|| store.export_page(after.clone(), PAGE)).await?;
        if next.is_none() {
            break;
        }
        after = next;
        for exported in &page {
            writer.write(&row_of(exported))?;
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

/// A row that an import takes for this category, here and elsewhere.
fn row_of(exported: &Exported) -> Value {
    let category = &exported.category;
    let mut row = Map::new();
    let mut set = |name: &str, value: Value| row.insert(name.to_owned(), value);
    if let Some(external_id) = &category.external_id {
        set("external_id", json!(external_id));
    }
    // A parent without an external id is named by its slug; a root says so.
    match (&exported.parent_external_id, &exported.parent_slug) {
        (None, Some(slug)) => set("parent_slug", json!(slug)),
        (parent, _) => set("parent_external_id", json!(parent)),
    };
    set("slug", json!(category.slug));
    set("name", json!(category.name));
    set("description", json!(category.description));
    set("status", json!(category.status.name()));
    set("image_url", json!(category.image_url));
    set("attributes", json!(category.attributes));
    set("metadata", json!(category.metadata));
    Value::Object(row)
}
