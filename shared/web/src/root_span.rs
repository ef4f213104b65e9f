//! The span around a request.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::{Level, Span};
use tracing_actix_web::RootSpanBuilder;

use crate::RequestContext;
use crate::traceparent::trace_id;

/// Builds the span that all events of a request belong to.
pub(crate) struct RequestSpan;

/// Whether a request is worth a span at the current level: writes and traced requests at `info`, plain reads at `debug`.
pub(crate) fn is_wanted(request: &ServiceRequest) -> bool {
    if is_notable(request) {
        tracing::span_enabled!(Level::INFO)
    } else {
        tracing::span_enabled!(Level::DEBUG)
    }
}

fn is_notable(request: &ServiceRequest) -> bool {
    !request.method().is_safe() || request.headers().contains_key("traceparent")
}

/// Notes who calls in the request's span.
pub(crate) fn record_caller(subject: &str) {
    Span::current().record("caller", subject);
}

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let context = RequestContext::of(request.request());
        let span = if is_notable(request) {
            tracing::info_span!(
                "request",
                request_id = context.id().as_str(),
                method = request.method().as_str(),
                path = request.path(),
                trace_id = tracing::field::Empty,
                caller = tracing::field::Empty,
                status = tracing::field::Empty,
            )
        } else {
            tracing::debug_span!(
                "request",
                request_id = context.id().as_str(),
                method = request.method().as_str(),
                path = request.path(),
                trace_id = tracing::field::Empty,
                caller = tracing::field::Empty,
                status = tracing::field::Empty,
            )
        };
        if let Some(trace_id) = trace_id(request.headers()) {
            span.record("trace_id", trace_id);
        }
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
    }
}
