//! The outermost middleware: what every request gets and every answer has, done once and cheaply.

use std::fmt;
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpMessage as _, HttpResponse, ResponseError};
use futures::future::LocalBoxFuture;
use tracing_actix_web::TracingLogger;
use vitrine_kernel::{ErrorCode, Failure};

use crate::panics::catch_panic;
use crate::problem::{PROBLEM_JSON, code_of};
use crate::root_span::{self, RequestSpan};
use crate::{Problem, RequestContext, RequestId, headers, metrics};

/// Gives each request its id and its context, refuses encoded bodies, catches panics, turns every error answer into a
/// problem, adds the headers that all answers have, measures and logs.
pub(crate) struct Edge;

impl<S, B> Transform<S, ServiceRequest> for Edge
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform =
        EdgeService<S, <TracingLogger<RequestSpan> as Transform<Rc<S>, ServiceRequest>>::Transform>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        Box::pin(async move {
            let plain = Rc::new(service);
            let traced = TracingLogger::<RequestSpan>::new().new_transform(Rc::clone(&plain)).await?;
            Ok(EdgeService { plain, traced: Rc::new(traced) })
        })
    }
}

pub(crate) struct EdgeService<S, T> {
    plain: Rc<S>,
    /// The same service within a span. Spans cost more than a cached answer does, so only requests whose span is wanted
    /// at the current log level go this way.
    traced: Rc<T>,
}

impl<S, T, B, C> Service<ServiceRequest> for EdgeService<S, T>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    T: Service<ServiceRequest, Response = ServiceResponse<C>, Error = Error> + 'static,
    B: MessageBody + 'static,
    C: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(plain);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let context = Rc::new(RequestContext::new(RequestId::from_headers(request.headers())));
        request.extensions_mut().insert(Rc::clone(&context));
        let seen = Seen::of(&request);
        let (plain, traced) = (Rc::clone(&self.plain), Rc::clone(&self.traced));
        Box::pin(async move {
            let work = async {
                if let Some(problem) = refuse_encoding(request.headers()) {
                    return Ok(ServiceResponse::from_err(problem, request.into_parts().0));
                }
                if root_span::is_wanted(&request) {
                    traced.call(request).await.map(ServiceResponse::map_into_boxed_body)
                } else {
                    plain.call(request).await.map(ServiceResponse::map_into_boxed_body)
                }
            };
            let outcome = match catch_panic(work).await {
                Ok(outcome) => outcome,
                Err(problem) => Err(problem.into()),
            };
            let mut response = match outcome {
                Ok(response) => as_problem_if_error(response, &context, &seen),
                // The request is gone with whatever failed: actix makes the answer from the error.
                Err(error) => {
                    let lost = Lost::new(&error, &context, &seen);
                    metrics::record(&context, &seen.method, lost.status_code());
                    return Err(lost.into());
                }
            };
            headers::complete(response.response_mut(), &context, seen.method.is_safe());
            metrics::record(&context, &seen.method, response.status());
            tracing::debug!(
                request_id = context.id().as_str(),
                caller = context.principal().subject,
                status = response.status().as_u16(),
                duration_ms = context.started().elapsed().as_secs_f64() * 1000.0,
                "{} {} finished",
                seen.method,
                response.request().path(),
            );
            Ok(response)
        })
    }
}

/// What must be known of a request after it is gone.
struct Seen {
    method: Method,
}

impl Seen {
    fn of(request: &ServiceRequest) -> Self {
        Self { method: request.method().clone() }
    }
}

/// A small body can inflate to a huge one before any limit is checked, so bodies come as they are.
fn refuse_encoding(headers: &HeaderMap) -> Option<Problem> {
    let encoding = headers.get(header::CONTENT_ENCODING)?;
    if encoding.as_bytes().eq_ignore_ascii_case(b"identity") {
        return None;
    }
    let detail = "Bodies with a `Content-Encoding` are not read; send it uncompressed.";
    Some(
        Problem::new(ErrorCode::UnsupportedMediaType, detail)
            .with_header(header::ACCEPT_ENCODING, header::HeaderValue::from_static("identity")),
    )
}

/// Answers with an error status all become problems with the request's id, also those that actix makes itself.
fn as_problem_if_error(
    response: ServiceResponse<BoxBody>,
    context: &RequestContext,
    seen: &Seen,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let ours = response.response().error().and_then(|error| error.as_error::<Problem>());
    let problem = match ours {
        Some(problem) => problem.clone(),
        None if response.headers().get(header::CONTENT_TYPE) == Some(&PROBLEM_JSON) => return response,
        None => problem_of_status(status, response.response().error()),
    };
    let (request, plain) = response.into_parts();
    log_if_ours(&problem, context, &seen.method, request.path());
    let mut rendered = problem.render(Some(context.id().as_str()));
    for (name, value) in plain.headers() {
        let of_the_old_body =
            [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING].contains(name);
        if !of_the_old_body && !rendered.headers().contains_key(name) {
            rendered.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, rendered)
}

fn problem_of_status(status: StatusCode, error: Option<&Error>) -> Problem {
    let code = code_of(status);
    let detail = match error {
        // What actix says about a caller's mistake is for the caller to read; about ours it is not.
        Some(error) if status.is_client_error() => error.to_string(),
        _ => code.title().to_owned(),
    };
    let failure = Failure::new(code, detail);
    match error {
        Some(error) if code.is_ours() => failure.caused_by(error.to_string()).into(),
        _ => failure.into(),
    }
}

/// The one place where a failure of ours is logged, with all its causes.
fn log_if_ours(problem: &Problem, context: &RequestContext, method: &Method, path: &str) {
    if !problem.code().is_ours() {
        return;
    }
    let mut causes = String::new();
    let mut source = std::error::Error::source(problem);
    while let Some(cause) = source {
        if !causes.is_empty() {
            causes.push_str(": ");
        }
        causes.push_str(&cause.to_string());
        source = cause.source();
    }
    tracing::error!(
        request_id = context.id().as_str(),
        code = problem.code().slug(),
        caller = context.principal().subject,
        causes,
        "{method} {path} failed: {}",
        problem.failure().detail(),
    );
}

/// The answer to a request that was lost on the way: by a panic outside the handlers, or in a middleware.
#[derive(Debug)]
struct Lost {
    problem: Problem,
    id: RequestId,
    safe: bool,
}

impl Lost {
    fn new(error: &Error, context: &RequestContext, seen: &Seen) -> Self {
        let problem = match error.as_error::<Problem>() {
            Some(problem) => problem.clone(),
            None => problem_of_status(error.as_response_error().status_code(), Some(error)),
        };
        log_if_ours(&problem, context, &seen.method, "(a request lost on the way)");
        Self { problem, id: context.id().clone(), safe: seen.method.is_safe() }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl ResponseError for Lost {
    fn status_code(&self) -> StatusCode {
        self.problem.status_code()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = self.problem.render(Some(self.id.as_str()));
        headers::complete(&mut response, &RequestContext::new(self.id.clone()), self.safe);
        response
    }
}
