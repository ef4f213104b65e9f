//! The whole API: what the modules bring, and the application that serves it.

use std::sync::Arc;

use actix_cors::Cors;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName};
use actix_web::middleware::{Compress, Condition};
use actix_web::web::ServiceConfig;
use actix_web::{App, Error};
use bytes::Bytes;
use vitrine_auth_api::AuthPort;
use vitrine_kernel::{Clock, SystemClock};

use crate::context::X_REQUEST_ID;
use crate::edge::Edge;
use crate::idempotency::{IDEMPOTENCY_REPLAYED, InFlight};
use crate::{Authenticate, HttpModule, HttpSettings, RouteInfo, Routes, openapi, pages};

/// The modules behind one HTTP edge. Clones share everything, so that each worker can have one.
#[derive(Clone)]
pub struct Api {
    modules: Arc<[Arc<dyn HttpModule>]>,
    auth: Arc<dyn AuthPort>,
    settings: Arc<HttpSettings>,
    clock: Arc<dyn Clock>,
    in_flight: Arc<InFlight>,
    table: Arc<[RouteInfo]>,
    document_json: Bytes,
}

impl Api {
    /// Gathers modules.
    pub fn new(modules: Vec<Arc<dyn HttpModule>>, auth: Arc<dyn AuthPort>, settings: HttpSettings) -> Self {
        let mut routes = Routes::new();
        for module in &modules {
            module.routes(&mut routes);
        }
        let document =
            openapi::document(modules.iter().map(|module| module.openapi()), routes.table(), &settings);
        // A JSON value always serialises.
        let document_json = Bytes::from(serde_json::to_vec(&document).unwrap_or_default());
        Self {
            modules: modules.into(),
            auth,
            settings: Arc::new(settings),
            clock: Arc::new(SystemClock),
            in_flight: Arc::default(),
            table: routes.table().into(),
            document_json,
        }
    }

    /// The same API by another clock (for how long idempotent answers are replayed).
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Every route the modules declare.
    pub fn routes(&self) -> &[RouteInfo] {
        &self.table
    }

    /// The OpenAPI document (3.1) of just these modules, as JSON.
    pub fn openapi_json(&self) -> &Bytes {
        &self.document_json
    }

    /// Routes that the OpenAPI document does not describe, as `GET /api/v1/...`. Should be empty.
    pub fn undocumented(&self) -> Vec<String> {
        let described = openapi::operations(&self.document());
        self.table.iter().map(operation_name).filter(|name| !described.contains(name)).collect()
    }

    /// Operations in the OpenAPI document that no route serves. Should be empty.
    pub fn unserved(&self) -> Vec<String> {
        let served: Vec<_> = self.table.iter().map(operation_name).collect();
        openapi::operations(&self.document()).into_iter().filter(|name| !served.contains(name)).collect()
    }

    /// Routes declared more than once. Should be empty.
    pub fn declared_twice(&self) -> Vec<String> {
        let names: Vec<_> = self.table.iter().map(operation_name).collect();
        names
            .iter()
            .enumerate()
            .filter(|(at, name)| names.iter().take(*at).any(|n| n == *name))
            .map(|(_, n)| n.clone())
            .collect()
    }

    /// The document as a tree of values: made when asked for, which only checks do; it is ten times the size of its text.
    fn document(&self) -> serde_json::Value {
        serde_json::from_slice(&self.document_json).unwrap_or_default()
    }

    fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(Arc::clone(&self.settings))
            .app_data(Arc::clone(&self.clock))
            .app_data(Arc::clone(&self.in_flight));
        let mut routes = Routes::new();
        for module in self.modules.iter() {
            module.state(config);
            module.routes(&mut routes);
        }
        pages::add(&mut routes, self.document_json.clone());
        routes.register(config);
    }
}

fn operation_name(route: &RouteInfo) -> String {
    format!("{} {}", route.method, route.path)
}

/// The actix application: middleware, all modules, the documentation. One for each worker.
pub fn app(
    api: &Api,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    // The last one wrapped is the first to see a request.
    App::new()
        .configure(|config| api.configure(config))
        .wrap(Authenticate::new(Arc::clone(&api.auth)))
        .wrap(Compress::default())
        .wrap(Condition::new(!api.settings.cors_origins.is_empty(), cors(&api.settings.cors_origins)))
        .wrap(Edge)
}

fn cors(origins: &[String]) -> Cors {
    let exposed: [HeaderName; 7] = [
        header::ETAG,
        header::LINK,
        header::LOCATION,
        header::RETRY_AFTER,
        header::ALLOW,
        X_REQUEST_ID,
        IDEMPOTENCY_REPLAYED,
    ];
    let mut cors =
        Cors::default().allow_any_method().allow_any_header().expose_headers(exposed).max_age(3600);
    for origin in origins {
        cors = if origin == "*" { cors.allow_any_origin() } else { cors.allowed_origin(origin) };
    }
    cors
}
