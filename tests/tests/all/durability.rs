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
