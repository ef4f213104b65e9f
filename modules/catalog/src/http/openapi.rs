//! The catalog's part of the OpenAPI document.

use utoipa::OpenApi as _;

use super::{
    batch, create, delete, export, history, import, list, patch, read_by_sku, read_by_slug, read_one,
    restore, suggest,
};

#[derive(utoipa::OpenApi)]
#[openapi(
    paths(
        create::handle,
        list::handle,
        suggest::handle,
        read_one::handle,
        read_by_sku::handle,
        read_by_slug::handle,
        patch::handle,
        delete::handle,
        restore::handle,
        history::handle,
        batch::handle,
        import::handle,
        export::handle,
    ),
    tags((name = "products", description = "Products, their variants, and finding them"))
)]
struct Document;

pub(crate) fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}
