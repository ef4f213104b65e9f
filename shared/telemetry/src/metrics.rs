//! Metrics for Prometheus.

use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::{TelemetryError, process};

/// Upper bounds in seconds: from a cached answer to a time-out.
const DURATION_BUCKETS: [f64; 14] =
    [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// How often recorded values are moved from their queues into the histograms, where nobody scrapes.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// The recorder's handle and what is added to it.
pub(crate) struct Metrics {
    handle: PrometheusHandle,
    build_info: String,
    /// The upkeep thread ends when this is gone.
    alive: Arc<()>,
}

impl Metrics {
    /// Makes the recorder that of the process.
    pub(crate) fn install(version: &str) -> Result<Self, TelemetryError> {
        let recorder = recorder()?;
        let metrics = Self::of(recorder.handle(), version);
        ::metrics::set_global_recorder(recorder)
            .map_err(|error| TelemetryError::SetUpBefore(error.to_string()))?;
        let (handle, alive) = (metrics.handle.clone(), Arc::downgrade(&metrics.alive));
        std::thread::Builder::new()
            .name("metrics-upkeep".to_owned())
            .spawn(move || {
                while alive.strong_count() > 0 {
                    std::thread::sleep(UPKEEP_INTERVAL);
                    handle.run_upkeep();
                }
            })
            .map_err(|error| TelemetryError::SetUpBefore(error.to_string()))?;
        Ok(metrics)
    }

    fn of(handle: PrometheusHandle, version: &str) -> Self {
        let version = version.replace(['\\', '"', '\n'], "_");
        let build_info = format!(
            "# HELP vitrine_build_info What runs here.\n# TYPE vitrine_build_info gauge\nvitrine_build_info{{version=\"{version}\"}} 1\n"
        );
        Self { handle, build_info, alive: Arc::new(()) }
    }

    pub(crate) fn render(&self) -> String {
        let mut text = self.handle.render();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&self.build_info);
        process::render(&mut text);
        text
    }
}

fn recorder() -> Result<PrometheusRecorder, TelemetryError> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATION_BUCKETS)
        .map_err(|error| TelemetryError::SetUpBefore(error.to_string()))?;
    Ok(builder.build_recorder())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_buckets_and_the_process_tells_of_itself() {
        let recorder = recorder().expect("a recorder");
        let telemetry = Metrics::of(recorder.handle(), "1.2.3\"");
        ::metrics::with_local_recorder(&recorder, || {
            ::metrics::histogram!("http_server_request_duration_seconds", "status" => "200").record(0.003);
        });
        let text = telemetry.render();
        for part in [
            "# TYPE http_server_request_duration_seconds histogram",
            "http_server_request_duration_seconds_bucket{status=\"200\",le=\"0.0025\"} 0",
            "http_server_request_duration_seconds_bucket{status=\"200\",le=\"0.005\"} 1",
            "vitrine_build_info{version=\"1.2.3_\"} 1",
        ] {
            assert!(text.contains(part), "{part}\nnot in\n{text}");
        }
    }
}
