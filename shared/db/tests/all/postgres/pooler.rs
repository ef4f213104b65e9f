//! Behind `PgBouncer` in transaction mode a connection is not a session: each transaction may be on another one of the server's.

use std::fs::Permissions;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures::future::join_all;
use vitrine_db::{DatabaseSettings, Db, DbError, LockKey};
use vitrine_testing::postgres::PostgresDatabase;
use vitrine_testing::{TempFolder, eventually, patient};

use crate::{add, event, listen, make_notes, number, texts, write_note};

const PROGRAM: &str = "/usr/sbin/pgbouncer";

struct Pooler {
    process: Child,
    port: u16,
    _folder: TempFolder,
}

impl Pooler {
    /// In front of a database, with fewer connections than its clients have. `None` where it is not installed.
    async fn start(database: &PostgresDatabase) -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            eprintln!("SKIPPED: {PROGRAM} is not here; install `pgbouncer` to run this test");
            return None;
        }
        let folder = TempFolder::new();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("set");
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
        let target = database.url().split_once('@').expect("an address").1;
        let (authority, name) = target.split_once('/').expect("an address");
        let (host, server_port) = authority.split_once(':').expect("an address");
        let settings = format!(
            "[databases]\n{name} = host={host} port={server_port} user=postgres\n[pgbouncer]\npool_mode = transaction\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\ndefault_pool_size = 3\n\
             max_client_conn = 200\n"
        );
        let file = folder.file("pgbouncer.ini");
        std::fs::write(&file, settings).expect("written");
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--", PROGRAM, "-q"])
            .arg(&file);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        let pooler = Self { process, port, _folder: folder };
        eventually(Duration::from_secs(10), "the pooler answers", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        })
        .await;
        Some(pooler)
    }

    fn settings(&self, database: &PostgresDatabase) -> DatabaseSettings {
        let name = database.url().rsplit_once('/').expect("an address").1;
        DatabaseSettings {
            url: format!("postgres://postgres@127.0.0.1:{}/{name}?sslmode=disable", self.port),
            statement_cache: false,
            pool_size: 8,
            ..patient()
        }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_works_behind_a_pooler_in_transaction_mode() {
    let database = PostgresDatabase::empty();
    let Some(pooler) = Pooler::start(&database).await else { return };
    let settings = pooler.settings(&database);
    Db::migrate(&settings, &[]).expect("migrated");
    let one = Db::open(&settings, &[]).expect("opens");
    let other = Db::open(&settings, &[]).expect("opens");
    let heard = listen(&one);
    make_notes(&one).await;
    // 16 connections of two handles share three of the server's.
    let work = (0..400_i64).map(|n| {
        let db = if n % 2 == 0 { one.clone() } else { other.clone() };
        tokio::spawn(async move {
            db.write(move |conn| {
                Box::pin(async move {
                    if n % 10 == 0 {
                        conn.lock(LockKey::Category).await?;
                    }
                    add(conn, &format!("{n:03}")).await?;
                    conn.emit(event()).await?;
                    // Every tenth is undone, and must not leave a broken transaction to somebody else.
                    if n % 10 == 9 { Err(DbError::Damaged("on purpose".to_owned())) } else { Ok(()) }
                })
            })
            .await
            .or_else(|error| if matches!(error, DbError::Damaged(_)) { Ok(()) } else { Err(error) })?;
            db.read(move |conn| {
                Box::pin(async move { number(conn, &format!("SELECT CAST({n} AS BIGINT) AS number")).await })
            })
            .await
        })
    });
    for (n, task) in join_all(work).await.into_iter().enumerate() {
        assert_eq!(task.expect("joined").expect("worked"), i64::try_from(n).expect("small"));
    }
    assert_eq!(texts(&one).await.len(), 360);
    let newest = other.newest_change();
    eventually(Duration::from_secs(20), "the feed has all", || *newest.borrow() == 360).await;
    eventually(Duration::from_secs(20), "all are heard", || heard.lock().expect("sound").len() == 360).await;
    let error = write_note(&other, "000").await.expect_err("it is there");
    assert!(error.violates("notes.text"), "{error:?}");
    one.close().await;
    other.close().await;
    let left =
        "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
    assert_eq!(database.query(left), [""; 0]);
}
