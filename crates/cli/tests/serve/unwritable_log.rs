//! A log that cannot be written, as on a full disk.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::process::{LOOPBACK, Process, client, command, get};

/// Whether the archive has a segment of the org.
fn is_archived(archive: &Path, org: &str) -> bool {
    let days = std::fs::read_dir(archive).into_iter().flatten();
    days.flatten().any(|day| day.path().join(format!("org_id={org}")).is_dir())
}

#[tokio::test]
async fn a_log_that_cannot_be_written_costs_no_answer_and_no_scheduled_pass() {
    let folder = tempfile::tempdir().unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = command(folder.path(), LOOPBACK);
    let process = Process::run_with_log(command.args(["--archive-every", "1s"]).env("RUST_LOG", "debug"), full);
    let archive = Path::new(process.printed[3].strip_prefix("archive ").unwrap());
    let http = client();
    // The second org is registered once the schedule has logged a pass.
    for org in ["first", "second"] {
        let org_url = format!("{}/v1/orgs/{org}", process.url);
        let told = http.put(&org_url).body(r#"{"name":"Acme","plan":"enterprise"}"#).send().await.unwrap();
        assert!(told.status().is_success());
        let event = json!({"occurred_at": "2026-01-01T00:00:00Z", "actor": {"id": "a"}, "action": "a.b", "result": "succeeded"});
        let recorded = http.post(format!("{org_url}/events")).body(event.to_string()).send().await.unwrap();
        assert_eq!(recorded.status(), 201);
        assert_eq!(http.get(format!("{}/nowhere", process.url)).send().await.unwrap().status(), 404);

        let start = Instant::now();
        while !is_archived(archive, org) {
            assert!(start.elapsed() < Duration::from_secs(120), "the schedule does not archive {org}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let page: Value = get(format!("{org_url}/events")).await;
        assert_eq!(page["events"].as_array().unwrap().len(), 1);
    }
    assert_eq!(process.stop("TERM"), Some(0));
}
