//! The table of routes. One endpoint, one file.

mod ancestors;
mod answers;
mod attribute_schema;
mod by_slug;
mod children;
mod create;
mod delete;
mod descendants;
mod documents;
mod export;
mod import;
mod list;
mod list_query;
mod patch;
mod read_one;
mod relocate;
mod state;
mod tree;
mod views;

use utoipa::OpenApi as _;
use vitrine_kernel::Permission;
use vitrine_web::{Access, Routes};

pub use state::HttpState;

const WRITE: Access = Access::Needs(Permission::CategoryWrite);
const DELETE: Access = Access::Needs(Permission::CategoryDelete);

pub(crate) fn routes(routes: &mut Routes) {
    routes.post("/categories", WRITE, create::handle);
    routes.get("/categories", Access::Read, list::handle);
    routes.get("/categories/tree", Access::Read, tree::handle);
    routes.post("/categories/import", WRITE, import::handle);
    routes.get("/categories/export", WRITE, export::handle);
    routes.get("/categories/by-slug/{slug}", Access::Read, by_slug::handle);
    routes.get("/categories/{id}", Access::Read, read_one::handle);
    routes.patch("/categories/{id}", WRITE, patch::handle);
    routes.delete("/categories/{id}", DELETE, delete::handle);
    routes.get("/categories/{id}/children", Access::Read, children::handle);
    routes.get("/categories/{id}/ancestors", Access::Read, ancestors::handle);
    routes.get("/categories/{id}/descendants", Access::Read, descendants::handle);
    routes.get("/categories/{id}/attribute-schema", Access::Read, attribute_schema::handle);
    routes.post("/categories/{id}/move", WRITE, relocate::handle);
}

pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[derive(utoipa::OpenApi)]
#[openapi(
    tags((
        name = "categories",
        description = "The tree that products are sorted into. A category that is not `active`, and everything below it, is \
            there only for callers with `product:read_unpublished` or `category:write`."
    )),
    paths(
        create::handle,
        list::handle,
        tree::handle,
        by_slug::handle,
        read_one::handle,
        patch::handle,
        delete::handle,
        children::handle,
        ancestors::handle,
        descendants::handle,
        attribute_schema::handle,
        relocate::handle,
        import::handle,
        export::handle,
    ),
    components(schemas(
        documents::CategoryBody,
        documents::CategoryPatch,
        documents::AttributeDocument,
        documents::MoveBody,
        views::CategoryView<'_>,
        views::DetailView<'_>,
        views::BreadcrumbView<'_>,
        views::TreeNodeView<'_>,
        views::MovePlanView,
    ))
)]
struct Document;
