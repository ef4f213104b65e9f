//! Creating categories.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbId, OptionalRow as _, on_conn};
use vitrine_kernel::{CategoryId, Result, Timestamp, Version};

use super::schema::category_nodes;
use super::{nodes, placing, slugs};
use crate::domain::change::{Objections, duplicate_external_id, duplicate_slug};
use crate::domain::{Category, NewCategory, Place};

/// Creates a category, or says everything that speaks against it.
pub(super) async fn create(conn: &mut Conn, new: NewCategory, now: Timestamp) -> Result<Category> {
    let mut objections = Objections::default();
    let category = prepare(conn, new, now, &mut objections).await?;
    objections.into_result()?;
    nodes::insert(conn, category).await
}

/// The category as it would be written, if nothing is among the objections.
pub(super) async fn prepare(
    conn: &mut Conn,
    new: NewCategory,
    now: Timestamp,
    objections: &mut Objections,
) -> Result<Category> {
    let id = CategoryId::generate();
    let parent = placing::check_parent(conn, None, new.parent_id, objections).await?;
    let slug = match new.slug {
        Some(slug) => {
            if slugs::owner(conn, &slug).await?.is_some() {
                objections.conflicts.push(duplicate_slug(&slug));
            }
            slug
        }
        None => slugs::free(conn, &new.name, None).await?,
    };
    check_external_id(conn, new.external_id.as_deref(), id, objections).await?;
    let rank = placing::rank_at_end(conn, new.parent_id).await?;
    let above = parent.as_ref().map(|parent| (parent.id, &parent.place));
    Ok(Category {
        // Given by the database.
        seq: 0,
        id,
        external_id: new.external_id,
        slug,
        name: new.name,
        description: new.description,
        status: new.status,
        image_url: new.image_url,
        attributes: new.attributes,
        metadata: new.metadata,
        place: Place::below(above, id, rank, new.status),
        version: Version::FIRST,
        created_at: now,
        updated_at: now,
    })
}

/// Notes the conflict of an external id that another category has.
pub(super) async fn check_external_id(
    conn: &mut Conn,
    external_id: Option<&str>,
    own: CategoryId,
    objections: &mut Objections,
) -> Result<()> {
    let Some(external_id) = external_id else { return Ok(()) };
    let owner = find_by_external_id(conn, external_id).await?;
    if owner.is_some_and(|owner| owner != own) {
        objections.conflicts.push(duplicate_external_id(external_id));
    }
    Ok(())
}

/// Who has this external id.
pub(super) async fn find_by_external_id(conn: &mut Conn, external_id: &str) -> Result<Option<CategoryId>> {
    let owner = on_conn!(conn, |c| category_nodes::table
        .filter(category_nodes::external_id.eq(external_id))
        .select(category_nodes::id)
        .first::<DbId>(c))
    .optional()?;
    Ok(owner.map(CategoryId::from))
}
