//! The store in SQL databases.

mod change;
mod create;
mod delete;
mod held;
mod integrity;
mod listing;
mod nodes;
mod placing;
mod reading;
mod respacing;
mod rows;
mod schema;
mod search_index;
mod slugs;
mod soundness;
mod upsert;

use std::sync::Arc;

use async_trait::async_trait;
use vitrine_category_api::CategoryKey;
use vitrine_db::{Conn, Db, DbError, LockKey, Recorder};
use vitrine_kernel::{CategoryId, Clock, Expected, Failure, Result};

use super::{CategoryStore, Change, DeletePolicy, Exported, Listed, Outline, Reassignment, TreeProblem};
use crate::domain::import::{UpsertCategory, UpsertOutcome};
use crate::domain::listing::Listing;
use crate::domain::placement::{Destination, MovePlan};
use crate::domain::position::TreeMark;
use crate::domain::{Audience, Detail, NewCategory, Placed};

pub use held::SqlHeldRows;

/// Takes the lock that structural changes share, until the transaction ends. What is read of the tree afterwards stays true.
///
/// Changes of the tree are rare, and right is before fast here: one at a time, also where a database could do several.
async fn lock_structure(conn: &mut Conn) -> Result<()> {
    Ok(conn.lock(LockKey::Category).await?)
}

/// [`CategoryStore`] in a database.
pub struct SqlCategoryStore {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl SqlCategoryStore {
    /// A store in this database. The clock is asked inside the transactions, so that times grow with commits.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }
}

/// How a transaction that was only tried ends.
enum Undone {
    Tried(Vec<UpsertOutcome>),
    Failed(Failure),
}

impl From<DbError> for Undone {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

#[async_trait]
impl CategoryStore for SqlCategoryStore {
    async fn find_many(&self, keys: Vec<CategoryKey>) -> Result<Vec<(CategoryKey, Placed)>> {
        self.db.read(move |conn| Box::pin(reading::find_many(conn, keys))).await
    }

    async fn subtree_ids(&self, key: CategoryKey) -> Result<Option<Vec<CategoryId>>> {
        self.db.read(move |conn| Box::pin(reading::subtree_ids(conn, key))).await
    }

    async fn list(&self, listing: Listing) -> Result<Listed> {
        self.db.read(move |conn| Box::pin(listing::list(conn, listing))).await
    }

    async fn outline(
        &self,
        root: Option<CategoryId>,
        levels: i32,
        audience: Audience,
        most: i64,
    ) -> Result<Vec<Outline>> {
        self.db.read(move |conn| Box::pin(reading::outline(conn, root, levels, audience, most))).await
    }

    async fn export_page(
        &self,
        after: Option<TreeMark>,
        limit: i64,
    ) -> Result<(Vec<Exported>, Option<TreeMark>)> {
        self.db.read(move |conn| Box::pin(reading::export_page(conn, after, limit))).await
    }

    async fn create(&self, new: NewCategory, recorder: Option<Recorder<Detail>>) -> Result<Placed> {
        let clock = Arc::clone(&self.clock);
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    lock_structure(conn).await?;
                    let now = clock.now();
                    let category = create::create(conn, new, now).await?;
                    let placed = reading::with_ancestors(conn, category).await?;
                    record(conn, recorder, &placed, Some(0), now).await?;
                    Ok(placed)
                })
            })
            .await
    }

    async fn change(&self, id: CategoryId, expected: Expected, change: Change) -> Result<Placed> {
        let clock = Arc::clone(&self.clock);
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    lock_structure(conn).await?;
                    let current = nodes::find_expected(conn, id, &expected).await?;
                    let fields = change(&current)?;
                    let changed = change::change(conn, current, fields, clock.now()).await?;
                    reading::with_ancestors(conn, changed).await
                })
            })
            .await
    }

    async fn relocate(
        &self,
        id: CategoryId,
        expected: Expected,
        to: Destination,
        product_count: Option<u64>,
        recorder: Option<Recorder<Detail>>,
    ) -> Result<Placed> {
        let clock = Arc::clone(&self.clock);
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    lock_structure(conn).await?;
                    let now = clock.now();
                    let current = nodes::find_expected(conn, id, &expected).await?;
                    let moved = placing::relocate(conn, current, to, now).await?;
                    let placed = reading::with_ancestors(conn, moved).await?;
                    record(conn, recorder, &placed, product_count, now).await?;
                    Ok(placed)
                })
            })
            .await
    }

    async fn plan_move(&self, id: CategoryId, to: Destination) -> Result<MovePlan> {
        self.db.read(move |conn| Box::pin(placing::plan(conn, id, to))).await
    }

    async fn delete(
        &self,
        id: CategoryId,
        expected: Expected,
        policy: DeletePolicy,
        actor: String,
    ) -> Result<Vec<CategoryId>> {
        let clock = Arc::clone(&self.clock);
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    lock_structure(conn).await?;
                    let current = nodes::find_expected(conn, id, &expected).await?;
                    delete::delete(conn, current, policy, actor, clock.now()).await
                })
            })
            .await
    }

    async fn upsert_many(&self, rows: Vec<UpsertCategory>, dry_run: bool) -> Result<Vec<UpsertOutcome>> {
        let clock = Arc::clone(&self.clock);
        let written = self
            .db
            .write(move |conn| {
                Box::pin(async move {
                    lock_structure(conn).await.map_err(Undone::Failed)?;
                    let outcomes =
                        upsert::upsert_many(conn, rows, clock.now()).await.map_err(Undone::Failed)?;
                    if dry_run { Err(Undone::Tried(outcomes)) } else { Ok(outcomes) }
                })
            })
            .await;
        match written {
            Ok(outcomes) | Err(Undone::Tried(outcomes)) => Ok(outcomes),
            Err(Undone::Failed(failure)) => Err(failure),
        }
    }

    async fn reassignments(&self) -> Result<Vec<Reassignment>> {
        self.db.read(|conn| Box::pin(delete::reassignments(conn))).await
    }

    async fn reassignment_done(&self, seq: i64) -> Result<()> {
        self.db.write(move |conn| Box::pin(delete::reassignment_done(conn, seq))).await
    }

    async fn problems(&self) -> Result<Vec<TreeProblem>> {
        self.db.read(|conn| Box::pin(integrity::problems(conn))).await
    }

    async fn repair(&self) -> Result<u64> {
        let clock = Arc::clone(&self.clock);
        self.db
            .write(move |conn| {
                Box::pin(async move {
                    lock_structure(conn).await?;
                    integrity::repair(conn, clock.now()).await
                })
            })
            .await
    }
}

/// Writes the answer to a request with an idempotency key, last in its transaction.
async fn record(
    conn: &mut Conn,
    recorder: Option<Recorder<Detail>>,
    placed: &Placed,
    product_count: Option<u64>,
    now: vitrine_kernel::Timestamp,
) -> Result<()> {
    match recorder {
        Some(recorder) => recorder.record(conn, &Detail { placed: placed.clone(), product_count }, now).await,
        None => Ok(()),
    }
}
