//! Names that only one product may have: slug, external id, SKUs. They are looked up before anything is written, so that all
//! conflicts are reported at once and a rejected write leaves nothing behind. (SQLite has one writer, so nobody takes a name in
//! between; elsewhere the unique indexes refuse the second.)

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, DbError, DbId, OptionalRow as _, on_conn};
use vitrine_kernel::{Failure, Fault, ProductId, Slug};

use super::schema::{catalog_products, catalog_skus};
use crate::domain::{Candidate, Product};

/// Numbers to try behind a slug before a long one is taken: thousands of products may share a name.
const SHORT_NUMBERS: std::ops::RangeInclusive<u64> = 2..=5;

/// Checks the names of a candidate and finds a free slug where it may choose. `current` is what has its names already.
///
/// The inner error is what to tell: 409 with all conflicts.
pub(super) async fn claim_names(
    conn: &mut Conn,
    candidate: &mut Candidate,
    current: Option<(i64, &Product)>,
) -> Result<Result<(), Failure>, Failure> {
    let mut conflicts = Vec::new();
    claim_external_id(conn, candidate, current, &mut conflicts).await?;
    claim_slug(conn, candidate, current, &mut conflicts).await?;
    claim_skus(conn, candidate, current.map(|(seq, _)| seq), &mut conflicts).await?;
    Ok(if conflicts.is_empty() { Ok(()) } else { Err(Failure::conflict(conflicts)) })
}

async fn claim_external_id(
    conn: &mut Conn,
    candidate: &Candidate,
    current: Option<(i64, &Product)>,
    conflicts: &mut Vec<Fault>,
) -> Result<(), DbError> {
    use catalog_products as products;
    let Some(external_id) = &candidate.product.external_id else { return Ok(()) };
    if current.is_some_and(|(_, product)| product.external_id.as_ref() == Some(external_id)) {
        return Ok(());
    }
    let owner = on_conn!(conn, |c| products::table
        .filter(products::external_id.eq(external_id))
        .filter(products::deleted_at.is_null())
        .select(products::id)
        .first::<DbId>(c))
    .optional()?;
    if let Some(owner) = owner.filter(|owner| owner.0 != candidate.product.id.0) {
        let detail =
            format!("`{external_id}` is the external id of product {} already", ProductId::from(owner));
        conflicts.push(Fault::new("/external_id", "duplicate_external_id", detail));
    }
    Ok(())
}

async fn claim_slug(
    conn: &mut Conn,
    candidate: &mut Candidate,
    current: Option<(i64, &Product)>,
    conflicts: &mut Vec<Fault>,
) -> Result<(), DbError> {
    let wanted = candidate.product.slug.clone();
    if current.is_some_and(|(_, product)| product.slug == wanted) {
        return Ok(());
    }
    let id = candidate.product.id;
    let Some(owner) = slug_owner(conn, &wanted, id).await? else { return Ok(()) };
    if candidate.slug_is_made {
        // Eight digits of the random part of the id: free for all we know, and looked up all the same.
        let tail = u64::try_from(id.0.as_u128() % 90_000_000).unwrap_or(0) + 10_000_000;
        for number in SHORT_NUMBERS.chain([tail]) {
            let numbered = wanted.numbered(number);
            if slug_owner(conn, &numbered, id).await?.is_none() {
                candidate.product.slug = numbered;
                return Ok(());
            }
        }
    }
    let detail = format!("`{wanted}` is the slug of product {owner} already");
    conflicts.push(Fault::new("/slug", "duplicate_slug", detail));
    Ok(())
}

async fn slug_owner(conn: &mut Conn, slug: &Slug, own: ProductId) -> Result<Option<ProductId>, DbError> {
    use catalog_products as products;
    let owner = on_conn!(conn, |c| products::table
        .filter(products::slug.eq(slug.as_str()))
        .filter(products::deleted_at.is_null())
        .select(products::id)
        .first::<DbId>(c))
    .optional()?;
    Ok(owner.map(ProductId::from).filter(|owner| *owner != own))
}

async fn claim_skus(
    conn: &mut Conn,
    candidate: &Candidate,
    own: Option<i64>,
    conflicts: &mut Vec<Fault>,
) -> Result<(), DbError> {
    for (at, variant) in candidate.product.variants.iter().enumerate() {
        let Some(sku) = &variant.sku else { continue };
        if let Some(owner) = sku_owner(conn, sku).await?.filter(|owner| Some(*owner) != own) {
            let pointer = candidate.point(format!("/variants/{at}/sku"));
            let id = product_id(conn, owner).await?;
            let detail = format!("`{sku}` is the SKU of a variant of product {id} already");
            conflicts.push(Fault::new(pointer, "duplicate_sku", detail));
        }
    }
    Ok(())
}

/// The `seq` of the product that has a SKU.
pub(super) async fn sku_owner(conn: &mut Conn, sku: &str) -> Result<Option<i64>, DbError> {
    on_conn!(conn, |c| catalog_skus::table
        .filter(catalog_skus::sku.eq(sku))
        .select(catalog_skus::product_seq)
        .first::<i64>(c))
    .optional()
}

pub(super) async fn product_id(conn: &mut Conn, seq: i64) -> Result<ProductId, DbError> {
    use catalog_products as products;
    let id = on_conn!(conn, |c| products::table
        .filter(products::seq.eq(seq))
        .select(products::id)
        .first::<DbId>(c))?;
    Ok(id.into())
}
