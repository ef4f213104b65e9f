//! The table of routes: which method of which path is served by what, and who may call it.

use std::collections::BTreeMap;
use std::rc::Rc;

use actix_web::dev::{ServiceRequest, ServiceResponse, fn_service};
use actix_web::http::Method;
use actix_web::web::ServiceConfig;
use actix_web::{FromRequest, Handler, HttpResponse, Responder};
use futures::FutureExt as _;

use crate::dispatch::{self, Resource, Serve};
use crate::metrics::RouteMetrics;
use crate::panics::catch_panic;
use crate::{Access, BASE_PATH, RequestContext};

/// One route, as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteInfo {
    /// The method. `HEAD` is served wherever `GET` is and has no route of its own.
    pub method: Method,
    /// The whole path: `/api/v1/products/{id}`.
    pub path: String,
    /// Who may call it.
    pub access: Access,
}

/// Gathers the routes of all modules, so that each path becomes one resource which knows all its methods.
#[derive(Default)]
pub struct Routes {
    table: Vec<RouteInfo>,
    /// By the path with its variable parts numbered: `/c/{id}` and `/c/{slug}` are one.
    by_path: BTreeMap<String, Vec<(Method, Serve)>>,
}

/// `/api/v1/categories/{id}/children` → `/api/v1/categories/{0}/children`.
fn shape_of(path: &str) -> String {
    let mut variables = 0_u32..;
    let segments = path.split('/').map(|segment| {
        if segment.starts_with('{') {
            variables.next().map_or_else(String::new, |number| format!("{{{number}}}"))
        } else {
            segment.to_owned()
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

impl Routes {
    /// No routes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// `GET` (and `HEAD`) on a path relative to `/api/v1`, like `/categories/{id}`.
    pub fn get<F, Args>(&mut self, path: &str, access: Access, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::GET, path, access, handler);
    }

    /// `POST` on a path.
    pub fn post<F, Args>(&mut self, path: &str, access: Access, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::POST, path, access, handler);
    }

    /// `PUT` on a path.
    pub fn put<F, Args>(&mut self, path: &str, access: Access, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::PUT, path, access, handler);
    }

    /// `PATCH` on a path.
    pub fn patch<F, Args>(&mut self, path: &str, access: Access, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::PATCH, path, access, handler);
    }

    /// `DELETE` on a path.
    pub fn delete<F, Args>(&mut self, path: &str, access: Access, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::DELETE, path, access, handler);
    }

    /// What was declared, in the order of declaration.
    pub fn table(&self) -> &[RouteInfo] {
        &self.table
    }

    fn add<F, Args>(&mut self, method: Method, path: &str, access: Access, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let path = format!("{BASE_PATH}{path}");
        self.serve_at(method.clone(), &path, access, handler);
        self.table.push(RouteInfo { method, path, access });
    }

    /// `GET` on a whole path that is no part of the API: the documentation, the landing page.
    pub(crate) fn page<F, Args>(&mut self, path: &str, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.serve_at(Method::GET, path, Access::Open, handler);
    }

    fn serve_at<F, Args>(&mut self, method: Method, path: &str, access: Access, handler: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let metrics = Rc::new(RouteMetrics::new(method.as_str(), path));
        let serve: Serve = Rc::new(move |request| {
            serve(request, access, handler.clone(), Rc::clone(&metrics)).boxed_local()
        });
        self.by_path.entry(shape_of(path)).or_default().push((method, serve));
    }

    /// Registers everything with an application: one service that finds the resource by itself. The framework's own router tries
    /// one pattern after the other, which costs more than a cached answer does.
    pub(crate) fn register(self, config: &mut ServiceConfig) {
        let mut router = matchit::Router::new();
        for (shape, methods) in self.by_path {
            if let Err(error) = router.insert(&shape, Resource::new(methods)) {
                tracing::error!(%error, "{shape} can't be a route; nothing is served there");
            }
        }
        let router = Rc::new(router);
        config.default_service(fn_service(move |request: ServiceRequest| {
            let router = Rc::clone(&router);
            async move { Ok::<_, actix_web::Error>(dispatch::dispatch(&router, request).await) }
        }));
    }
}

/// The access rule first, so that a caller who may not learns nothing from what the extractors would say.
async fn serve<F, Args>(
    request: ServiceRequest,
    access: Access,
    handler: F,
    metrics: Rc<RouteMetrics>,
) -> ServiceResponse
where
    F: Handler<Args>,
    Args: FromRequest,
    F::Output: Responder,
{
    let (request, mut payload) = request.into_parts();
    let context = RequestContext::of(&request);
    context.matched(&metrics);
    if let Err(problem) = access.check(&request, context.principal()) {
        return ServiceResponse::from_err(problem, request);
    }
    let answering = async {
        match Args::from_request(&request, &mut payload).await {
            Ok(args) => handler.call(args).await.respond_to(&request).map_into_boxed_body(),
            Err(error) => HttpResponse::from_error(error),
        }
    };
    let response = match catch_panic(answering).await {
        Ok(response) => response,
        Err(problem) => HttpResponse::from_error(problem),
    };
    ServiceResponse::new(request, response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_variables_do_not_make_another_path() {
        assert_eq!(shape_of("/c/{id}/children"), shape_of("/c/{slug}/children"));
        assert_eq!(shape_of("/a/{x}/b/{y}"), "/a/{0}/b/{1}");
        assert_eq!(shape_of("/"), "/");
    }
}
