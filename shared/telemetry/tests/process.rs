//! What `init` does to a process; it can be done once, so this test has one of its own.

use vitrine_telemetry::{LogFormat, LogSettings, init};

#[test]
fn a_process_sets_up_its_telemetry_once() {
    let settings = LogSettings { level: "warn,vitrine_db=debug".to_owned(), format: LogFormat::Json };
    let wrong = LogSettings { level: "loud".to_owned(), ..settings.clone() };
    assert!(init(&wrong, "1.0.0").is_err());
    let telemetry = init(&settings, "1.0.0").expect("the first time");
    assert!(init(&settings, "1.0.0").is_err());

    metrics::counter!("things_total").increment(3);
    let text = telemetry.render_metrics();
    assert!(
        text.contains("things_total 3") && text.contains("vitrine_build_info{version=\"1.0.0\"} 1"),
        "{text}"
    );

    assert_eq!(telemetry.levels().default, "warn");
    assert!(!tracing::enabled!(tracing::Level::INFO));
    telemetry.set_level("info", None).expect("a level");
    assert!(tracing::enabled!(tracing::Level::INFO));
    assert_eq!(telemetry.levels().targets["vitrine_db"], "debug");
}
