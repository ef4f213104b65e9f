//! How long requests take, by method, route and status.

use std::cell::RefCell;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use metrics::Histogram;

/// The name of the histogram, in seconds (OpenTelemetry's name with Prometheus' unit suffix).
pub const REQUEST_DURATION: &str = "http_server_request_duration_seconds";

/// The histograms of one route on one worker: looked up by status in a short list, without building labels.
pub(crate) struct RouteMetrics {
    method: Method,
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
    pub(crate) fn new(method: Method, template: impl Into<String>) -> Self {
        Self { method, template: template.into(), by_status: RefCell::default() }
    }

    /// The path as declared.
    pub(crate) fn template(&self) -> &str {
        &self.template
    }

    pub(crate) fn record(&self, status: StatusCode, duration: Duration) {
        let mut by_status = self.by_status.borrow_mut();
        if let Some((_, histogram)) = by_status.iter().find(|(known, _)| *known == status) {
            histogram.record(duration);
            return;
        }
        let histogram = metrics::histogram!(
            REQUEST_DURATION,
            "method" => self.method.to_string(),
            "route" => self.template.clone(),
            "status" => status.as_str().to_owned(),
        );
        histogram.record(duration);
        by_status.push((status, histogram));
    }
}
