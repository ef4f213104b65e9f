//! A Redis of a test's own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::TempFolder;

/// A private `redis-server` on a free port, which forgets everything when it ends; ended on drop.
pub struct RedisServer {
    port: u16,
    process: Option<Child>,
    folder: TempFolder,
}

impl RedisServer {
    /// Starts one. `None`, said aloud, where there is no `redis-server`.
    pub fn start() -> Option<Self> {
        let is_there = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
        if is_there.is_err() {
            eprintln!("SKIPPED: there is no `redis-server`; `apt-get install redis-server` brings it");
            return None;
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let mut server = Self { port, process: None, folder: TempFolder::new() };
        server.restart();
        Some(server)
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it was ours");
            process.wait().expect("it was ours");
        }
    }

    /// Starts it, empty, where it was.
    pub fn restart(&mut self) {
        self.kill();
        let process = Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--port",
                &self.port.to_string(),
            ])
            .arg("--dir")
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server starts");
        self.process = Some(process);
        let port = self.port;
        let start = std::time::Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < Duration::from_secs(10), "redis-server does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Freezes it: connections stay, answers don't come.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Takes [`RedisServer::freeze`] back.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Sends a command, as `redis-cli` does.
    pub fn command(&self, words: &[&str]) -> String {
        let output = Command::new("redis-cli").args(["-p", &self.port.to_string()]).args(words).output();
        String::from_utf8_lossy(&output.expect("redis-cli comes with redis-server").stdout).trim().to_owned()
    }

    fn signal(&self, name: &str) {
        let process = self.process.as_ref().expect("it runs");
        let status = Command::new("kill").args([name, &process.id().to_string()]).status();
        assert!(status.expect("`kill` is there").success(), "the signal {name} arrives");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
