//! How long requests take, by method, route and status.

use std::cell::RefCell;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use metrics::Histogram;

use crate::RequestContext;

/// The name of the histogram, in seconds (OpenTelemetry's name with Prometheus' unit suffix).
pub const REQUEST_DURATION: &str = "http_server_request_duration_seconds";

/// The histograms of one route on one worker: looked up by status in a short list, without building labels.
pub(crate) struct RouteMetrics {
    method: String,
    template: String,
    by_status: RefCell<Vec<(StatusCode, Histogram)>>,
}

impl std::fmt::Debug for RouteMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

impl RouteMetrics {
    /// `template` is the path as declared: `/api/v1/products/{id}`.
    pub(crate) fn new(method: impl Into<String>, template: impl Into<String>) -> Self {
        Self { method: method.into(), template: template.into(), by_status: RefCell::default() }
    }

    pub(crate) fn record(&self, status: StatusCode, duration: Duration) {
        let mut by_status = self.by_status.borrow_mut();
        if let Some((_, histogram)) = by_status.iter().find(|(known, _)| *known == status) {
            histogram.record(duration);
            return;
        }
        let histogram = metrics::histogram!(
            REQUEST_DURATION,
            "method" => self.method.clone(),
            "route" => self.template.clone(),
            "status" => status.as_str().to_owned(),
        );
        histogram.record(duration);
        by_status.push((status, histogram));
    }
}

/// Records a finished request under its route; those that reached none share one, so that callers can't make up labels.
pub(crate) fn record(context: &RequestContext, method: &Method, status: StatusCode) {
    thread_local! {
        static ELSEWHERE: RefCell<Vec<RouteMetrics>> = const { RefCell::new(Vec::new()) };
    }
    let duration = context.started().elapsed();
    if let Some(route) = context.route() {
        route.record(status, duration);
        return;
    }
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    let label = if known.contains(method) { method.as_str() } else { "_OTHER" };
    ELSEWHERE.with_borrow_mut(|elsewhere| {
        if let Some(route) = elsewhere.iter().find(|route| route.method == label) {
            route.record(status, duration);
            return;
        }
        let route = RouteMetrics::new(label, "none");
        route.record(status, duration);
        elsewhere.push(route);
    });
}
