//! Changing the fields of categories.

use vitrine_db::Conn;
use vitrine_kernel::{Result, Timestamp};

use super::{create, nodes, placing, slugs};
use crate::domain::change::{Objections, duplicate_slug};
use crate::domain::{Category, NewCategory, Place};

/// Gives a category these fields, or says everything that speaks against it.
pub(super) async fn change(
    conn: &mut Conn,
    current: Category,
    fields: NewCategory,
    now: Timestamp,
) -> Result<Category> {
    let mut objections = Objections::default();
    let next = prepare(conn, &current, fields, &mut objections).await?;
    objections.into_result()?;
    nodes::update(conn, &current, next, now).await
}

/// The category as it would be written, if nothing is among the objections.
pub(super) async fn prepare(
    conn: &mut Conn,
    current: &Category,
    fields: NewCategory,
    objections: &mut Objections,
) -> Result<Category> {
    let (slug, parent_id) = (fields.slug.clone(), fields.parent_id);
    let mut next = current.with_fields(fields);
    next.slug = match slug {
        Some(slug) => {
            if slug != current.slug && slugs::owner(conn, &slug).await?.is_some() {
                objections.conflicts.push(duplicate_slug(&slug));
            }
            slug
        }
        None => slugs::free(conn, &next.name, Some(current.id)).await?,
    };
    if next.external_id != current.external_id {
        create::check_external_id(conn, next.external_id.as_deref(), current.id, objections).await?;
    }
    if parent_id != current.place.parent_id {
        let parent = placing::check_parent(conn, Some(current), parent_id, objections).await?;
        let rank = placing::rank_at_end(conn, parent_id).await?;
        let above = parent.as_ref().map(|parent| (parent.id, &parent.place));
        next.place = Place::below(above, current.id, rank, next.status);
    }
    Ok(next)
}
