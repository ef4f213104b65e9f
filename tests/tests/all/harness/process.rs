//! One running server.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::PATIENCE;

/// A process that is killed when the test ends, however it ends.
pub struct Server {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    pub api: SocketAddr,
    pub management: SocketAddr,
    pub started_in: Duration,
}

impl Server {
    /// Starts a prepared `vitrine serve` and waits until it is ready.
    pub fn start(mut command: Command) -> Self {
        let ready_file = command.get_current_dir().expect("a site has a folder").join("ready");
        // What an earlier server has left.
        let _ = std::fs::remove_file(&ready_file);
        command.arg("--ready-file").arg(&ready_file);
        let start = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let log = Arc::new(Mutex::new(Vec::new()));
        follow(child.stdout.take().expect("piped"), &log);
        follow(child.stderr.take().expect("piped"), &log);
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        // From here on, a panic kills the child.
        let mut server = Self { child, log, api: unknown, management: unknown, started_in: Duration::ZERO };
        loop {
            if let Some((api, management)) = addresses_in(&ready_file) {
                (server.api, server.management) = (api, management);
                break;
            }
            server.must_live(start);
            std::thread::sleep(Duration::from_millis(2));
        }
        server.started_in = start.elapsed();
        server
    }

    fn must_live(&mut self, since: Instant) {
        if let Ok(Some(status)) = self.child.try_wait() {
            panic!("the server ended with {status}:\n{}", self.log().join("\n"));
        }
        assert!(since.elapsed() < PATIENCE, "the server is not ready:\n{}", self.log().join("\n"));
    }

    /// What it has logged so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`: no time to say goodbye.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.pid().to_string()]).status();
        assert!(status.expect("there is a kill command").success());
    }

    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child of ours")
    }

    pub fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.has_ended() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "the server does not stop:\n{}", self.log().join("\n"));
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.try_wait().ok().flatten().is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        if std::thread::panicking() {
            let log = self.log();
            let last = log.len().saturating_sub(30);
            eprintln!("--- the end of the server's log ---\n{}", log[last..].join("\n"));
        }
    }
}

fn follow(stream: impl Read + Send + 'static, log: &Arc<Mutex<Vec<String>>>) {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { return };
            log.lock().unwrap().push(line);
        }
    });
}

/// `(api, management)`, as the file that `--ready-file` names says once the server is ready.
fn addresses_in(file: &Path) -> Option<(SocketAddr, SocketAddr)> {
    let text = std::fs::read_to_string(file).ok()?;
    let mut addresses = text
        .lines()
        .map(|line| line.trim_start_matches("http://").parse::<SocketAddr>().expect("an address"));
    Some((addresses.next()?, addresses.next()?))
}
