//! What this crate asks of a module that runs here, beside its port and its routes: what the command line needs. Written as
//! traits, so that nothing but the wiring depends on which modules were compiled in.

use std::io::Read;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use vitrine_auth_api::AuthPort;
use vitrine_bulk::{ByteStream, FinishedReport, Format};
use vitrine_catalog_api::CatalogPort;
use vitrine_category_api::CategoryPort;
use vitrine_kernel::Failure;
use vitrine_web::HttpModule;

/// A file of rows.
pub type Input = Box<dyn Read + Send>;

/// Told how many rows are done.
pub type OnRows<'a> = &'a (dyn Fn(u64) + Send + Sync);

/// The auth module.
#[async_trait]
pub trait LocalAuth: Send + Sync {
    fn http(&self) -> Arc<dyn HttpModule>;
    fn port(&self) -> Arc<dyn AuthPort>;
    /// Makes a key that has this role and returns it. `lifetime` is like `30d`.
    async fn issue_token(
        &self,
        role: String,
        name: Option<String>,
        lifetime: Option<String>,
    ) -> anyhow::Result<String>;
    /// Writes down what is still in memory.
    async fn flush(&self);
}

/// The category module.
#[async_trait]
pub trait LocalCategory: Send + Sync {
    fn http(&self) -> Arc<dyn HttpModule>;
    fn port(&self) -> Arc<dyn CategoryPort>;
    async fn import(
        &self,
        input: Input,
        format: Format,
        validate_only: bool,
    ) -> Result<FinishedReport, Failure>;
    async fn import_values(&self, rows: Vec<Value>) -> Result<FinishedReport, Failure>;
    fn export(&self, format: Format) -> ByteStream;
    /// What a server does beside its requests: finishes deletions that were interrupted, and looks at the tree now and then. Never
    /// ends.
    async fn maintain(&self);
    /// What is wrong with the tree; nothing, if all is well.
    async fn problems(&self) -> Result<Vec<String>, Failure>;
    /// Makes again what is made from the truth. Returns how many rows that changed.
    async fn repair(&self) -> Result<u64, Failure>;
}

/// The catalog module.
#[async_trait]
pub trait LocalCatalog: Send + Sync {
    fn http(&self) -> Arc<dyn HttpModule>;
    fn port(&self) -> Arc<dyn CatalogPort>;
    async fn import(
        &self,
        input: Input,
        format: Format,
        validate_only: bool,
    ) -> Result<FinishedReport, Failure>;
    fn export(&self, format: Format) -> ByteStream;
    /// The rows of the tree that synthetic products are made for.
    fn seed_categories(&self) -> Vec<Value>;
    /// Makes synthetic products in the categories with these external ids, or in the tree made for it.
    async fn seed_products(
        &self,
        count: u64,
        categories: Option<Vec<String>>,
        on_rows: OnRows<'_>,
    ) -> Result<FinishedReport, Failure>;
    /// What is wrong with what is made from the products; nothing, if all is well.
    async fn problems(&self) -> Result<Vec<String>, Failure>;
    /// Makes it again. Returns how many products there are.
    async fn repair(&self) -> Result<u64, Failure>;
}
