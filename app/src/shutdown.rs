//! The life of a process: starting, ready, draining, stopping; and the signals that move it on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;

/// Where a process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Not all workers answer yet.
    Starting,
    /// Serving.
    Ready,
    /// Still serving, but load balancers are told to go elsewhere.
    Draining,
    /// Finishing what was begun.
    Stopping,
}

impl Phase {
    /// The name on the management port.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Draining => "draining",
            Self::Stopping => "stopping",
        }
    }
}

/// The phase of this process, which only moves forward. Clones share it.
#[derive(Debug, Clone)]
pub struct Lifecycle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    phase: watch::Sender<Phase>,
    /// The same as `phase`, readable on every request without a lock.
    current: AtomicUsize,
    workers_wanted: usize,
    workers_started: AtomicUsize,
}

impl Lifecycle {
    /// A process that is ready once so many workers have started.
    pub fn new(workers: usize) -> Self {
        Self(Arc::new(Inner {
            phase: watch::Sender::new(Phase::Starting),
            current: AtomicUsize::new(Phase::Starting as usize),
            workers_wanted: workers,
            workers_started: AtomicUsize::new(0),
        }))
    }

    /// Where the process stands.
    pub fn phase(&self) -> Phase {
        *self.0.phase.borrow()
    }

    /// Whether clients should look for another process: the next answer on a connection ends it.
    pub fn is_leaving(&self) -> bool {
        self.0.current.load(Ordering::Relaxed) >= Phase::Draining as usize
    }

    /// Says that one more worker has its application.
    pub fn worker_started(&self) {
        if self.0.workers_started.fetch_add(1, Ordering::AcqRel) + 1 == self.0.workers_wanted {
            self.advance(Phase::Ready);
        }
    }

    /// Moves on; moving back is ignored.
    pub fn advance(&self, to: Phase) {
        self.0.phase.send_if_modified(|phase| {
            let forward = to > *phase;
            if forward {
                *phase = to;
                self.0.current.store(to as usize, Ordering::Relaxed);
            }
            forward
        });
    }

    /// Waits until the process is in this phase or past it.
    pub async fn reached(&self, wanted: Phase) {
        let mut phase = self.0.phase.subscribe();
        // The sender lives in `self`: it can't be gone.
        let _reached = phase.wait_for(|phase| *phase >= wanted).await;
    }
}

/// How a process was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// By an orchestrator: serve on for the drain time, while load balancers notice.
    Drain,
    /// By somebody at a keyboard: finish what was begun, and end.
    AtOnce,
}

/// The signals that stop a process, in the order they arrive.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on; the signals no longer end the process by themselves.
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// The next signal.
    pub async fn next(&mut self) -> Stop {
        tokio::select! {
            _ = self.terminate.recv() => Stop::Drain,
            _ = self.interrupt.recv() => Stop::AtOnce,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Listens from now on.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// The next signal.
    pub async fn next(&mut self) -> Stop {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Stop::AtOnce
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_is_ready_when_the_last_worker_has_started() {
        let lifecycle = Lifecycle::new(2);
        lifecycle.worker_started();
        assert_eq!(lifecycle.phase(), Phase::Starting);
        lifecycle.worker_started();
        assert_eq!(lifecycle.phase(), Phase::Ready);
        assert!(!lifecycle.is_leaving());
    }

    #[test]
    fn a_phase_is_never_left_backwards() {
        let lifecycle = Lifecycle::new(1);
        lifecycle.advance(Phase::Draining);
        lifecycle.worker_started();
        assert_eq!(lifecycle.phase(), Phase::Draining);
        assert!(lifecycle.is_leaving());
    }

    #[actix_web::test]
    async fn waiting_for_a_phase_that_is_past_ends_at_once() {
        let lifecycle = Lifecycle::new(1);
        lifecycle.advance(Phase::Stopping);
        lifecycle.reached(Phase::Draining).await;
    }
}
