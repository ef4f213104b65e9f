//! The HTTP edge that all modules share: problems, extractors, preconditions, routes with their access rule, limits,
//! security headers, idempotency and the OpenAPI document.
//!
//! A module implements [`HttpModule`]; [`Api`] gathers the modules, and [`app`] makes the actix application that both
//! the server and the tests run.

#![warn(missing_docs)]

mod access;
mod api;
mod authenticate;
mod body;
mod caller;
mod context;
mod dispatch;
mod edge;
mod headers;
mod idempotency;
mod json_scan;
mod media_type;
mod metrics;
mod module;
mod openapi;
mod pages;
mod panics;
mod path;
mod precondition;
mod problem;
mod problem_meaning;
mod query;
mod query_reader;
pub mod respond;
mod root_span;
mod routes;
pub mod rows;
mod settings;
#[cfg(test)]
mod tests;
mod traceparent;
mod upload;

pub use access::Access;
pub use api::{Api, app};
pub use authenticate::{Authenticate, AuthenticateService};
pub use body::{JsonBody, PatchBody};
pub use caller::Caller;
pub use context::{RequestContext, RequestId};
pub use idempotency::{Idempotency, Render};
pub use metrics::REQUEST_DURATION;
pub use module::HttpModule;
pub use path::{PathParam, parse_id};
pub use precondition::{Precondition, PutPrecondition, etag_of};
pub use problem::Problem;
pub use query::QueryParams;
pub use query_reader::QueryReader;
pub use routes::{RouteInfo, Routes};
pub use settings::HttpSettings;
pub use upload::{Upload, UploadReader};

/// Where all modules' paths begin.
pub const BASE_PATH: &str = "/api/v1";
