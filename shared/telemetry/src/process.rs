//! What the system knows of this process, under the names that Prometheus' own clients use. Linux only: elsewhere nothing is told.

use std::fmt::Write as _;
use std::fs;

/// Ticks a second in `/proc`: fixed to 100 for user space on every architecture we build for (`man 5 proc`, `USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Debug, Default)]
struct Process {
    resident_bytes: Option<u64>,
    threads: Option<u64>,
    open_files: Option<usize>,
    cpu_seconds: Option<f64>,
    start_seconds: Option<f64>,
}

/// Appends the metrics of this process.
pub(crate) fn render(text: &mut String) {
    let process = read();
    let mut add = |name: &str, kind: &str, help: &str, value: Option<String>| {
        if let Some(value) = value {
            // Writing to a string can't fail.
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
        }
    };
    let shown = |value: u64| value.to_string();
    add("process_resident_memory_bytes", "gauge", "Memory in RAM.", process.resident_bytes.map(shown));
    add("process_threads", "gauge", "Threads.", process.threads.map(shown));
    add("process_open_fds", "gauge", "Open file descriptors.", process.open_files.map(|n| n.to_string()));
    add(
        "process_cpu_seconds_total",
        "counter",
        "Time spent on the CPU.",
        process.cpu_seconds.map(|s| s.to_string()),
    );
    add(
        "process_start_time_seconds",
        "gauge",
        "Start, since 1970.",
        process.start_seconds.map(|s| s.to_string()),
    );
}

fn read() -> Process {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let boot = fs::read_to_string("/proc/stat").ok().and_then(|text| number_after(&text, "btime"));
    // The name of the program, in parentheses, may contain anything; what follows has no more parentheses.
    let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
    // `fields` begins with the third field of proc(5).
    let ticks =
        |field: usize| fields.get(field - 3)?.parse::<f64>().ok().map(|ticks| ticks / TICKS_PER_SECOND);
    Process {
        resident_bytes: number_after(&status, "VmRSS:").map(|kib| kib * 1024),
        threads: number_after(&status, "Threads:"),
        open_files: fs::read_dir("/proc/self/fd").ok().map(Iterator::count),
        cpu_seconds: ticks(14).zip(ticks(15)).map(|(user, system)| user + system),
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^52")]
        start_seconds: ticks(22).zip(boot).map(|(since_boot, boot)| since_boot + boot as f64),
    }
}

fn number_after(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn the_process_is_described() {
        let process = read();
        assert!(process.resident_bytes.expect("memory") > 1024 * 1024);
        assert!(process.threads.expect("threads") >= 1 && process.open_files.expect("files") >= 3);
        assert!(process.cpu_seconds.is_some());
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_secs_f64();
        let age = now - process.start_seconds.expect("start");
        assert!((-2.0..3600.0).contains(&age), "{age}");
        let mut text = String::new();
        render(&mut text);
        assert_eq!(text.matches("# TYPE process_").count(), 5);
    }
}
