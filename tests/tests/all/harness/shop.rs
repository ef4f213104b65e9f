//! A catalog of its own for each scenario.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use vitrine_testing::TempFolder;

use super::{Backend, Client, Server, Topology, root};

/// A folder with the settings and the data of one installation, running or not.
pub struct Site {
    pub folder: TempFolder,
    environment: Vec<(String, String)>,
}

/// A site that is open: a server runs, and there is a key for its administrator.
pub struct Shop {
    pub site: Site,
    pub server: Server,
    pub admin: Client,
    pub anonymous: Client,
}

impl Site {
    pub fn new(topology: Topology, backend: Backend) -> Self {
        let folder = TempFolder::new();
        let mut site = Self { folder, environment: Vec::new() };
        match topology {
            Topology::Single => {
                site.set("VITRINE__SERVER__LISTEN", "127.0.0.1:0");
                site.set("VITRINE__SERVER__MANAGEMENT_LISTEN", "127.0.0.1:0");
                site.set("VITRINE__SERVER__WORKERS", "2");
                site.set("VITRINE__SERVER__DRAIN_SECONDS", "0");
                site.set("VITRINE__LOG__FORMAT", "json");
            }
        }
        match backend {
            Backend::Sqlite => {
                let url = format!("sqlite://{}", site.folder.file("data/vitrine.db").display());
                site.set("VITRINE__DATABASE__URL", &url);
            }
        }
        site
    }

    /// Sets a setting, for everything started from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// The command `vitrine …` in this site.
    pub fn vitrine<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        self.prepare(Command::new(binary()), arguments)
    }

    /// The same below another program, such as `strace`.
    pub fn vitrine_below(&self, program: &str, options: &[&str], arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(options).arg(binary());
        self.prepare(command, arguments)
    }

    fn prepare<A: AsRef<OsStr>>(
        &self,
        mut command: Command,
        arguments: impl IntoIterator<Item = A>,
    ) -> Command {
        // Settings of the person who runs the tests must not reach the tested.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("VITRINE__") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        self.vitrine(arguments).output().expect("the binary runs")
    }

    /// Runs a command that must succeed, and gives what it printed.
    #[track_caller]
    pub fn run_well<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let mut command = self.vitrine(arguments);
        let output = command.output().expect("the binary runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?} ended with {}: {said}", output.status);
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// A new API key with a role.
    #[track_caller]
    pub fn key(&self, role: &str) -> String {
        let printed = self.run_well(["token", "--role", role, "--name", &format!("test {role}")]);
        printed.split_whitespace().last().expect("a key is printed").to_owned()
    }

    pub fn serve(&self) -> Server {
        Server::start(self.vitrine(["serve"]))
    }

    /// Fails the test unless the data is sound: the tree, the indexes, the search, the file.
    #[track_caller]
    pub fn check_data(&self) {
        let output = self.run(["check", "--data"]);
        assert!(
            output.status.success(),
            "`vitrine check --data` ended with {}:\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Opens the shop.
    pub fn open(self) -> Shop {
        let server = self.serve();
        let key = self.key("admin");
        let origin = format!("http://{}", server.api);
        let anonymous = Client::new(origin, None);
        Shop { admin: anonymous.with_key(&key), anonymous, server, site: self }
    }
}

impl Shop {
    pub fn open(topology: Topology, backend: Backend) -> Self {
        Site::new(topology, backend).open()
    }

    /// A shop with the demo catalog in it.
    pub fn open_with_demo(topology: Topology, backend: Backend) -> Self {
        let site = Site::new(topology, backend);
        site.import_demo();
        site.open()
    }

    /// A client with a new key of this role.
    pub fn with_role(&self, role: &str) -> Client {
        self.anonymous.with_key(&self.site.key(role))
    }

    /// A client of the management port.
    pub fn management(&self) -> Client {
        Client::new(format!("http://{}", self.server.management), None)
    }

    /// Starts again what has ended: same data, same keys.
    pub fn reopen(&mut self) {
        self.server = self.site.serve();
        let origin = format!("http://{}", self.server.api);
        self.admin = self.admin.at(&origin);
        self.anonymous = self.anonymous.at(&origin);
    }

    /// Stops as an orchestrator would, and checks what is left: a clean exit, nothing said that no one should hear, sound data.
    #[track_caller]
    pub fn close(mut self) {
        self.server.terminate();
        let status = self.server.wait();
        assert!(status.success(), "the server ended with {status}");
        for line in self.server.log() {
            assert!(!line.contains("panicked"), "a panic in the log: {line}");
        }
        self.site.check_data();
    }
}

impl Site {
    pub fn import_demo(&self) {
        for (what, file) in [
            ("categories", "categories.ndjson"),
            ("categories", "categories-extra.ndjson"),
            ("products", "products.ndjson"),
        ] {
            self.run_well([OsStr::new("import"), OsStr::new(what), super::demo(file).as_os_str()]);
        }
    }
}

/// The binary under test: `VITRINE_BIN`, or the one that cargo has put next to this test.
pub fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("VITRINE_BIN") {
        return root().join(path);
    }
    let test = std::env::current_exe().expect("this test is a file");
    // target/debug/deps/all-… → target/debug/vitrine
    let folder = test.parent().and_then(std::path::Path::parent).expect("cargo's folders");
    let path = folder.join("vitrine");
    assert!(
        path.exists(),
        "{} is missing: run `cargo build -p vitrine` first, as scripts/test does",
        path.display()
    );
    path
}
