//! Logs and metrics of the process.
//!
//! Logs go to standard error, one event a line; their levels can be changed while the process runs. Metrics are recorded
//! with the `metrics` facade and rendered for Prometheus.

#![warn(missing_docs)]

mod levels;
mod logs;
mod metrics;
mod process;
mod settings;

use std::io::IsTerminal as _;

pub use levels::{Levels, LevelsError};
pub use settings::{LogFormat, LogSettings};

use logs::LevelControl;
use metrics::Metrics;

/// The process's logs and metrics, set up once.
pub struct Telemetry {
    levels: LevelControl,
    metrics: Metrics,
}

/// Why logs and metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `log.level` can't be read.
    #[error(transparent)]
    Levels(#[from] LevelsError),
    /// Something in this process has set up logs or metrics before.
    #[error("logs or metrics were set up before: {0}")]
    SetUpBefore(String),
}

/// Sets up logs, metrics and the log line of a panic for the whole process. `version` is told by `vitrine_build_info`.
///
/// Errors: see [`TelemetryError`].
pub fn init(settings: &LogSettings, version: &str) -> Result<Telemetry, TelemetryError> {
    let mut levels: Levels = settings.level.parse()?;
    if levels.default == "info" {
        // Each listener's start is several lines that say nothing to operators. Who wants them gives the target a level.
        levels.targets.entry("actix_server".to_owned()).or_insert_with(|| "warn".to_owned());
    }
    let terminal = std::io::stderr().is_terminal();
    let json = match settings.format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::Auto => !terminal,
    };
    let levels = logs::init(levels, json, terminal)?;
    logs::log_panics();
    Ok(Telemetry { levels, metrics: Metrics::install(version)? })
}

impl Telemetry {
    /// The levels in force.
    pub fn levels(&self) -> Levels {
        self.levels.current()
    }

    /// Changes the level of one target (`vitrine_db`) and all below it, or of whatever has no level of its own. `level` is one of
    /// `off`, `error`, `warn`, `info`, `debug`, `trace`.
    ///
    /// Errors: an unknown level, or a target that can't be one.
    pub fn set_level(&self, level: &str, target: Option<&str>) -> Result<(), LevelsError> {
        self.levels.set(level, target)
    }

    /// All metrics in the text format of Prometheus, those of the process included.
    pub fn render_metrics(&self) -> String {
        self.metrics.render()
    }
}
