//! The real binary: it serves, stops cleanly, and finds everything again.
#![expect(clippy::unwrap_used, reason = "a test stops where its setup fails")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const LOOPBACK: &str = "127.0.0.1:0";

/// A running `audit serve`.
struct Served {
    process: Child,
    url: String,
    printed: Vec<String>,
}

impl Served {
    fn start(data: &Path, listen: &str, more: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_audit"));
        command.args(["serve", "--listen", listen, "--archive-every", "off", "--data"]).arg(data).args(more);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let printed: Vec<_> = lines.by_ref().take(4).map(Result::unwrap).collect();
        let url = printed[0].strip_prefix("ready ").unwrap().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url, printed }
    }

    /// Asks the process to stop with a signal, and gives its exit code.
    fn stop(mut self, signal: &str) -> Option<i32> {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        self.process.wait().unwrap().code()
    }
}

async fn get(url: String) -> serde_json::Value {
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
    serde_json::from_str(&client.get(url).send().await.unwrap().text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn the_demo_is_served_stopped_cleanly_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), LOOPBACK, &["--demo"]);
    let prefixes = served.printed.iter().map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>();
    assert_eq!(prefixes, ["ready", "dynamodb", "s3", "archive"]);
    let archive = Path::new(served.printed[3].strip_prefix("archive ").unwrap());
    assert!(std::fs::read_dir(archive).unwrap().count() > 80, "past days are archived");
    let newest = get(format!("{}/v1/orgs/demo/events?limit=1000", served.url)).await;
    assert_eq!(newest["events"].as_array().unwrap().len(), 1000);
    assert_eq!(served.stop("TERM"), Some(0));

    let served = Served::start(folder.path(), LOOPBACK, &["--demo"]);
    assert_eq!(get(format!("{}/v1/orgs/demo/events?limit=1000", served.url)).await, newest);
    assert_eq!(served.stop("INT"), Some(0));
}

#[test]
fn a_second_process_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), LOOPBACK, &[]);
    let mut second = Command::new(env!("CARGO_BIN_EXE_audit"));
    let second = second.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path()).output().unwrap();
    assert!(!second.status.success() && String::from_utf8_lossy(&second.stderr).contains("another process"));
    assert_eq!(served.stop("TERM"), Some(0));
}

#[test]
fn an_open_address_needs_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = Command::new(env!("CARGO_BIN_EXE_audit"));
    let open = open.args(["serve", "--listen", "0.0.0.0:0", "--data"]).arg(folder.path()).output().unwrap();
    assert!(!open.status.success() && String::from_utf8_lossy(&open.stderr).contains("--insecure-open"));
    assert_eq!(Served::start(folder.path(), "0.0.0.0:0", &["--insecure-open"]).stop("TERM"), Some(0));
}

#[test]
fn an_operator_checks_and_rebuilds_an_org_of_a_running_service() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path(), LOOPBACK, &["--demo"]);
    let endpoint = |line: usize| served.printed[line].split_once(' ').unwrap().1.to_owned();
    let stores = ["--local".to_owned(), endpoint(1), endpoint(2)];
    let run = |words: &[&str]| {
        let mut tool = Command::new(env!("CARGO_BIN_EXE_audit"));
        let output = tool.args(words).args(&stores).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = run(&["check", "--org", "demo"]);
    assert!(code == Some(0) && out.ends_with("nothing is broken\n"), "{out}{err}");
    let (code, out, err) = run(&["ledger", "rebuild", "--org", "demo"]);
    assert!(code == Some(0) && out.ends_with("no batch was added to it\n"), "{out}{err}");

    let archive = Path::new(served.printed[3].strip_prefix("archive ").unwrap());
    let day = std::fs::read_dir(archive).unwrap().next().unwrap().unwrap().path().join("org_id=demo");
    let object = std::fs::read_dir(&day).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(&object).unwrap();
    let (code, out, _) = run(&["check", "--org", "demo"]);
    assert!(code == Some(2) && out.starts_with("I-3 is broken"), "{out}");
    let (code, out, err) = run(&["ledger", "rebuild", "--org", "demo"]);
    assert!(code == Some(0) && out.contains("1 copied from staging"), "{out}{err}");
    assert_eq!(run(&["check", "--org", "demo"]).0, Some(0));

    std::fs::remove_file(&object).unwrap();
    std::fs::remove_dir_all(folder.path().join("s3/audit-staging/staging")).unwrap();
    let (code, out, err) = run(&["ledger", "rebuild", "--org", "demo"]);
    assert!(code == Some(2) && out.is_empty() && err.ends_with("the ledger was not written\n"), "{out}{err}");

    let (code, _, err) = run(&["check", "--org", "nobody"]);
    assert!(code == Some(1) && err.contains("there is no org nobody"), "{err}");
    let (code, _, err) = run(&["ledger", "rebuild", "--org", "nobody"]);
    assert!(code == Some(2) && err.starts_with("there is no org nobody"), "{err}");
    assert_eq!(run(&["check", "--org", "a/b"]).0, Some(64));
    assert_eq!(served.stop("TERM"), Some(0));
    let (code, _, err) = run(&["check", "--org", "demo"]);
    assert!(code == Some(1) && err.contains("DynamoDB"), "{err}");
}

#[test]
fn an_operator_names_every_table_and_bucket_or_none() {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_audit"));
    tool.args(["check", "--org", "acme", "--events-table", "e", "--archive-bucket", "a"]);
    for variable in ["ORGS_TABLE", "EVENTS_TABLE", "LEDGER_TABLE", "ARCHIVE_BUCKET", "STAGING_BUCKET"] {
        tool.env_remove(variable);
    }
    let output = tool.env("LEDGER_TABLE", "l").output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    let missing: Vec<_> = err.lines().filter_map(|line| line.strip_prefix("  --")).collect();
    assert_eq!((output.status.code(), missing), (Some(64), vec!["orgs-table <NAME>", "staging-bucket <NAME>"]));
}
