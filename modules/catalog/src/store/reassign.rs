//! Moves products from categories that go away.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use vitrine_db::{Conn, LockKey, on_conn};
use vitrine_kernel::{CategoryId, Failure, Timestamp};

use super::columns::Columns;
use super::counts::{BOUND, distinct};
use super::gone;
use super::index::{IndexRows, remove_categories, write_categories};
use super::reading::{Row, Stored};
use super::schema::{catalog_product_categories, catalog_products};
use super::write::write_history;
use crate::domain::{Action, Product, changes};

pub(super) struct Reassignment<'a> {
    pub categories: &'a [CategoryId],
    pub target: Option<CategoryId>,
    pub actor: &'a str,
}

impl Reassignment<'_> {
    /// Changes at most `most` products; how many it changed.
    pub(super) async fn run(&self, conn: &mut Conn, most: u16, now: Timestamp) -> Result<u64, Failure> {
        let leaving: HashSet<_> =
            self.categories.iter().copied().filter(|id| Some(*id) != self.target).collect();
        let leaving_ids = distinct(&leaving.iter().copied().collect::<Vec<_>>());
        conn.lock(LockKey::CategoryMembership).await?;
        gone::remember(conn, &leaving_ids, now).await?;
        let mut moved = 0;
        for chunk in leaving_ids.chunks(BOUND) {
            for stored in products_in(conn, chunk, u64::from(most) - moved).await? {
                let product = self.moved(&stored.product, &leaving, now);
                save(conn, &stored, &product).await?;
                let changes = changes(&stored.product, &product)?;
                write_history(conn, &product, Action::Updated, self.actor, &changes).await?;
                moved += 1;
            }
            if moved >= u64::from(most) {
                break;
            }
        }
        Ok(moved)
    }

    /// The target stands where the first category that leaves stood, unless the product is in it already further in front.
    fn moved(&self, product: &Product, leaving: &HashSet<CategoryId>, now: Timestamp) -> Product {
        let mut next = product.clone();
        next.version = product.version.next();
        next.updated_at = now.max(product.updated_at);
        next.category_ids.clear();
        for id in &product.category_ids {
            let stays = if leaving.contains(id) { self.target } else { Some(*id) };
            next.category_ids.extend(stays.filter(|id| !next.category_ids.contains(id)));
        }
        next
    }
}

async fn products_in(conn: &mut Conn, ids: &[vitrine_db::DbId], most: u64) -> Result<Vec<Stored>, Failure> {
    use {catalog_product_categories as links, catalog_products as products};
    let inside = links::table.filter(links::category_id.eq_any(ids)).select(links::product_seq);
    let rows = on_conn!(conn, |c| products::table
        .filter(products::seq.eq_any(inside))
        .order(products::seq)
        .limit(i64::try_from(most).unwrap_or(0))
        .select((products::seq, products::deleted_at, products::document))
        .load::<Row>(c))?;
    rows.into_iter().map(Stored::from_row).collect()
}

async fn save(conn: &mut Conn, stored: &Stored, product: &Product) -> Result<(), Failure> {
    use catalog_products as products;
    let values = (
        products::version.eq(product.version.0),
        products::updated_at.eq(product.updated_at.as_millis()),
        products::document.eq(Columns::of(product)?.document),
    );
    let row = products::table.filter(products::seq.eq(stored.seq));
    on_conn!(conn, |c| diesel::update(row).set(values).execute(c))?;
    remove_categories(conn, stored.seq).await?;
    write_categories(conn, stored.seq, &IndexRows::of(product)).await?;
    Ok(())
}
