//! The binary: arguments, exit codes, what it prints, and how much memory it takes.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

#[cfg(target_os = "linux")]
use flate2::Compression;
#[cfg(target_os = "linux")]
use flate2::write::GzEncoder;
use serde_json::{Value, json};

#[cfg(target_os = "linux")]
use crate::cloudtrail::record;
use crate::delivery::{input, lines};
use crate::stub::{Reply, Stub};

struct Ended {
    code: i32,
    out: String,
    err: String,
}

fn start(url: &str, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_audit"))
        .args(["import", "--to", url, "--org", "acme"])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Ends the input, and waits in a thread that may block.
async fn end(child: Child) -> Ended {
    let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

async fn import(url: &str, more: &[&str]) -> Ended {
    end(start(url, more)).await
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn everything_accepted_exits_with_0_and_a_summary() {
    let (stub, _) = Stub::storing().await;
    let (_directory, file) = input(lines(1_234));
    let ended = import(&stub.url, &[text(&file)]).await;
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    assert!(ended.out.starts_with("1234 created, 0 duplicate, 0 rejected in "), "{}", ended.out);
    assert!(ended.out.ends_with(" events/s)\n"), "{}", ended.out);
    let again = import(&stub.url, &[text(&file), text(&file)]).await;
    assert!(again.out.starts_with("0 created, 2468 duplicate, 0 rejected"), "{}", again.out);
}

#[tokio::test]
async fn standard_input_is_an_input() {
    let (stub, _) = Stub::storing().await;
    let (_directory, file) = input(lines(2));
    let mut child = start(&stub.url, &[text(&file), "-"]);
    child.stdin.take().unwrap().write_all(b"{\"n\":1}\n{\"n\":2}\nnothing\n").unwrap();
    let ended = end(child).await;
    assert_eq!(ended.code, 2);
    assert!(ended.out.starts_with("4 created, 0 duplicate, 1 rejected"), "{}", ended.out);
    assert!(ended.err.starts_with("-:3: not a JSON object"), "{}", ended.err);
}

#[tokio::test]
async fn rejected_lines_exit_with_2_and_are_listed() {
    let (stub, _) = Stub::storing().await;
    let (directory, file) = input("{}\nx\n".repeat(12));
    let ended = import(&stub.url, &[text(&file)]).await;
    assert_eq!(ended.code, 2);
    assert_eq!(ended.err.lines().filter(|line| line.contains("not a JSON object")).count(), 10);
    assert!(ended.err.contains("2 more lines were rejected; --rejects FILE"), "{}", ended.err);

    let rejects = directory.path().join("rejects.jsonl");
    let ended = import(&stub.url, &[text(&file), "--rejects", text(&rejects)]).await;
    assert_eq!(ended.code, 2);
    let rows = std::fs::read_to_string(&rejects).unwrap();
    let rows: Vec<Value> = rows.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert_eq!(rows.len(), 12);
    assert_eq!((&rows[1]["file"], &rows[1]["line"]), (&json!(text(&file)), &json!(4)));
    assert!(rows[1]["reason"].as_str().unwrap().starts_with("not a JSON object"));
}

#[tokio::test]
async fn an_import_that_stops_early_exits_with_1_and_reports_why() {
    let stub = Stub::start(|_| Reply::problem(403, "audit logs are not part of the plan")).await;
    let (_directory, file) = input("x\n".to_owned() + &lines(3));
    let ended = import(&stub.url, &[text(&file)]).await;
    assert_eq!(ended.code, 1);
    assert!(ended.out.starts_with("0 created, 0 duplicate, 1 rejected"), "{}", ended.out);
    assert!(ended.err.contains("HTTP 403: audit logs are not part of the plan"), "{}", ended.err);
    assert!(ended.err.contains("again is safe"), "{}", ended.err);
}

#[tokio::test]
async fn nothing_is_sent_if_a_file_is_missing() {
    let (stub, _) = Stub::storing().await;
    let (directory, file) = input(lines(3));
    let missing = directory.path().join("missing");
    let no_place = missing.join("rejects");
    for more in [&[text(&file), text(&missing)][..], &[text(&file), "--rejects", text(&no_place)]] {
        let ended = import(&stub.url, more).await;
        assert_eq!(ended.code, 1);
        assert!(ended.err.contains(text(&missing)), "{}", ended.err);
    }
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn invalid_usage_exits_with_64() {
    for (url, more) in [
        ("http://localhost", &[][..]),
        ("ftp://localhost", &["-"]),
        ("http://localhost/?a=b", &["-"]),
        ("http://localhost", &["-", "--format", "xml"]),
        ("http://localhost", &["-", "--org", "a/b"]),
    ] {
        let ended = import(url, more).await;
        assert_eq!((ended.code, ended.out.as_str()), (64, ""), "{url} {more:?}");
    }
    assert_eq!(import("http://localhost", &["--help"]).await.code, 0);
}

#[tokio::test]
async fn cloudtrail_records_become_events() {
    let (stub, _) = Stub::storing().await;
    let record = r#"{"eventTime":"2024-03-01T09:30:00Z","eventSource":"kms.amazonaws.com","eventName":"Decrypt","eventID":"e-1","n":1.0}"#;
    let (_directory, file) = input(format!("{record}\n{{}}\n"));
    let ended = import(&stub.url, &[text(&file), "--format", "cloudtrail"]).await;
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains(":2: not a CloudTrail record: eventTime is missing"), "{}", ended.err);
    let request = &stub.requests()[0];
    assert!(request.body.contains(&format!(r#""details":{record}}}"#)), "{}", request.body);
    assert_eq!(request.events[0]["action"], "kms.decrypt");
}

/// The peak memory of a process, in KiB.
#[cfg(target_os = "linux")]
fn peak_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_giant_line_is_rejected_and_never_kept_in_memory() {
    let (stub, _) = Stub::storing().await;
    let mut child = start(&stub.url, &["-"]);
    let (process, mut stdin) = (child.id(), child.stdin.take().unwrap());
    let mut stderr = child.stderr.take().unwrap();
    let fed = thread::spawn(move || {
        stdin.write_all(b"{\"n\":1}\n{\"giant\":\"").unwrap();
        for _ in 0..256 {
            stdin.write_all(&[b'x'; 1 << 20]).unwrap();
        }
        // The pipe's buffer is far smaller than this, so all of it was read by now.
        let peak = peak_kib(process);
        stdin.write_all(b"\"}\n{\"n\":2}\n").unwrap();
        peak
    });
    let ended = end(child).await;
    let mut notes = String::new();
    stderr.read_to_string(&mut notes).unwrap();
    assert_eq!(ended.code, 2);
    assert!(ended.out.starts_with("2 created, 0 duplicate, 1 rejected"), "{}", ended.out);
    assert_eq!(notes, "-:2: longer than 1048576 bytes\n");
    let peak = fed.join().unwrap();
    assert!(peak < 64 << 10, "{peak} KiB");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_records_is_unwrapped_and_never_kept_in_memory() {
    let (stub, _) = Stub::storing().await;
    let mut child = start(&stub.url, &["--format", "cloudtrail", "-"]);
    let (process, mut stdin) = (child.id(), child.stdin.take().unwrap());
    let mut stderr = child.stderr.take().unwrap();
    let fed = thread::spawn(move || {
        // One line of 256 MiB, compressed: a record, one that is too long, another.
        let mut packed = GzEncoder::new(&mut stdin, Compression::none());
        packed.write_all(format!(r#"{{"Records":[{},{{"giant":""#, record("e-1")).as_bytes()).unwrap();
        for _ in 0..256 {
            packed.write_all(&[b'x'; 1 << 20]).unwrap();
        }
        // The pipe's buffer is far smaller than this, so all of it was read by now.
        let peak = peak_kib(process);
        packed.write_all(format!(r#""}},{}]}}"#, record("e-2")).as_bytes()).unwrap();
        packed.finish().unwrap();
        peak
    });
    let ended = end(child).await;
    let mut notes = String::new();
    stderr.read_to_string(&mut notes).unwrap();
    assert_eq!(ended.code, 2);
    assert!(ended.out.starts_with("2 created, 0 duplicate, 1 rejected"), "{}", ended.out);
    assert_eq!(notes, "-:1: record 2: longer than 1048576 bytes\n");
    let peak = fed.join().unwrap();
    assert!(peak < 64 << 10, "{peak} KiB");
}
