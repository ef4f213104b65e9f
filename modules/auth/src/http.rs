//! The table of routes. One endpoint, one file.
//!
//! Signing in through an identity provider (`/auth/login`, `/auth/callback`, `/auth/logout`) is not in this version, so
//! those paths are not there.

mod api_keys;
mod bindings;
mod lists;
mod me;
mod put;
mod roles;

use utoipa::OpenApi as _;
use vitrine_kernel::Permission;
use vitrine_web::{Access, Routes};

const ADMIN: Access = Access::Needs(Permission::AuthAdmin);

pub(crate) fn routes(routes: &mut Routes) {
    routes.get("/auth/me", Access::Open, me::handle);
    routes.get("/auth/roles", ADMIN, roles::list::handle);
    routes.get("/auth/roles/{name}", ADMIN, roles::read_one::handle);
    routes.put("/auth/roles/{name}", ADMIN, roles::put::handle);
    routes.delete("/auth/roles/{name}", ADMIN, roles::delete::handle);
    routes.get("/auth/bindings", ADMIN, bindings::list::handle);
    routes.get("/auth/bindings/{id}", ADMIN, bindings::read_one::handle);
    routes.put("/auth/bindings/{id}", ADMIN, bindings::put::handle);
    routes.delete("/auth/bindings/{id}", ADMIN, bindings::delete::handle);
    routes.get("/auth/api-keys", ADMIN, api_keys::list::handle);
    routes.post("/auth/api-keys", ADMIN, api_keys::create::handle);
    routes.get("/auth/api-keys/{id}", ADMIN, api_keys::read_one::handle);
    routes.delete("/auth/api-keys/{id}", ADMIN, api_keys::delete::handle);
}

pub(crate) fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[derive(utoipa::OpenApi)]
#[openapi(
    tags((
        name = "auth",
        description = "Who is calling and what they may do. A role is a named set of permissions; API keys and bindings give roles. \
            Changes hold from the next request on. Nobody can give away permissions they don't have."
    )),
    paths(
        me::handle,
        roles::list::handle,
        roles::read_one::handle,
        roles::put::handle,
        roles::delete::handle,
        bindings::list::handle,
        bindings::read_one::handle,
        bindings::put::handle,
        bindings::delete::handle,
        api_keys::list::handle,
        api_keys::create::handle,
        api_keys::read_one::handle,
        api_keys::delete::handle,
    )
)]
struct Document;
