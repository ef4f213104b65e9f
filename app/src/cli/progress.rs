//! How far long work has come: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal as _, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Between two plain lines.
const PAUSE: Duration = Duration::from_secs(5);

/// What the numbers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of a file.
    Bytes,
    /// Rows.
    Rows,
}

/// The progress of one piece of work, on stderr. Clones show the same.
#[derive(Clone)]
pub struct Progress {
    bar: ProgressBar,
    what: String,
    unit: Unit,
    plain: bool,
    last_line: Arc<Mutex<Instant>>,
}

impl Progress {
    /// Begins to show the progress of `what`; `total` is what makes it complete, if that is known.
    pub fn begin(what: impl Into<String>, unit: Unit, total: Option<u64>) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let target = if plain { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(total, target);
        let what = what.into();
        bar.set_style(style(unit, total.is_some()));
        bar.set_message(what.clone());
        Self { bar, what, unit, plain, last_line: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Says that so much more is done.
    pub fn advance(&self, by: u64) {
        self.reach(self.bar.position() + by);
    }

    /// Says how much is done in all.
    pub fn reach(&self, position: u64) {
        self.bar.set_position(position);
        let mut last_line = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if self.plain && last_line.elapsed() >= PAUSE {
            *last_line = Instant::now();
            eprintln!("{}", self.line());
        }
    }

    /// Takes the bar away; the work is done.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// A reader that counts what goes through it.
    pub fn reader<R: Read>(&self, inner: R) -> CountingReader<R> {
        CountingReader { inner, progress: self.clone() }
    }

    fn line(&self) -> String {
        let show = |number| match self.unit {
            Unit::Bytes => HumanBytes(number).to_string(),
            Unit::Rows => format!("{} rows", HumanCount(number)),
        };
        let done = show(self.bar.position());
        match self.bar.length() {
            Some(total) => format!("{}: {done} of {}", self.what, show(total)),
            None => format!("{}: {done}", self.what),
        }
    }
}

fn style(unit: Unit, with_total: bool) -> ProgressStyle {
    let template = match (unit, with_total) {
        (Unit::Bytes, true) => "{msg} {wide_bar} {bytes}/{total_bytes} {eta}",
        (Unit::Bytes, false) => "{spinner} {msg} {bytes}",
        (Unit::Rows, true) => "{msg} {wide_bar} {human_pos}/{human_len} {eta}",
        (Unit::Rows, false) => "{spinner} {msg} {human_pos} rows",
    };
    // A template that can't be read would only look less good.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// See [`Progress::reader`].
pub struct CountingReader<R> {
    inner: R,
    progress: Progress,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.progress.advance(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_counted() {
        let progress = Progress::begin("import", Unit::Bytes, Some(2048));
        let mut text = Vec::new();
        progress.reader(&[b'x'; 1024][..]).read_to_end(&mut text).expect("reads");
        assert_eq!(progress.line(), "import: 1.00 KiB of 2.00 KiB");
    }
}
