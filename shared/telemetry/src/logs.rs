//! The log: events to lines, filtered by levels that can be changed.

use std::panic::PanicHookInfo;
use std::sync::{Mutex, PoisonError};

use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, fmt, reload};

use crate::{Levels, LevelsError, TelemetryError};

/// Changes levels while the process runs.
pub(crate) struct LevelControl {
    levels: Mutex<Levels>,
    filter: reload::Handle<EnvFilter, Registry>,
}

impl LevelControl {
    pub(crate) fn current(&self) -> Levels {
        self.levels.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set(&self, level: &str, target: Option<&str>) -> Result<(), LevelsError> {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = levels.clone();
        changed.set(level, target)?;
        if self.filter.reload(filter_of(&changed)).is_err() {
            // Only after the subscriber is gone: then there is no log to change.
            return Ok(());
        }
        *levels = changed;
        Ok(())
    }
}

/// Sets the log of the process.
pub(crate) fn init(levels: Levels, json: bool, colours: bool) -> Result<LevelControl, TelemetryError> {
    let (subscriber, control) = subscriber(levels, json, colours, std::io::stderr);
    // This also takes over what libraries say through the `log` crate.
    subscriber.try_init().map_err(|error| TelemetryError::SetUpBefore(error.to_string()))?;
    Ok(control)
}

/// A subscriber that writes one line for each event.
pub(crate) fn subscriber<W>(
    levels: Levels,
    json: bool,
    colours: bool,
    writer: W,
) -> (impl Subscriber + Send + Sync, LevelControl)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let (filter, handle) = reload::Layer::new(filter_of(&levels));
    let lines = fmt::layer().with_writer(writer);
    let lines = if json {
        // The current span tells the request; its ancestors would only repeat it.
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
    } else {
        lines.with_ansi(colours).boxed()
    };
    let subscriber = Registry::default().with(filter).with(lines);
    (subscriber, LevelControl { levels: Mutex::new(levels), filter: handle })
}

fn filter_of(levels: &Levels) -> EnvFilter {
    // Levels hold nothing but known level names and plain targets, so no directive is lost.
    EnvFilter::builder().parse_lossy(levels.to_string())
}

/// A panic is told as an event like any other, in one line, instead of as text between them.
pub(crate) fn log_panics() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let message = panic.payload_as_str().unwrap_or("a panic without a message");
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        tracing::error!(panic.message = message, panic.location = location, thread, "a thread panicked");
    }));
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Written {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("a lock").clone()).expect("UTF-8")
        }
    }

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("a lock").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(levels: &str, json: bool, work: impl FnOnce(&LevelControl)) -> String {
        let written = Written::default();
        let writer = written.clone();
        let levels = levels.parse().expect("levels");
        let (subscriber, control) = subscriber(levels, json, false, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || work(&control));
        written.text()
    }

    #[test]
    fn an_event_is_one_line_of_json_whatever_is_in_it() {
        let hostile = "a\r\n{\"level\":\"ERROR\"}\n\u{1b}[31mred\u{1b}[0m \u{2028} \"quoted\" \0";
        let text = log("info", true, |_| {
            let span = tracing::info_span!("request", request_id = hostile);
            span.in_scope(|| tracing::info!(payload = hostile, number = 7, "said {hostile}"));
            tracing::warn!("second");
        });
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\r'));
        let event: Value = serde_json::from_str(lines[0]).expect("JSON");
        assert_eq!(event["level"], "INFO");
        assert_eq!(event["payload"], hostile);
        assert_eq!(event["message"], format!("said {hostile}"));
        assert_eq!(event["number"], 7);
        assert_eq!(event["span"]["request_id"], hostile);
    }

    #[test]
    fn colours_of_others_don_t_reach_the_terminal() {
        let text = log("info", false, |_| tracing::info!(payload = "\u{1b}[31mred", "said \u{1b}[2J"));
        assert!(text.contains("said") && !text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn levels_change_while_running() {
        let text = log("info", true, |control| {
            tracing::debug!("1 hidden");
            control.set("debug", None).expect("a level");
            tracing::debug!("2 shown");
            control.set("error", Some("vitrine_telemetry::logs")).expect("a level");
            tracing::warn!("3 hidden");
            tracing::warn!(target: "elsewhere", "4 shown");
            assert!(control.set("loud", None).is_err());
            tracing::debug!(target: "elsewhere", "5 shown");
            assert_eq!(control.current().to_string(), "debug,vitrine_telemetry::logs=error");
        });
        assert!(!text.contains("hidden"), "{text}");
        for shown in ["2 shown", "4 shown", "5 shown"] {
            assert!(text.contains(shown), "{shown} not in {text}");
        }
    }
}
