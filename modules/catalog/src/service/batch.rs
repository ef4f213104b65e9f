//! Many writes in one transaction.

use std::sync::Arc;

use serde_json::Value;
use vitrine_category_api::CategoryKey;
use vitrine_db::Recorder;
use vitrine_kernel::{ErrorCode, Expected, Failure, Fault, Principal, ProductId};

use super::CatalogService;
use super::details::keys_of;
use crate::domain::{BodyKind, Candidate, CategoryDirectory, NewProduct};
use crate::store::{OnError, Outcome, Prepared, Record, Write, WriteBatch, WriteError, WriteReport};

/// How often a transaction is begun anew because a product got into a category that nobody had asked for.
const ATTEMPTS: usize = 5;

/// One write, as it came in.
#[derive(Debug, Clone)]
pub enum ProductWrite {
    /// The body of a `POST`.
    Create(Value),
    /// A merge patch.
    Update {
        /// For which product.
        id: ProductId,
        /// In which versions of it.
        expected: Expected,
        /// The patch.
        patch: Value,
    },
    /// Soft deletion.
    Delete {
        /// Of which product.
        id: ProductId,
        /// In which versions of it.
        expected: Expected,
    },
    /// Takes a deletion back.
    Restore {
        /// Of which product.
        id: ProductId,
    },
    /// A row of an import: like a merge patch of the product that has its `external_id`, or else one of its SKUs, or else
    /// (if the row has neither) its `slug`; where there is none, like the body of a `POST`. Members that are absent stay as they are. Categories may be given as `category_ids`,
    /// `category_external_ids` or `category_slugs`.
    Upsert(Value),
    /// A row of a CSV file: as above, and the product's attributes are texts, which the schemas of its categories turn into numbers
    /// and booleans.
    UpsertTexts(Value),
    /// Nothing: a row that was refused before; it keeps its place among the outcomes.
    Refused(Failure),
}

/// How a batch is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchOptions {
    /// What a rejected write means for the others.
    pub on_error: OnError,
    /// Find out what would happen, and do nothing.
    pub validate_only: bool,
}

impl CatalogService {
    /// Runs writes in one transaction; one outcome each, in order. Later ones see what earlier ones did.
    ///
    /// Errors: only what concerns them all (the database, the category module). What is wrong with one of them is its
    /// [`Outcome::Rejected`].
    pub async fn write_many(
        &self,
        writes: Vec<ProductWrite>,
        options: BatchOptions,
        actor: &Principal,
        recorder: Option<Recorder<WriteReport>>,
    ) -> Result<WriteReport, Failure> {
        let record = recorder.map(|recorder| -> Record {
            Arc::new(move |conn, report, now| {
                let recorder = recorder.clone();
                Box::pin(async move { recorder.record(conn, report, now).await })
            })
        });
        let mut directory = CategoryDirectory::default();
        let writes = self.prepare(writes, &mut directory).await?;
        let batch = WriteBatch {
            writes,
            actor: actor.subject.clone(),
            directory,
            on_error: options.on_error,
            validate_only: options.validate_only,
            record,
        };
        self.run(batch).await.map(|(report, _)| report)
    }

    /// Creates or changes the products of the rows, in one transaction: a bad row is rejected alone.
    pub async fn upsert_many(&self, rows: Vec<Value>, actor: &Principal) -> Result<Vec<Outcome>, Failure> {
        let options = BatchOptions { on_error: OnError::Skip, validate_only: false };
        let writes = rows.into_iter().map(ProductWrite::Upsert).collect();
        Ok(self.write_many(writes, options, actor, None).await?.outcomes)
    }

    /// Creates or changes the product of a row.
    pub async fn upsert(&self, row: Value, actor: &Principal) -> Result<Outcome, Failure> {
        let mut outcomes = self.upsert_many(vec![row], actor).await?;
        outcomes.pop().ok_or_else(|| Failure::internal("a batch of one had no outcome"))
    }

    /// Reads all bodies, asks for all their categories at once, and makes what can be made before the transaction.
    async fn prepare(
        &self,
        writes: Vec<ProductWrite>,
        directory: &mut CategoryDirectory,
    ) -> Result<Vec<Write>, Failure> {
        let mut keys = Vec::new();
        let parsed: Vec<_> = writes.into_iter().map(|write| Parsed::of(write, &mut keys)).collect();
        self.extend(directory, keys).await?;
        Ok(parsed.into_iter().map(|parsed| parsed.checked(directory)).collect())
    }

    /// Runs a batch, and asks the category module in between where a product turns out to need it.
    pub(super) async fn run(&self, batch: WriteBatch) -> Result<(WriteReport, CategoryDirectory), Failure> {
        let mut batch = Arc::new(batch);
        for _ in 0..ATTEMPTS {
            match self.store.write(Arc::clone(&batch)).await {
                Ok(report) => return Ok((report, batch.directory.clone())),
                Err(WriteError::Failed(failure)) => return Err(failure),
                Err(WriteError::NotAsked(keys)) => {
                    let changed = Arc::make_mut(&mut batch);
                    self.extend(&mut changed.directory, keys).await?;
                }
            }
        }
        let detail =
            "The products change too fast to be checked against their categories. Try again in a moment.";
        Err(Failure::new(ErrorCode::Overloaded, detail).retry_after_seconds(1))
    }
}

/// The categories that a patch names; what is no id is a fault that applying it finds.
pub(super) fn category_ids_in(patch: &Value) -> Vec<CategoryKey> {
    let ids = patch.get("category_ids").and_then(Value::as_array).into_iter().flatten();
    keys_of(&ids.filter_map(|id| id.as_str()?.parse().ok()).collect::<Vec<_>>())
}

/// A write whose body, if it has one, was read.
enum Parsed {
    Create(Result<NewProduct, Vec<Fault>>),
    Upsert { row: Value, kind: BodyKind, new: Result<NewProduct, Vec<Fault>> },
    Ready(Write),
}

impl Parsed {
    /// Reads the body, and notes the categories that checking it takes.
    fn of(write: ProductWrite, keys: &mut Vec<CategoryKey>) -> Self {
        match write {
            ProductWrite::Create(body) => {
                let new = NewProduct::read(body, BodyKind::Create);
                keys.extend(new.iter().flat_map(NewProduct::category_keys));
                Self::Create(new)
            }
            ProductWrite::Upsert(row) => Self::row(row, BodyKind::Row, keys),
            ProductWrite::UpsertTexts(row) => Self::row(row, BodyKind::TextRow, keys),
            ProductWrite::Update { id, expected, patch } => {
                keys.extend(category_ids_in(&patch));
                Self::Ready(Write::Update { id, expected, patch })
            }
            ProductWrite::Delete { id, expected } => Self::Ready(Write::Delete { id, expected }),
            ProductWrite::Restore { id } => Self::Ready(Write::Restore { id }),
            ProductWrite::Refused(failure) => Self::Ready(Write::Refused(failure)),
        }
    }

    fn row(row: Value, kind: BodyKind, keys: &mut Vec<CategoryKey>) -> Self {
        let new = NewProduct::read(row.clone(), kind);
        match &new {
            Ok(new) => keys.extend(new.category_keys()),
            // A row that is no whole product may still change one.
            Err(_) => keys.extend(category_ids_in(&row)),
        }
        Self::Upsert { row, kind, new }
    }

    fn checked(self, directory: &CategoryDirectory) -> Write {
        match self {
            Self::Create(new) => match fresh(new, directory) {
                Ok(prepared) => Write::Create(prepared),
                Err(failure) => Write::Refused(failure),
            },
            Self::Upsert { row, kind, new } => Write::Upsert { row, kind, fresh: fresh(new, directory) },
            Self::Ready(write) => write,
        }
    }
}

/// A body as a product that doesn't exist yet, ready to be written.
pub(super) fn fresh(
    new: Result<NewProduct, Vec<Fault>>,
    directory: &CategoryDirectory,
) -> Result<Box<Prepared>, Failure> {
    let new = new.map_err(Failure::validation)?;
    let candidate = Candidate::create(new, directory)
        .map_err(|_| Failure::internal("a category of a new product was not asked for"))?
        .map_err(Failure::validation)?;
    Ok(Box::new(Prepared::new(candidate)))
}
