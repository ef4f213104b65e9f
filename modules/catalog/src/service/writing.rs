//! Single writes.

use std::sync::Arc;

use serde_json::Value;
use vitrine_db::Recorder;
use vitrine_kernel::{Expected, Failure, Principal, ProductId};

use super::batch::{category_ids_in, fresh};
use super::details::keys_of;
use super::{CatalogService, ProductDetails};
use crate::domain::{BodyKind, CategoryDirectory, NewProduct, Product};
use crate::store::{OnError, Outcome, Record, Write, WriteBatch};

impl CatalogService {
    /// Creates a product from the body of a `POST`. The recorder's answer is committed with it.
    ///
    /// Errors: 422 with all faults; 409 with all names that others have.
    pub async fn create(
        &self,
        body: Value,
        actor: &Principal,
        recorder: Option<Recorder<ProductDetails>>,
    ) -> Result<ProductDetails, Failure> {
        let new = NewProduct::read(body, BodyKind::Create).map_err(Failure::validation)?;
        let mut directory = CategoryDirectory::default();
        self.extend(&mut directory, new.category_keys()).await?;
        let write = Write::Create(fresh(Ok(new), &directory)?);
        let record = recorder.map(|recorder| record_details(recorder, directory.clone()));
        self.write_one(write, directory, actor, record).await
    }

    /// Applies a merge patch. A patch that changes nothing makes no new version.
    ///
    /// Errors: 404; 412 where the version is not an expected one; 422 and 409 as in [`CatalogService::create`].
    pub async fn patch(
        &self,
        id: ProductId,
        expected: Expected,
        patch: Value,
        actor: &Principal,
    ) -> Result<ProductDetails, Failure> {
        let current = self.find_product(id).await?;
        // Checked again where it counts, in the transaction; here it saves the work.
        expected.check(current.version)?;
        let mut directory = CategoryDirectory::default();
        let keys = keys_of(&current.category_ids).into_iter().chain(category_ids_in(&patch));
        self.extend(&mut directory, keys).await?;
        self.write_one(Write::Update { id, expected, patch }, directory, actor, None).await
    }

    /// Deletes a product softly: its names become free, its history stays, and it can be restored.
    ///
    /// Errors: 404; 412.
    pub async fn delete(&self, id: ProductId, expected: Expected, actor: &Principal) -> Result<(), Failure> {
        let batch = one(Write::Delete { id, expected }, CategoryDirectory::default(), actor, None);
        let (report, _) = self.run(batch).await?;
        match report.outcomes.into_iter().next() {
            Some(Outcome::Rejected(failure)) => Err(failure),
            _ => Ok(()),
        }
    }

    /// Takes a deletion back; a product that is not deleted stays as it is.
    ///
    /// Errors: 404 when there was never such a product; 409 with its names that others have by now.
    pub async fn restore(&self, id: ProductId, actor: &Principal) -> Result<ProductDetails, Failure> {
        self.write_one(Write::Restore { id }, CategoryDirectory::default(), actor, None).await
    }

    async fn find_product(&self, id: ProductId) -> Result<Product, Failure> {
        let found = self.store.find_stored(id).await?;
        found.ok_or_else(|| Failure::not_found("product", id))
    }

    async fn write_one(
        &self,
        write: Write,
        directory: CategoryDirectory,
        actor: &Principal,
        record: Option<Record>,
    ) -> Result<ProductDetails, Failure> {
        let (report, directory) = self.run(one(write, directory, actor, record)).await?;
        let product = match report.outcomes.into_iter().next() {
            Some(
                Outcome::Created(product)
                | Outcome::Updated(product)
                | Outcome::Unchanged(product)
                | Outcome::Restored(product),
            ) => product,
            Some(Outcome::Rejected(failure)) => return Err(failure),
            Some(Outcome::Deleted(..)) | None => {
                return Err(Failure::internal("a write had no product for its outcome"));
            }
        };
        match ProductDetails::from_directory(product.clone(), &directory) {
            Some(details) => Ok(details),
            None => self.with_categories(product).await,
        }
    }
}

fn one(write: Write, directory: CategoryDirectory, actor: &Principal, record: Option<Record>) -> WriteBatch {
    WriteBatch {
        writes: vec![write],
        actor: actor.subject.clone(),
        directory,
        on_error: OnError::Abort,
        validate_only: false,
        record,
    }
}

/// Records the answer of a creation in its transaction.
fn record_details(recorder: Recorder<ProductDetails>, directory: CategoryDirectory) -> Record {
    let directory = Arc::new(directory);
    Arc::new(move |conn, report, now| {
        let (recorder, directory) = (recorder.clone(), Arc::clone(&directory));
        Box::pin(async move {
            let Some(Outcome::Created(product)) = report.outcomes.first() else { return Ok(()) };
            let details = ProductDetails::from_directory(product.clone(), &directory)
                .ok_or_else(|| Failure::internal("a category of a new product was not asked for"))?;
            recorder.record(conn, &details, now).await
        })
    })
}
