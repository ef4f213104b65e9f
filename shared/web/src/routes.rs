//! The table of routes: which method of which path is served by what, and who may call it.

use std::collections::BTreeMap;
use std::rc::Rc;

use actix_web::dev::{ServiceRequest, ServiceResponse, fn_service};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route, guard};
use vitrine_kernel::ErrorCode;

use crate::metrics::RouteMetrics;
use crate::panics::catch_panic;
use crate::{Access, BASE_PATH, Problem, RequestContext};

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
    by_path: BTreeMap<PathOrder, Vec<(Method, Route)>>,
}

/// Orders paths so that the router, which takes the first match, prefers `/categories/tree` to `/categories/{id}`: segment
/// by segment, what is fixed comes before what is variable. Short paths come first: a path matches none of another length,
/// and the shortest variable ones, `/products/{id}`, are asked for most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct PathOrder {
    length: usize,
    segments: Vec<(bool, String)>,
}

impl PathOrder {
    fn of(path: &str) -> Self {
        let segments: Vec<_> =
            path.split('/').map(|segment| (segment.contains('{'), segment.to_owned())).collect();
        Self { length: segments.len(), segments }
    }

    fn path(&self) -> String {
        self.segments.iter().map(|(_, segment)| segment.as_str()).collect::<Vec<_>>().join("/")
    }
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
        let service = fn_service(move |request: ServiceRequest| {
            let (handler, metrics) = (handler.clone(), Rc::clone(&metrics));
            async move { Ok::<_, actix_web::Error>(serve(request, access, handler, &metrics).await) }
        });
        let route = on_method(&method).service(service);
        self.by_path.entry(PathOrder::of(path)).or_default().push((method, route));
    }

    /// Registers the resources with an application.
    pub(crate) fn register(self, config: &mut ServiceConfig) {
        for (order, routes) in self.by_path {
            config.service(resource(&order.path(), routes));
        }
    }
}

fn on_method(method: &Method) -> Route {
    if method == Method::GET {
        return web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    }
    web::method(method.clone())
}

/// The access rule first, so that a caller who may not learns nothing from what the extractors would say.
async fn serve<F, Args>(
    request: ServiceRequest,
    access: Access,
    handler: F,
    metrics: &Rc<RouteMetrics>,
) -> ServiceResponse
where
    F: Handler<Args>,
    Args: FromRequest,
    F::Output: Responder,
{
    let (request, mut payload) = request.into_parts();
    let context = RequestContext::of(&request);
    context.matched(metrics);
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

/// One path with all its methods: any other is a 405 that says which there are, and `OPTIONS` just says it.
fn resource(path: &str, routes: Vec<(Method, Route)>) -> Resource {
    let allow = allow_header(routes.iter().map(|(method, _)| method));
    let mut resource = web::resource(path.to_owned());
    for (_, route) in routes {
        resource = resource.route(route);
    }
    let allow_options = allow.clone();
    resource
        .route(web::method(Method::OPTIONS).to(move || {
            let allow = allow_options.clone();
            async move { HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish() }
        }))
        .default_service(web::to(move || {
            let allow = allow.clone();
            async move {
                let there_are = allow.to_str().unwrap_or_default().to_owned();
                let detail = format!("This path knows {there_are}.");
                Err::<HttpResponse, _>(
                    Problem::new(ErrorCode::MethodNotAllowed, detail).with_header(header::ALLOW, allow),
                )
            }
        }))
}

fn allow_header<'a>(methods: impl Iterator<Item = &'a Method>) -> HeaderValue {
    let mut names = Vec::new();
    for method in methods {
        names.push(method.as_str());
        if method == Method::GET {
            names.push("HEAD");
        }
    }
    names.push("OPTIONS");
    // Methods are ASCII words.
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_segments_come_before_variable_ones() {
        let mut paths: Vec<_> =
            ["/c/{id}", "/c/{id}/children", "/c/tree", "/c", "/c/by-slug/{slug}", "/{any}"]
                .map(PathOrder::of)
                .into();
        paths.sort();
        let sorted: Vec<_> = paths.iter().map(PathOrder::path).collect();
        assert_eq!(sorted, ["/c", "/{any}", "/c/tree", "/c/{id}", "/c/by-slug/{slug}", "/c/{id}/children"]);
    }

    #[test]
    fn allow_names_head_where_there_is_get() {
        let allow = allow_header([Method::GET, Method::PATCH].iter());
        assert_eq!(allow, "GET, HEAD, PATCH, OPTIONS");
    }
}
