//! `audit search`, `stats` and `tail` read what the service stores, while it archives and across a restart.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use audit_core::{Clock as _, UnixMicros};
use audit_runtime::SystemClock;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::process::{LOOPBACK, Process, client, get};

fn audit(words: &[&str], url: &str, org: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_audit"));
    command.args(words).args(["--endpoint", url, "--org", org]);
    command
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let notes = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{notes}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn flags_select_what_the_api_returns_for_the_same_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), LOOPBACK, &["--demo"]);
    #[derive(serde::Deserialize)]
    struct Page {
        events: Vec<Box<RawValue>>,
    }
    for (flags, query) in [
        (&["--limit", "50"][..], "limit=50"),
        (&["--actor", "key_backup_sync", "--order", "oldest"], "actor=key_backup_sync&order=oldest&limit=50"),
        (&["--category", "team", "--result", "failed"], "category=team&result=failed&limit=50"),
        (
            &["--action", "member.*", "--action", "api_key.*", "--limit", "7"],
            "action=member.*&action=api_key.*&limit=7",
        ),
        (&["--not-action", "monitor.*", "--not-actor", "usr_01"], "not_action=monitor.*&not_actor=usr_01&limit=50"),
        (&["--ip", "203.0.113.77", "--locale", "de"], "ip=203.0.113.77&summary=de&limit=50"),
    ] {
        let found = output(audit(&["search"], &process.url, "demo").args(flags));
        let page = client().get(format!("{}/v1/orgs/demo/events?{query}", process.url)).send().await.unwrap();
        let page: Page = serde_json::from_str(&page.text().await.unwrap()).unwrap();
        let expected: String = page.events.iter().map(|event| format!("{}\n", event.get())).collect();
        assert_eq!(found, expected, "{query}");
    }
    for (flags, query) in [
        (&["--result", "failed"][..], "result=failed"),
        (&["--group-by", "action", "--top", "3"], "group_by=action&top=3"),
        (
            &["--group-by", "time", "--interval", "1d", "--zone", "Asia/Kathmandu", "--from", "2020-01-01T00:00:00Z"],
            "group_by=time&interval=1d&zone=Asia/Kathmandu&from=2020-01-01T00:00:00Z",
        ),
        (&["--group-by", "time,result", "--actor", "usr_01"], "group_by=time,result&actor=usr_01"),
    ] {
        let mut found: Value =
            serde_json::from_str(&output(audit(&["stats"], &process.url, "demo").args(flags))).unwrap();
        let mut expected = get(format!("{}/v1/orgs/demo/stats?{query}", process.url)).await;
        // Without `to`, the end of the range is that of the clock.
        for counts in [&mut found, &mut expected] {
            assert!(counts.as_object_mut().unwrap().remove("scanned_from").unwrap().is_string());
        }
        assert_eq!(found, expected, "{query}");
    }
    assert_eq!(process.stop("TERM"), Some(0));
}

/// Records events of these ages, each with its own key; returns their ids.
async fn record(url: &str, round: usize, ages: &[u64]) -> Vec<String> {
    let now = SystemClock.now().micros();
    let event = |(number, hours): (usize, &u64)| {
        let occurred_at = UnixMicros::new(now - *hours as i64 * 3_600_000_000 - number as i64);
        json!({"occurred_at": occurred_at, "actor": {"id": "ada"}, "action": "a.b", "result": "succeeded",
               "idempotency_key": format!("{round}-{number}")})
    };
    let events: Vec<_> = ages.iter().enumerate().map(event).collect();
    let response = client().post(format!("{url}/v1/orgs/acme/events")).body(json!({"events": events}).to_string());
    let body: Value = serde_json::from_str(&response.send().await.unwrap().text().await.unwrap()).unwrap();
    body["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn tail_shows_late_events_of_every_age_during_passes_and_across_a_restart() {
    const AGES: [u64; 7] = [0, 0, 1, 26, 60, 10 * 24, 400 * 24];
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path(), LOOPBACK, &[]);
    let (url, address) = (process.url.clone(), process.addresses()[0].clone());
    let org = client().put(format!("{url}/v1/orgs/acme")).body(r#"{"name":"Acme","plan":"enterprise"}"#);
    assert!(org.send().await.unwrap().status().is_success());
    // Late events that are received shortly before the start may be shown; those of now may not.
    record(&url, 0, &[0, 0]).await;

    let mut tail = audit(&["tail", "--every", "200ms", "--last", "0"], &url, "acme");
    let mut tail = tail.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut notes = BufReader::new(tail.stderr.take().unwrap()).lines();
    let first = notes.next().unwrap().unwrap();
    assert!(first.starts_with("audit tail: following acme"), "{first}");
    std::thread::spawn(move || notes.for_each(drop));
    let shown = Arc::new(Mutex::new(BTreeMap::<String, u32>::new()));
    let (out, seen) = (tail.stdout.take().unwrap(), Arc::clone(&shown));
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            let event: Value = serde_json::from_str(&line).unwrap();
            *seen.lock().unwrap().entry(event["id"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    });

    let mut recorded = Vec::new();
    for round in 1..=6 {
        let archived = client().post(format!("{url}/local/archive")).body(r#"{"force":true}"#).send();
        let (ids, archived) = tokio::join!(record(&url, round, &AGES), archived);
        assert!(archived.unwrap().status().is_success());
        recorded.extend(ids);
        if round == 3 {
            assert_eq!(process.stop("TERM"), Some(0));
            tokio::time::sleep(Duration::from_millis(500)).await;
            process = Process::start(folder.path(), &address, &[]);
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let start = Instant::now();
    while shown.lock().unwrap().len() < recorded.len() && start.elapsed() < Duration::from_secs(60) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    tail.kill().unwrap();
    tail.wait().unwrap();
    recorded.sort();
    let expected: BTreeMap<_, _> = recorded.into_iter().map(|id| (id, 1)).collect();
    assert_eq!(*shown.lock().unwrap(), expected);
    assert_eq!(process.stop("TERM"), Some(0));
}
