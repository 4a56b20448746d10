//! What an operator does: start, stop, start again, check, rebuild.

use std::path::Path;
use std::process::Command;

use crate::process::{LOOPBACK, Process, client, get};

#[tokio::test]
async fn the_demo_is_served_stopped_cleanly_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), LOOPBACK, &["--demo"]);
    let prefixes = process.printed.iter().map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>();
    assert_eq!(prefixes, ["ready", "dynamodb", "s3", "archive"]);
    let archive = Path::new(process.printed[3].strip_prefix("archive ").unwrap());
    assert!(std::fs::read_dir(archive).unwrap().count() >= 3, "past months are archived");
    let newest = get(format!("{}/v1/orgs/demo/events?limit=1000", process.url)).await;
    assert_eq!(newest["events"].as_array().unwrap().len(), 1000);
    assert_eq!(process.stop("TERM"), Some(0));

    let process = Process::start(folder.path(), LOOPBACK, &["--demo"]);
    assert_eq!(get(format!("{}/v1/orgs/demo/events?limit=1000", process.url)).await, newest);
    assert_eq!(process.stop("INT"), Some(0));
}

#[test]
fn a_second_process_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), LOOPBACK, &[]);
    let mut second = Command::new(env!("CARGO_BIN_EXE_audit"));
    let second = second.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path()).output().unwrap();
    assert!(!second.status.success() && String::from_utf8_lossy(&second.stderr).contains("another process"));
    assert_eq!(process.stop("TERM"), Some(0));
}

#[test]
fn an_open_address_needs_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = Command::new(env!("CARGO_BIN_EXE_audit"));
    let open = open.args(["serve", "--listen", "0.0.0.0:0", "--data"]).arg(folder.path()).output().unwrap();
    assert!(!open.status.success() && String::from_utf8_lossy(&open.stderr).contains("--insecure-open"));
    assert_eq!(Process::start(folder.path(), "0.0.0.0:0", &["--insecure-open"]).stop("TERM"), Some(0));
}

#[test]
fn an_operator_checks_and_rebuilds_an_org_of_a_running_service() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), LOOPBACK, &["--demo"]);
    let endpoint = |line: usize| process.printed[line].split_once(' ').unwrap().1.to_owned();
    let stores = ["--local".to_owned(), endpoint(1), endpoint(2)];
    let run = |words: &[&str]| {
        let mut tool = Command::new(env!("CARGO_BIN_EXE_audit"));
        let output = tool.args(words).args(&stores).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = run(&["check", "--org", "demo"]);
    assert!(code == Some(0) && out.ends_with("no problems found\n"), "{out}{err}");
    let (code, out, err) = run(&["ledger", "rebuild", "--org", "demo"]);
    assert!(code == Some(0) && out.ends_with("nothing was written\n"), "{out}{err}");

    let archive = Path::new(process.printed[3].strip_prefix("archive ").unwrap());
    let day = std::fs::read_dir(archive).unwrap().next().unwrap().unwrap().path().join("org_id=demo");
    let object = std::fs::read_dir(&day).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(&object).unwrap();
    let (code, out, _) = run(&["check", "--org", "demo"]);
    assert!(code == Some(2) && out.starts_with("I-3 is violated"), "{out}");
    let (code, out, err) = run(&["ledger", "rebuild", "--org", "demo"]);
    assert!(code == Some(0) && out.contains("1 missing object copied again from staging"), "{out}{err}");
    assert_eq!(run(&["check", "--org", "demo"]).0, Some(0));

    std::fs::remove_file(&object).unwrap();
    std::fs::remove_dir_all(folder.path().join("s3/audit-staging/staging")).unwrap();
    let (code, out, err) = run(&["ledger", "rebuild", "--org", "demo"]);
    assert!(code == Some(0) && out.contains(" is missing: searches of its time range return 503"), "{out}{err}");
    let (code, out, err) = run(&["ledger", "rebuild", "--all"]);
    assert!(code == Some(0) && out.ends_with("1 org: 0 rebuilt, 1 unchanged, 0 refused, 0 failed\n"), "{out}{err}");
    assert_eq!(
        (run(&["ledger", "rebuild"]).0, run(&["ledger", "rebuild", "--all", "--org", "demo"]).0),
        (Some(64), Some(64))
    );

    let (code, _, err) = run(&["check", "--org", "nobody"]);
    assert!(code == Some(1) && err.contains("there is no org nobody"), "{err}");
    let (code, _, err) = run(&["ledger", "rebuild", "--org", "nobody"]);
    let refused = "there is no org nobody\nthe ledger was not written\n";
    assert!(code == Some(2) && err == refused, "{err}");
    assert_eq!(run(&["check", "--org", "a/b"]).0, Some(64));
    assert_eq!(process.stop("TERM"), Some(0));
    let (code, _, err) = run(&["check", "--org", "demo"]);
    // The check reads both stores concurrently, so either of them may be the first that refuses.
    assert!(code == Some(1) && err.contains("Connection refused"), "{err}");
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

#[tokio::test]
async fn every_tool_takes_an_org_whose_id_begins_with_a_hyphen() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), LOOPBACK, &[]);
    let told = client().put(format!("{}/v1/orgs/-acme", process.url));
    let told = told.body(r#"{"name":"Acme","plan":"enterprise"}"#).send().await.unwrap();
    assert!(told.status().is_success());
    let events = folder.path().join("events.jsonl");
    let event = r#"{"occurred_at":"2026-01-01T00:00:00Z","actor":{"id":"a"},"action":"a.b","result":"succeeded"}"#;
    std::fs::write(&events, event).unwrap();
    let endpoint = |line: usize| process.printed[line].split_once(' ').unwrap().1;
    let stores = ["--local", endpoint(1), endpoint(2)];
    for words in [
        &["import", "--org", "-acme", "--to", &process.url, events.to_str().unwrap()][..],
        &[&["check", "--org", "-acme"][..], &stores].concat(),
        &[&["ledger", "rebuild", "--org", "-acme"][..], &stores].concat(),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_audit")).args(words).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(process.stop("TERM"), Some(0));
}
