//! Rows of imports.

use vitrine_db::Conn;
use vitrine_kernel::{CategoryId, Result, Timestamp};

use super::{change, create, nodes, slugs};
use crate::domain::change::Objections;
use crate::domain::import::{ParentRef, UpsertCategory, UpsertOutcome};
use crate::domain::{Category, NewCategory};

/// An outcome for each row, in order. What a row can't have is found before anything of it is written, so that a rejected row
/// leaves nothing behind and the others stand.
pub(super) async fn upsert_many(
    conn: &mut Conn,
    rows: Vec<UpsertCategory>,
    now: Timestamp,
) -> Result<Vec<UpsertOutcome>> {
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        outcomes.push(upsert(conn, row, now).await?);
    }
    Ok(outcomes)
}

async fn upsert(conn: &mut Conn, row: UpsertCategory, now: Timestamp) -> Result<UpsertOutcome> {
    let existing = find_existing(conn, &row).await?;
    let Some(parent_id) = find_parent(conn, &row.parent, existing.as_ref()).await? else {
        return Ok(UpsertOutcome::ParentUnknown);
    };
    let mut objections = Objections::default();
    let Some(current) = existing else {
        let fields = NewCategory { parent_id, ..row.fields };
        let category = create::prepare(conn, fields, now, &mut objections).await?;
        if !objections.is_empty() {
            return Ok(UpsertOutcome::Rejected(objections.into_faults()));
        }
        return Ok(UpsertOutcome::Created(nodes::insert(conn, category).await?.id));
    };
    let fields = NewCategory { parent_id, ..complete(row, &current) };
    let next = change::prepare(conn, &current, fields, &mut objections).await?;
    if !objections.is_empty() {
        return Ok(UpsertOutcome::Rejected(objections.into_faults()));
    }
    let written = nodes::update(conn, &current, next, now).await?;
    Ok(if written.version == current.version {
        UpsertOutcome::Unchanged(current.id)
    } else {
        UpsertOutcome::Updated(current.id)
    })
}

async fn find_existing(conn: &mut Conn, row: &UpsertCategory) -> Result<Option<Category>> {
    let id = match (&row.fields.external_id, &row.fields.slug) {
        (Some(external_id), _) => create::find_by_external_id(conn, external_id).await?,
        (None, Some(slug)) => slugs::owner(conn, slug).await?,
        (None, None) => None,
    };
    match id {
        Some(id) => nodes::find(conn, id).await,
        None => Ok(None),
    }
}

/// `None` when the parent isn't there; else its id, or that it is the top.
async fn find_parent(
    conn: &mut Conn,
    parent: &ParentRef,
    existing: Option<&Category>,
) -> Result<Option<Option<CategoryId>>> {
    let id = match parent {
        ParentRef::Unsaid => return Ok(Some(existing.and_then(|category| category.place.parent_id))),
        ParentRef::Root => return Ok(Some(None)),
        // An id that is not there is told as a fault of the row: ids are not made by imports, so none comes later.
        ParentRef::Id(id) => Some(*id),
        ParentRef::ExternalId(external_id) => create::find_by_external_id(conn, external_id).await?,
        ParentRef::Slug(slug) => slugs::owner(conn, slug).await?,
    };
    Ok(id.map(Some))
}

/// The fields of the row, and those of the category that the row doesn't have.
fn complete(row: UpsertCategory, current: &Category) -> NewCategory {
    let current = current.clone();
    let gives = ["description", "status", "image_url", "attributes", "metadata", "external_id"]
        .map(|name| row.gives(name));
    let [description, status, image_url, attributes, metadata, external_id] = gives;
    let fields = row.fields;
    NewCategory {
        name: fields.name,
        // An address that the row doesn't choose stays.
        slug: Some(fields.slug.unwrap_or(current.slug)),
        description: if description { fields.description } else { current.description },
        parent_id: None,
        status: if status { fields.status } else { current.status },
        image_url: if image_url { fields.image_url } else { current.image_url },
        attributes: if attributes { fields.attributes } else { current.attributes },
        metadata: if metadata { fields.metadata } else { current.metadata },
        external_id: if external_id { fields.external_id } else { current.external_id },
    }
}
