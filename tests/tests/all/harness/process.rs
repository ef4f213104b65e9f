//! One running server.

use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
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
    /// Starts a prepared command and waits until it says where it listens and is ready.
    pub fn start(mut command: Command) -> Self {
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
            let addresses = addresses_in(&server.log());
            if let Some((api, management)) = addresses {
                (server.api, server.management) = (api, management);
                break;
            }
            server.must_live(start, "it logs where it listens");
            std::thread::sleep(Duration::from_millis(2));
        }
        while !answers_ok(server.management, "/readyz") {
            server.must_live(start, "it is ready");
            std::thread::sleep(Duration::from_millis(2));
        }
        server.started_in = start.elapsed();
        server
    }

    fn must_live(&mut self, since: Instant, until: &str) {
        if let Ok(Some(status)) = self.child.try_wait() {
            panic!("the server ended with {status}:\n{}", self.log().join("\n"));
        }
        assert!(since.elapsed() < PATIENCE, "still waiting until {until}:\n{}", self.log().join("\n"));
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

/// `(api, management)`, once both are logged.
fn addresses_in(log: &[String]) -> Option<(SocketAddr, SocketAddr)> {
    let (mut api, mut management) = (None, None);
    for line in log {
        let Some(at) = line.find("127.0.0.1:") else { continue };
        let port =
            line[at + "127.0.0.1:".len()..].chars().take_while(char::is_ascii_digit).collect::<String>();
        let Some(port) = port.parse::<u16>().ok().filter(|port| *port != 0) else { continue };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if line.contains("management") {
            management = management.or(Some(address));
        } else {
            api = api.or(Some(address));
        }
    }
    Some((api?, management?))
}

/// A `GET` without a client or a runtime.
fn answers_ok(address: SocketAddr, path: &str) -> bool {
    use std::io::Write as _;
    let ask = || -> std::io::Result<bool> {
        let mut stream = std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(head == *b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
