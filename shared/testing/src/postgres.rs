//! A PostgreSQL for tests: one private server for the machine, a database for each test, cloned from one that has the schema.
//!
//! `VITRINE_TEST_POSTGRES_URL` names a server that is there (`scripts/test` starts one); otherwise the first test that asks starts
//! one in the temporary folder, and it ends by itself when no test has asked for ten minutes. Tests named `…Postgres` need it: where
//! there is none, run `cargo test -- --skip Postgres`.

use std::collections::hash_map::DefaultHasher;
use std::fs::File;
use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio_postgres::NoTls;
use vitrine_db::{DatabaseSettings, Db, ModuleMigrations};

/// A database that is dropped with this.
pub struct PostgresDatabase {
    name: String,
    url: String,
}

impl PostgresDatabase {
    /// A new, empty database.
    pub fn empty() -> Self {
        let name = next_name();
        execute(server_url(), &format!("CREATE DATABASE {name}"));
        Self { url: url_of(&name), name }
    }

    /// A new database with the schema of these modules.
    pub fn migrated(modules: &[ModuleMigrations]) -> Self {
        let template = template(modules);
        let name = next_name();
        execute(server_url(), &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { url: url_of(&name), name }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All of it as SQL, as an operator would back it up.
    pub fn dump(&self) -> Vec<u8> {
        let mut pg_dump = as_server(&binaries().join("pg_dump"));
        pg_dump.args(["--no-owner", "--clean", "--if-exists", &self.url]).stdin(Stdio::null());
        let output = pg_dump.output().expect("pg_dump runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Puts what [`PostgresDatabase::dump`] gave in the place of what is there.
    pub fn restore(&self, dump: &[u8]) {
        let mut psql = as_server(&binaries().join("psql"));
        psql.args(["-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", "-", &self.url]);
        psql.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = psql.spawn().expect("psql runs");
        child.stdin.take().expect("piped").write_all(dump).expect("it reads");
        assert!(child.wait().expect("it ends").success(), "the dump could not be restored");
    }

    /// Runs statements in it, on a connection of their own.
    pub fn execute(&self, sql: &str) {
        execute(&self.url, sql);
    }

    /// The first column of what a query answers, as text.
    pub fn query(&self, sql: &str) -> Vec<String> {
        query(&self.url, sql)
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A test may have stopped the server itself.
        let _ = std::panic::catch_unwind(|| execute(server_url(), &sql));
    }
}

fn next_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn url_of(database: &str) -> String {
    let (base, _) = server_url().rsplit_once('/').expect("an address that ends in a database");
    format!("{base}/{database}")
}

/// The name of a database that has the schema of these modules; whoever comes first makes it.
fn template(modules: &[ModuleMigrations]) -> String {
    let mut hasher = DefaultHasher::new();
    // Migrations are edited in place until they are released, so their names don't tell. The program has their text.
    let program = std::env::current_exe().and_then(std::fs::metadata).and_then(|file| file.modified());
    program.ok().hash(&mut hasher);
    std::env::current_exe().ok().hash(&mut hasher);
    for module in modules {
        module.module.hash(&mut hasher);
    }
    let name = format!("template_{:016x}", hasher.finish());
    let _lock = lock("template");
    let there = format!("SELECT datname::text FROM pg_database WHERE datname = '{name}'");
    if query(server_url(), &there).is_empty() {
        execute(server_url(), &format!("DROP DATABASE IF EXISTS {name}_new WITH (FORCE)"));
        execute(server_url(), &format!("CREATE DATABASE {name}_new"));
        let settings =
            DatabaseSettings { url: url_of(&format!("{name}_new")), ..DatabaseSettings::default() };
        Db::migrate(&settings, modules).expect("the schema of the template");
        let end = format!(
            "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = '{name}_new'"
        );
        query(server_url(), &end);
        execute(server_url(), &format!("ALTER DATABASE {name}_new RENAME TO {name}"));
    }
    name
}

/// A lock between the processes of this machine, until it is dropped.
fn lock(name: &str) -> File {
    let file =
        File::create(std::env::temp_dir().join(format!("vitrine-test-{name}.lock"))).expect("a lock file");
    file.lock().expect("a lock");
    file
}

/// The address of the server, which runs.
pub fn server_url() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| {
        #[expect(clippy::disallowed_methods, reason = "tests are set by the environment")]
        let given = std::env::var("VITRINE_TEST_POSTGRES_URL").ok();
        given.unwrap_or_else(|| {
            let _lock = lock("postgres");
            let folder = std::env::temp_dir().join("vitrine-test-postgres");
            let server = PostgresServer::in_folder(&folder, &["fsync=off", "max_connections=400"]);
            if !server.is_running() {
                server.start();
                server.stop_when_unused();
            }
            server.note_use();
            let url = server.url();
            std::mem::forget(server);
            url
        })
    })
}

/// A private server in a folder.
pub struct PostgresServer {
    folder: PathBuf,
    port: u16,
    options: String,
}

impl PostgresServer {
    /// A new server of its own, which has these settings (`fsync=on`), not started. It is stopped on drop.
    pub fn new(folder: &Path, settings: &[&str]) -> Self {
        Self::in_folder(folder, settings)
    }

    fn in_folder(folder: &Path, settings: &[&str]) -> Self {
        std::fs::create_dir_all(folder).expect("a folder");
        let port_file = folder.join("port");
        let port = std::fs::read_to_string(&port_file).ok().and_then(|text| text.trim().parse().ok());
        let port = port.unwrap_or_else(|| {
            let port = free_port();
            std::fs::write(&port_file, port.to_string()).expect("written");
            port
        });
        let mut options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={}",
            folder.display()
        );
        for setting in settings {
            options.push_str(" -c ");
            options.push_str(setting);
        }
        Self { folder: folder.to_owned(), port, options }
    }

    /// The address of its database `postgres`.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The process of the server, if it runs.
    pub fn pid(&self) -> Option<u32> {
        let text = std::fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        let pid = text.lines().next()?.trim().parse().ok()?;
        Path::new(&format!("/proc/{pid}")).exists().then_some(pid)
    }

    /// Whether processes of it are left: those that a killed server leaves end by themselves, and only then it can be started again.
    pub fn has_children(&self) -> bool {
        let data = self.data();
        let is_one = |entry: std::fs::DirEntry| {
            // Each process of the server stands in its data folder.
            std::fs::read_link(entry.path().join("cwd")).is_ok_and(|folder| folder == data)
        };
        std::fs::read_dir("/proc").is_ok_and(|entries| entries.filter_map(Result::ok).any(is_one))
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.pid().is_some()
    }

    /// Starts it, and waits until it answers; the first time it makes its data.
    pub fn start(&self) {
        let binaries = binaries();
        if !self.data().exists() {
            if is_root() {
                run(Command::new("chown").arg("postgres").arg(&self.folder));
            }
            let mut initdb = as_server(&binaries.join("initdb"));
            initdb.args(["-A", "trust", "-U", "postgres", "--no-sync", "--locale=C.UTF-8", "-D"]);
            run(initdb.arg(self.data()));
        }
        // What a killed server leaves behind may need a moment to go.
        for attempt in 0.. {
            let mut start = as_server(&binaries.join("pg_ctl"));
            start.arg("-D").arg(self.data()).arg("-w").arg("-l").arg(self.folder.join("log"));
            start.arg("-o").arg(&self.options).arg("start");
            start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            if start.status().is_ok_and(|status| status.success()) {
                return;
            }
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(attempt < 100, "the server does not start: {}", log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Stops it: `fast` as an operator would, `immediate` as a crash would.
    pub fn stop(&self, mode: &str) {
        if self.is_running() {
            let mut stop = as_server(&binaries().join("pg_ctl"));
            run(stop.arg("-D").arg(self.data()).args(["-w", "-m", mode, "stop"]));
        }
    }

    /// Sends a signal to the server itself, by name.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().expect("the server runs");
        run(Command::new("kill").arg(format!("-{name}")).arg(pid.to_string()));
    }

    fn note_use(&self) {
        std::fs::write(self.folder.join("used"), "").expect("written");
    }

    /// Leaves a process behind that stops the server once no test has asked for it in ten minutes.
    fn stop_when_unused(&self) {
        self.note_use();
        let script = "(while [ $(( $(date +%s) - $(stat -c %Y \"$1/used\") )) -lt 600 ]; do sleep 5; done; \
                      \"$2/pg_ctl\" -D \"$1/data\" -m fast stop; rm -rf \"$1\") </dev/null >/dev/null 2>&1 &";
        let mut watchdog = as_server(Path::new("/bin/sh"));
        run(watchdog.args(["-c", script, "sh"]).arg(&self.folder).arg(binaries()));
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.stop("immediate");
    }
}

/// The newest PostgreSQL of the machine.
fn binaries() -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    found.retain(|folder| folder.join("initdb").exists());
    found.sort();
    found.pop().expect(
        "PostgreSQL is not here: install `postgresql`, or set VITRINE_TEST_POSTGRES_URL, or leave these tests out with `-- --skip Postgres`",
    )
}

/// PostgreSQL refuses to run as root.
fn as_server(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
    command.current_dir("/");
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn run(command: &mut Command) {
    // Not `output()`: the server would keep its pipe open.
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    let status = status.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("bound").port()
}

fn execute(url: &str, sql: &str) {
    on_connection(url, async |client| client.batch_execute(sql).await);
}

fn query(url: &str, sql: &str) -> Vec<String> {
    on_connection(url, async |client| {
        let rows = client.query(sql, &[]).await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    })
}

/// On a thread and a runtime of its own: tests call it from theirs.
fn on_connection<T: Send>(
    url: &str,
    work: impl AsyncFnOnce(&tokio_postgres::Client) -> Result<T, tokio_postgres::Error> + Send,
) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let (client, driver) =
                    tokio_postgres::connect(url, NoTls).await.expect("the test server answers");
                let driving = tokio::spawn(driver);
                let outcome = work(&client).await;
                drop(client);
                let _ = driving.await;
                outcome.unwrap_or_else(|error| panic!("{error}: {:?}", error.as_db_error()))
            })
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
