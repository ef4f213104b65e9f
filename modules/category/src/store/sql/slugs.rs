//! Slugs, now and before.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, DbId, OptionalRow as _, on_conn};
use vitrine_kernel::{CategoryId, Result, Slug};

use super::schema::{category_former_slugs, category_nodes};

/// Who has this slug now.
pub(super) async fn owner(conn: &mut Conn, slug: &Slug) -> Result<Option<CategoryId>> {
    let id = on_conn!(conn, |c| category_nodes::table
        .filter(category_nodes::slug.eq(slug.as_str()))
        .select(category_nodes::id)
        .first::<DbId>(c))
    .optional()?;
    Ok(id.map(CategoryId::from))
}

/// A slug from a name that nobody else has or had: a redirect that somebody may rely on is only taken over by who asks for it.
///
/// Numbers are searched by doubling and then by halving, so that the ten-thousandth `shoes` costs thirty look-ups; holes may
/// remain.
pub(super) async fn free(conn: &mut Conn, name: &str, own: Option<CategoryId>) -> Result<Slug> {
    let stem = Slug::from_name(name, "category");
    if is_free(conn, &stem, own).await? {
        return Ok(stem);
    }
    let (mut taken, mut candidate) = (1_u64, 2_u64);
    while !is_free(conn, &stem.numbered(candidate), own).await? {
        taken = candidate;
        candidate = candidate.saturating_mul(2);
    }
    while candidate - taken > 1 {
        let half = taken + (candidate - taken) / 2;
        if is_free(conn, &stem.numbered(half), own).await? {
            candidate = half;
        } else {
            taken = half;
        }
    }
    Ok(stem.numbered(candidate))
}

async fn is_free(conn: &mut Conn, slug: &Slug, own: Option<CategoryId>) -> Result<bool> {
    let own = DbId::from(own.unwrap_or(CategoryId(uuid::Uuid::nil())));
    let now = category_nodes::table
        .filter(category_nodes::slug.eq(slug.as_str()))
        .filter(category_nodes::id.ne(own));
    let before = category_former_slugs::table
        .filter(category_former_slugs::slug.eq(slug.as_str()))
        .filter(category_former_slugs::category_id.ne(own));
    let taken =
        on_conn!(conn, |c| diesel::select((exists(now), exists(before))).get_result::<(bool, bool)>(c))?;
    Ok(taken == (false, false))
}

/// A slug in use is nobody's former one any more.
pub(super) async fn take_over(conn: &mut Conn, slug: &Slug) -> Result<(), DbError> {
    on_conn!(conn, |c| diesel::delete(
        category_former_slugs::table.filter(category_former_slugs::slug.eq(slug.as_str()))
    )
    .execute(c))?;
    Ok(())
}

/// Keeps the old slug as a redirect.
pub(super) async fn change(conn: &mut Conn, id: CategoryId, old: &Slug, new: &Slug) -> Result<(), DbError> {
    take_over(conn, new).await?;
    on_conn!(conn, |c| diesel::insert_into(category_former_slugs::table)
        .values((
            category_former_slugs::slug.eq(old.as_str()),
            category_former_slugs::category_id.eq(DbId::from(id)),
        ))
        .on_conflict(category_former_slugs::slug)
        .do_update()
        .set(category_former_slugs::category_id.eq(DbId::from(id)))
        .execute(c))?;
    Ok(())
}
