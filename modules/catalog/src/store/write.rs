//! Runs a batch of writes inside one transaction.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::{Map, Value};
use vitrine_category_api::CategoryKey;
use vitrine_db::{Conn, DbError, DbId, LockKey, on_conn};
use vitrine_kernel::{ErrorCode, Expected, Failure, Fault, NewEvent, ProductId, Timestamp};

use super::claim::{claim_names, product_id, sku_owner};
use super::columns::Columns;
use super::gone;
use super::index::{IndexRows, change_indexes, clear_indexes, remove_indexes, write_indexes};
use super::reading::{For, Stored, find, find_any, find_current_slug};
use super::row_keys::RowKeys;
use super::schema::{catalog_former_slugs, catalog_history, catalog_products};
use super::{OnError, Outcome, Prepared, ProductKey, Write, WriteBatch, WriteReport};
use crate::domain::{Action, BodyKind, Candidate, NotAsked, Product, changes, patched};

/// Why a transaction is undone.
pub(super) enum Undo {
    /// Its outcome was all that was wanted.
    Report(WriteReport),
    /// The category module must be asked first.
    NotAsked(Vec<CategoryKey>),
    /// Something failed.
    Failed(Failure),
}

impl From<Failure> for Undo {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<DbError> for Undo {
    fn from(error: DbError) -> Self {
        Self::Failed(failure_of(error))
    }
}

impl From<NotAsked> for Undo {
    fn from(NotAsked(keys): NotAsked) -> Self {
        Self::NotAsked(keys)
    }
}

/// A name that two transactions took at the same moment, which only databases with several writers see.
fn failure_of(error: DbError) -> Failure {
    let (pointer, code) = match &error {
        DbError::UniqueViolation { columns } if columns.contains("catalog_skus") => {
            ("/variants", "duplicate_sku")
        }
        DbError::UniqueViolation { columns } if columns.contains("slug") => ("/slug", "duplicate_slug"),
        DbError::UniqueViolation { columns } if columns.contains("external_id") => {
            ("/external_id", "duplicate_external_id")
        }
        _ => return error.into(),
    };
    let fault = Fault::new(pointer, code, "was taken by another product at the same moment");
    Failure::conflict(vec![fault]).caused_by(error)
}

/// Runs all writes of a batch, in order.
pub(super) async fn run(conn: &mut Conn, batch: &WriteBatch, now: Timestamp) -> Result<WriteReport, Undo> {
    // Before anything else, so that nobody waits for it who holds a row: see [`super::gone`].
    conn.lock_shared(LockKey::CategoryMembership).await?;
    let mut report = WriteReport { outcomes: Vec::with_capacity(batch.writes.len()), committed: true };
    let mut rejected = false;
    let mut not_asked = Vec::new();
    for write in &batch.writes {
        let outcome = match (Transaction { conn: &mut *conn, batch, now }).run(write).await {
            Ok(outcome) => outcome,
            // It goes on, to find what the others need too: so one more attempt does.
            Err(Undo::NotAsked(keys)) => {
                not_asked.extend(keys);
                continue;
            }
            Err(undo) => return Err(undo),
        };
        rejected |= matches!(outcome, Outcome::Rejected(_));
        report.outcomes.push(outcome);
    }
    if !not_asked.is_empty() {
        return Err(Undo::NotAsked(not_asked));
    }
    if batch.validate_only || (rejected && batch.on_error == OnError::Abort) {
        report.committed = false;
        return Err(Undo::Report(report));
    }
    if let Some(record) = &batch.record {
        record(conn, &report, now).await?;
    }
    Ok(report)
}

struct Transaction<'a> {
    conn: &'a mut Conn,
    batch: &'a WriteBatch,
    now: Timestamp,
}

impl Transaction<'_> {
    async fn run(&mut self, write: &Write) -> Result<Outcome, Undo> {
        match write {
            Write::Create(prepared) => self.create(prepared).await,
            Write::Update { id, expected, patch } => match self.find_expected(*id, expected).await? {
                Ok(stored) => self.update(stored, patch, BodyKind::Update).await,
                Err(failure) => Ok(Outcome::Rejected(failure)),
            },
            Write::Delete { id, expected } => match self.find_expected(*id, expected).await? {
                Ok(stored) => self.delete(stored).await,
                Err(failure) => Ok(Outcome::Rejected(failure)),
            },
            Write::Restore { id } => self.restore(*id).await,
            Write::Upsert { row, kind, fresh } => self.upsert(row, *kind, fresh).await,
            Write::Refused(failure) => Ok(Outcome::Rejected(failure.clone())),
        }
    }

    async fn find_expected(
        &mut self,
        id: ProductId,
        expected: &Expected,
    ) -> Result<Result<Stored, Failure>, Failure> {
        let Some(stored) = find(self.conn, &ProductKey::Id(id), For::Writing).await? else {
            return Ok(Err(Failure::not_found("product", id)));
        };
        Ok(expected.check(stored.product.version).map(|()| stored))
    }

    async fn create(&mut self, prepared: &Prepared) -> Result<Outcome, Undo> {
        use catalog_products as products;
        let mut candidate = prepared.candidate.clone();
        if let Some(refused) = gone::refuse(self.conn, &candidate.product.category_ids).await? {
            return Ok(Outcome::Rejected(refused));
        }
        if let Err(conflict) = claim_names(self.conn, &mut candidate, None).await? {
            return Ok(Outcome::Rejected(conflict));
        }
        candidate.stamp(self.now);
        let product = candidate.product;
        let columns = Columns::of(&product)?;
        let values = (
            products::id.eq(DbId::from(product.id)),
            products::external_id.eq(product.external_id.as_deref()),
            products::slug.eq(product.slug.as_str()),
            products::name_key.eq(columns.name_key),
            products::brand_key.eq(columns.brand_key),
            products::status.eq(product.status.name()),
            products::price_key.eq(columns.price_key),
            products::version.eq(product.version.0),
            products::created_at.eq(product.created_at.as_millis()),
            products::updated_at.eq(product.updated_at.as_millis()),
            products::document.eq(columns.document),
        );
        let seq = on_conn!(self.conn, |c| diesel::insert_into(products::table)
            .values(values)
            .returning(products::seq)
            .get_result::<i64>(c))?;
        write_indexes(self.conn, seq, &prepared.rows).await?;
        self.tell(&product, Action::Created, &Map::new()).await?;
        Ok(Outcome::Created(product))
    }

    async fn update(&mut self, stored: Stored, patch: &Value, kind: BodyKind) -> Result<Outcome, Undo> {
        let refused = |faults| Ok(Outcome::Rejected(Failure::validation(faults)));
        let new = match patched(&stored.product, patch.clone(), kind)? {
            Ok(new) => new,
            Err(faults) => return refused(faults),
        };
        let mut candidate = match Candidate::revise(&stored.product, new, &self.batch.directory)? {
            Ok(candidate) => candidate,
            Err(faults) => return refused(faults),
        };
        if candidate.product.category_ids != stored.product.category_ids
            && let Some(refused) = gone::refuse(self.conn, &candidate.product.category_ids).await?
        {
            return Ok(Outcome::Rejected(refused));
        }
        if let Err(conflict) =
            claim_names(self.conn, &mut candidate, Some((stored.seq, &stored.product))).await?
        {
            return Ok(Outcome::Rejected(conflict));
        }
        let changes = changes(&stored.product, &candidate.product)?;
        if changes.is_empty() {
            return Ok(Outcome::Unchanged(stored.product));
        }
        candidate.stamp(self.now.max(stored.product.updated_at));
        let product = candidate.product;
        self.save(&stored, &product, false).await?;
        let (old, new) = (IndexRows::of(&stored.product), IndexRows::of(&product));
        change_indexes(self.conn, stored.seq, &old, &new).await?;
        if product.slug != stored.product.slug {
            self.remember_slug(&stored.product).await?;
        }
        self.tell(&product, Action::Updated, &changes).await?;
        Ok(Outcome::Updated(product))
    }

    async fn delete(&mut self, stored: Stored) -> Result<Outcome, Undo> {
        let product = self.next_version(&stored.product);
        self.save(&stored, &product, true).await?;
        remove_indexes(self.conn, stored.seq).await?;
        self.tell(&product, Action::Deleted, &Map::new()).await?;
        Ok(Outcome::Deleted(product.id, product.version))
    }

    async fn restore(&mut self, id: ProductId) -> Result<Outcome, Undo> {
        let Some(stored) = find_any(self.conn, id, For::Writing).await? else {
            return Ok(Outcome::Rejected(Failure::not_found("product", id)));
        };
        if !stored.is_deleted {
            return Ok(Outcome::Unchanged(stored.product));
        }
        let mut candidate = Candidate::unchanged(self.next_version(&stored.product));
        if let Err(conflict) = claim_names(self.conn, &mut candidate, None).await? {
            return Ok(Outcome::Rejected(conflict));
        }
        let product = candidate.product;
        self.save(&stored, &product, false).await?;
        clear_indexes(self.conn, stored.seq).await?;
        write_indexes(self.conn, stored.seq, &IndexRows::of(&product)).await?;
        self.tell(&product, Action::Restored, &Map::new()).await?;
        Ok(Outcome::Restored(product))
    }

    async fn upsert(
        &mut self,
        row: &Value,
        kind: BodyKind,
        fresh: &Result<Box<Prepared>, Failure>,
    ) -> Result<Outcome, Undo> {
        let keys = RowKeys::of(row);
        if keys.is_empty() {
            let detail = "an upsert needs an `external_id`, a `sku` or a `slug` to find its product by";
            let mut faults =
                fresh.as_ref().err().map(|failure| failure.faults().to_vec()).unwrap_or_default();
            faults.push(Fault::new("/external_id", "required", detail));
            return Ok(Outcome::Rejected(Failure::validation(faults)));
        }
        match self.find_by_row(&keys).await? {
            Ok(Some(stored)) => self.update(stored, row, kind).await,
            Ok(None) => match fresh {
                Ok(prepared) => self.create(prepared).await,
                Err(failure) => Ok(Outcome::Rejected(failure.clone())),
            },
            Err(conflict) => Ok(Outcome::Rejected(conflict)),
        }
    }

    /// The product that a row means: by its external id; else the one that has its SKUs, unless another external id says that it is
    /// another one (then creating it will tell of the SKU); else, where the row has neither, the one that has its slug.
    async fn find_by_row(&mut self, keys: &RowKeys<'_>) -> Result<Result<Option<Stored>, Failure>, Failure> {
        if let Some(external_id) = keys.external_id {
            let key = ProductKey::ExternalId(external_id.to_owned());
            if let Some(stored) = find(self.conn, &key, For::Writing).await? {
                return Ok(Ok(Some(stored)));
            }
        }
        if let (None, true, Some(slug)) = (keys.external_id, keys.skus.is_empty(), &keys.slug) {
            return Ok(Ok(find_current_slug(self.conn, slug, For::Writing).await?));
        }
        let mut owner = None;
        for (pointer, sku) in &keys.skus {
            let Some(found) = sku_owner(self.conn, sku).await? else { continue };
            if *owner.get_or_insert(found) != found {
                let detail = "the SKUs of this row belong to several products";
                return Ok(Err(Failure::conflict(vec![Fault::new(pointer, "duplicate_sku", detail)])));
            }
        }
        let Some(seq) = owner else { return Ok(Ok(None)) };
        let id = product_id(self.conn, seq).await?;
        let stored = find_any(self.conn, id, For::Writing).await?;
        Ok(Ok(stored.filter(|stored| keys.external_id.is_none() || stored.product.external_id.is_none())))
    }

    /// The same content as a new version.
    fn next_version(&self, product: &Product) -> Product {
        let mut next = product.clone();
        next.version = product.version.next();
        next.updated_at = self.now.max(product.updated_at);
        next
    }

    /// Writes the row, if it still is what was read.
    async fn save(&mut self, stored: &Stored, product: &Product, deleted: bool) -> Result<(), Undo> {
        use catalog_products as products;
        let columns = Columns::of(product)?;
        let values = (
            products::external_id.eq(product.external_id.as_deref()),
            products::slug.eq(product.slug.as_str()),
            products::name_key.eq(columns.name_key),
            products::brand_key.eq(columns.brand_key),
            products::status.eq(product.status.name()),
            products::price_key.eq(columns.price_key),
            products::version.eq(product.version.0),
            products::updated_at.eq(product.updated_at.as_millis()),
            products::deleted_at.eq(deleted.then(|| product.updated_at.as_millis())),
            products::document.eq(columns.document),
        );
        let row = products::table
            .filter(products::seq.eq(stored.seq))
            .filter(products::version.eq(stored.product.version.0));
        let changed = on_conn!(self.conn, |c| diesel::update(row).set(values).execute(c))?;
        if changed == 1 {
            return Ok(());
        }
        let detail = "The product was changed at the same moment. Read it again and repeat your change.";
        Err(Failure::new(ErrorCode::PreconditionFailed, detail).into())
    }

    /// A slug that a product had leads to it until another one takes it.
    async fn remember_slug(&mut self, former: &Product) -> Result<(), DbError> {
        use catalog_former_slugs as slugs;
        let values = (slugs::slug.eq(former.slug.as_str()), slugs::product_id.eq(DbId::from(former.id)));
        on_conn!(self.conn, |c| diesel::insert_into(slugs::table)
            .values(values)
            .on_conflict(slugs::slug)
            .do_update()
            .set(slugs::product_id.eq(DbId::from(former.id)))
            .execute(c))?;
        Ok(())
    }

    async fn tell(
        &mut self,
        product: &Product,
        action: Action,
        changes: &Map<String, Value>,
    ) -> Result<(), Failure> {
        write_history(self.conn, product, action, &self.batch.actor, changes).await
    }
}

/// Writes the history and the event of a version.
pub(super) async fn write_history(
    conn: &mut Conn,
    product: &Product,
    action: Action,
    actor: &str,
    changes: &Map<String, Value>,
) -> Result<(), Failure> {
    use catalog_history as history;
    let text = if changes.is_empty() {
        "{}".to_owned()
    } else {
        serde_json::to_string(changes).map_err(Failure::internal)?
    };
    let values = (
        history::product_id.eq(DbId::from(product.id)),
        history::version.eq(product.version.0),
        history::action.eq(action.name()),
        history::actor.eq(actor),
        history::occurred_at.eq(product.updated_at.as_millis()),
        history::changes.eq(text),
    );
    on_conn!(conn, |c| diesel::insert_into(history::table).values(values).execute(c))?;
    conn.emit(NewEvent {
        kind: action.event(),
        key: product.id.0,
        version: product.version,
        occurred_at: product.updated_at,
    })
    .await?;
    Ok(())
}
