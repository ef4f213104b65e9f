//! What batches look like, for the OpenAPI document.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Operations for one transaction.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct BatchBody {
    #[schema(max_items = 1000)]
    operations: Vec<BatchOperation>,
}

/// What to do with one product.
#[derive(Serialize, ToSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
#[expect(dead_code, reason = "it describes, and is never made")]
enum BatchOperation {
    /// As `POST /products`.
    Create {
        /// The body.
        #[schema(value_type = Object)]
        product: Value,
    },
    /// As `PATCH /products/{id}`.
    Update {
        id: Uuid,
        /// Which version must be the current one.
        version: Option<i64>,
        /// A merge patch.
        #[schema(value_type = Object)]
        patch: Value,
    },
    /// As a row of an import.
    Upsert {
        /// The row.
        #[schema(value_type = Object)]
        product: Value,
    },
    /// As `DELETE /products/{id}`.
    Delete {
        id: Uuid,
        /// Which version must be the current one.
        version: Option<i64>,
    },
    /// As `POST /products/{id}/restore`.
    Restore { id: Uuid },
}

/// What became of a batch.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct BatchAnswer {
    /// Whether anything was written.
    committed: bool,
    /// Whether it was only a rehearsal.
    validate_only: bool,
    /// One for each operation, in order.
    items: Vec<BatchItem>,
}

/// What became of one operation.
#[derive(Serialize, ToSchema)]
struct BatchItem {
    /// Its place in `operations`, from 0.
    index: u32,
    /// What it wanted.
    op: Option<String>,
    /// The HTTP status that it would have had alone; 424 where it was undone because of others.
    status: u16,
    /// The product.
    id: Option<Uuid>,
    /// Its version now.
    version: Option<i64>,
    /// What was wrong; pointers point into the batch.
    #[schema(value_type = Option<Object>)]
    error: Option<Value>,
}
