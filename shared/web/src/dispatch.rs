//! From a request's path and method to what serves it.

use std::rc::Rc;

use actix_web::HttpResponse;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use futures::future::LocalBoxFuture;
use matchit::Router;
use vitrine_kernel::ErrorCode;

use crate::{Problem, RequestContext};

/// Serves the requests of one route.
pub(crate) type Serve = Rc<dyn Fn(ServiceRequest) -> LocalBoxFuture<'static, ServiceResponse>>;

/// One path with all its methods.
pub(crate) struct Resource {
    methods: Vec<(Method, Serve)>,
    allow: HeaderValue,
}

impl Resource {
    pub(crate) fn new(methods: Vec<(Method, Serve)>) -> Self {
        let allow = allow_header(methods.iter().map(|(method, _)| method));
        Self { methods, allow }
    }

    fn serve(&self, method: &Method) -> Option<&Serve> {
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        self.methods.iter().find(|(known, _)| known == wanted).map(|(_, serve)| serve)
    }

    /// Any other method is a 405 that says which there are, and `OPTIONS` just says it.
    fn without_method(&self, method: &Method) -> Result<HttpResponse, Problem> {
        let allow = self.allow.clone();
        if method == Method::OPTIONS {
            return Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allow)).finish());
        }
        let detail = format!("This path knows {}.", allow.to_str().unwrap_or_default());
        Err(Problem::new(ErrorCode::MethodNotAllowed, detail).with_header(header::ALLOW, allow))
    }
}

/// Answers a request by its resource; 404 where there is none.
pub(crate) async fn dispatch(router: &Router<Resource>, request: ServiceRequest) -> ServiceResponse {
    // Matched as it was sent: what is escaped in a variable part is decoded when the part is read.
    let Ok(found) = router.at(request.uri().path()) else {
        let problem = nothing_at(request.path());
        return ServiceResponse::from_err(problem, request.into_parts().0);
    };
    if let Some((_, part)) = found.params.iter().next() {
        RequestContext::of(request.request()).set_path_part(part);
    }
    if let Some(serve) = found.value.serve(request.method()) {
        return serve(request).await;
    }
    let answer = found.value.without_method(request.method());
    let (request, _) = request.into_parts();
    match answer {
        Ok(response) => ServiceResponse::new(request, response),
        Err(problem) => ServiceResponse::from_err(problem, request),
    }
}

fn nothing_at(path: &str) -> Problem {
    let shown: String = path.chars().take(200).collect();
    Problem::new(
        ErrorCode::NotFound,
        format!("There is nothing at `{shown}`. The API begins at /api/v1; /docs describes it."),
    )
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
    fn allow_names_head_where_there_is_get() {
        let allow = allow_header([Method::GET, Method::PATCH].iter());
        assert_eq!(allow, "GET, HEAD, PATCH, OPTIONS");
    }
}
