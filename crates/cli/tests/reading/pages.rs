//! Flags become parameters, pages become one list, and events stay the bytes that the service sent.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::stub::{DAY, MINUTE, Stub, now};
use crate::{audit, ended};

#[tokio::test]
async fn every_filter_is_a_flag_of_the_same_name() {
    let stub = Stub::start().await;
    let filters = [
        ("from", "2026-11-01T00:00:00+01:00"),
        ("to", "2026-12-01T00:00:00Z"),
        ("actor", "ada+x@example.com"),
        ("actor", "Zoë & 1=2"),
        ("action", "billing.*"),
        ("category", "team"),
        ("target", "-t/1?"),
        ("result", "failed"),
        ("ip", "2001:db8::1"),
        ("request_id", "req_1"),
        ("not_actor", "bot"),
        ("not_action", "a.b"),
        ("not_ip", "192.0.2.1"),
    ];
    for (subcommand, more) in [("search", ("order", "oldest")), ("stats", ("group_by", "action"))] {
        let mut command = audit(subcommand, &stub.url);
        for (name, value) in filters.iter().chain([&more]) {
            command.args([format!("--{}", name.replace('_', "-")), (*value).to_owned()]);
        }
        let (code, _, notes) = ended(command).await;
        assert_eq!((code, notes.as_str()), (0, ""), "{subcommand}");
        let (_, mut sent) = stub.seen().pop().unwrap();
        sent.retain(|(name, _)| !["limit", "cursor"].contains(&name.as_str()));
        sent.sort();
        let mut expected: Vec<_> =
            filters.iter().chain([&more]).map(|(name, value)| (name.to_string(), value.to_string())).collect();
        expected.sort();
        assert_eq!(sent, expected, "{subcommand}");
    }
}

#[tokio::test]
async fn a_pipe_gets_the_bytes_of_every_event() {
    let stub = Stub::start().await;
    let details = r#","details":{"b":1.0,"a":12345678901234567890123,"é":"\u00e9","10":[1e2]}"#;
    for number in 0..20 {
        stub.state.lock().unwrap().add("ada", now() - number * DAY, now(), details);
    }
    let mut all = audit("search", &stub.url);
    all.arg("--all");
    let (code, out, notes) = ended(all).await;
    assert_eq!((code, notes.as_str()), (0, ""));
    assert_eq!(out.lines().count(), 20);
    assert!(
        out.lines().all(|line| line.ends_with(&format!("{details}}}")) && line.starts_with(r#"{"id":"0"#)),
        "{out}"
    );
    let times: Vec<_> = out.lines().map(|line| line.split('"').nth(7).unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer > older), "{times:?}");

    let mut first = audit("search", &stub.url);
    first.args(["--limit", "9"]);
    let (code, out, notes) = ended(first).await;
    assert_eq!((code, out.lines().count()), (0, 9));
    assert_eq!(notes, "audit search: the list ends after 9 events; more may match: use --limit or --all\n");

    let mut none = audit("search", &stub.url);
    none.args(["--actor", "nobody"]);
    assert_eq!(ended(none).await, (0, String::new(), String::new()));
}

#[tokio::test]
async fn the_pages_of_statistics_add_up() {
    let stub = Stub::start().await;
    for number in 0..100 {
        stub.state.lock().unwrap().add("ada", now() - number / 2 * DAY - MINUTE, now(), "");
    }
    let mut stats = audit("stats", &stub.url);
    stats.args(["--group-by", "time", "--interval", "1d"]);
    let (code, out, _) = ended(stats).await;
    let counts: serde_json::Value = serde_json::from_str(&out).unwrap();
    let bars = counts["groups"].as_array().unwrap();
    assert_eq!(
        (code, counts["total"].as_u64(), bars.len(), &counts["next_cursor"]),
        (0, Some(100), 50, &serde_json::Value::Null)
    );
    assert!(bars.iter().all(|bar| bar["count"] == 2) && bars.is_sorted_by_key(|bar| bar["time"].to_string()), "{out}");
}

#[tokio::test]
async fn a_closed_pipe_ends_a_search_quietly() {
    let stub = Stub::start().await;
    for number in 0..20_000 {
        stub.state.lock().unwrap().add("ada", now() - number * MINUTE, now(), "");
    }
    let mut search = audit("search", &stub.url);
    let mut child = search.arg("--all").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let ended = tokio::task::spawn_blocking(move || {
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        (first, output.status.code(), String::from_utf8(output.stderr).unwrap())
    });
    let (first, code, notes) = ended.await.unwrap();
    assert!(first.starts_with(r#"{"id""#));
    assert_eq!((code, notes.as_str()), (Some(0), ""));
    assert!(stub.seen().len() < 2_000, "the search continued without a reader");
}
