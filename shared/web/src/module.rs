//! What a module brings to the HTTP edge.

use actix_web::web::ServiceConfig;

use crate::Routes;

/// A module's part of the API.
pub trait HttpModule: Send + Sync {
    /// Declares the routes, with their access rules. Called once for each worker.
    fn routes(&self, routes: &mut Routes);

    /// Registers what the handlers take from `web::Data`. Called once for each worker.
    fn state(&self, config: &mut ServiceConfig);

    /// The module's part of the OpenAPI document; its paths are whole (`/api/v1/products/{id}`).
    fn openapi(&self) -> utoipa::openapi::OpenApi;
}
