//! The catalog over HTTP: the table of its URLs. One endpoint, one file.

mod batch;
mod create;
mod delete;
mod export;
mod history;
mod import;
mod list;
mod list_query;
mod list_schema;
mod openapi;
mod patch;
mod read_by_sku;
mod read_by_slug;
mod read_one;
mod restore;
mod schema;
mod state;
mod suggest;
mod view;

#[cfg(test)]
mod tests;

use vitrine_kernel::Permission;
use vitrine_web::{Access, Routes};

pub(crate) use openapi::document;
pub(crate) use state::CatalogState;
pub use view::ProductView;

/// Declares the URLs.
pub(crate) fn routes(routes: &mut Routes) {
    let write = Access::Needs(Permission::ProductWrite);
    let delete = Access::Needs(Permission::ProductDelete);
    let see_all = Access::Needs(Permission::ProductReadUnpublished);
    let bulk = Access::Needs(Permission::ProductImport);
    routes.post("/products", write, create::handle);
    routes.get("/products", Access::Read, list::handle);
    routes.get("/products/suggest", Access::Read, suggest::handle);
    routes.post("/products/batch", write, batch::handle);
    routes.post("/products/import", bulk, import::handle);
    routes.get("/products/export", bulk, export::handle);
    routes.get("/products/by-sku/{sku}", Access::Read, read_by_sku::handle);
    routes.get("/products/by-slug/{slug}", Access::Read, read_by_slug::handle);
    routes.get("/products/{id}", Access::Read, read_one::handle);
    routes.patch("/products/{id}", write, patch::handle);
    routes.delete("/products/{id}", delete, delete::handle);
    routes.post("/products/{id}/restore", delete, restore::handle);
    routes.get("/products/{id}/history", see_all, history::handle);
}
