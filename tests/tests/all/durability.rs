//! `kill -9` can't show what a power cut would lose; the calls to fsync can.

use serde_json::json;

use crate::harness::{Backend, Client, Server, Site, Topology, apply, everywhere};

#[apply(everywhere)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_commit_is_on_the_disk(topology: Topology, backend: Backend) {
    const COMMITS: usize = 200;
    let can_trace = std::process::Command::new("strace").args(["-f", "-e", "trace=fsync", "true"]).output();
    if !can_trace.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: strace is missing or may not trace here; `apt-get install strace`");
        return;
    }
    let site = Site::new(topology, backend);
    let key = site.key("admin");
    let trace = site.folder.file("trace");
    let options = ["-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", trace.to_str().unwrap()];
    let mut server = Server::start(site.vitrine_below("strace", &options, &["serve"]));
    let client = Client::new(format!("http://{}", server.api), Some(key));
    let synced = || {
        let text = std::fs::read_to_string(&trace).unwrap();
        // One line for a whole call; of one that was interrupted by another thread's, the resumed half.
        text.lines()
            .filter(|line| {
                line.contains("fsync(") || line.contains("fdatasync(") || line.contains("sync resumed")
            })
            .filter(|line| line.contains("= 0"))
            .count()
    };
    let before = synced();
    for n in 0..COMMITS {
        client.new_product(&format!("Product {n}"), json!({})).await;
    }
    let during = synced() - before;
    eprintln!("{COMMITS} acknowledged commits, {during} calls to fsync");
    assert!(during >= COMMITS, "{COMMITS} commits were acknowledged after only {during} calls to fsync");
    // strace passes nothing on; its child is told directly.
    let child = std::process::Command::new("pkill").args(["-TERM", "-P", &server.pid().to_string()]).status();
    assert!(child.expect("pkill").success());
    server.wait();
    site.check_data();
}

/// A small disk of its own, taken away on drop.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    /// `None` where this user may not mount.
    fn mount(at: std::path::PathBuf) -> Option<Self> {
        std::fs::create_dir(&at).unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
            .arg(&at)
            .output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_writing_and_nothing_else() {
    let mut site = Site::new(Topology::Single, Backend::Sqlite);
    let Some(disk) = SmallDisk::mount(site.folder.file("disk")) else {
        eprintln!("skipped: only root may mount a small disk");
        return;
    };
    site.set("VITRINE__DATABASE__URL", &format!("sqlite://{}", disk.0.join("vitrine.db").display()));
    let shop = site.open();
    let ballast = disk.0.join("ballast");
    std::fs::write(&ballast, vec![0; 1 << 20]).unwrap();
    let mut kept = Vec::new();
    let description = "A long text. ".repeat(700);
    let refused = loop {
        let name = format!("Product {}", kept.len());
        let answer = shop
            .admin
            .post("/products", &json!({"name": name, "description": description, "status": "active"}))
            .await;
        if answer.status != 201 {
            break answer;
        }
        kept.push(answer.json()["id"].as_str().unwrap().to_owned());
        assert!(kept.len() < 5000, "the disk never fills");
    };
    assert_eq!(refused.problem(507)["type"], "/problems/storage-full");
    // Many at once, so that they share a commit: all are refused, none is kept by halves.
    let more = futures::future::join_all((0..20).map(|n| {
        let admin = shop.admin.clone();
        let body = json!({"name": format!("Refused {n}"), "description": description, "status": "active"});
        async move { admin.post("/products", &body).await }
    }));
    for answer in more.await {
        if answer.status == 201 {
            kept.push(answer.json()["id"].as_str().unwrap().to_owned());
        } else {
            answer.problem(507);
        }
    }
    for id in &kept {
        shop.anonymous.get(&format!("/products/{id}")).await.expect(200);
    }
    let total =
        || async { shop.anonymous.get("/products?count=exact&limit=1").await.expect(200)["total"].as_u64() };
    assert_eq!(total().await, u64::try_from(kept.len()).ok());
    std::fs::remove_file(&ballast).unwrap();
    for n in 0..5 {
        shop.admin.new_product(&format!("Room again {n}"), json!({})).await;
    }
    assert_eq!(total().await, u64::try_from(kept.len() + 5).ok());
    shop.close();
}
