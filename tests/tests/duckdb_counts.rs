//! DuckDB over the archive's folder counts what the API counts. Skipped, and said so, where there is no DuckDB to be had.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops where its setup fails, and says where it did not run"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use audit_core::{Clock as _, address::canonical_text};
use audit_tests::api::Api;
use audit_tests::walk::Search;
use audit_tests::{TestStack, instant};
use serde_json::{Map, Value, json};

const EVENTS: usize = 3_000;
/// One in so many rows is compared in full.
const EVERY: usize = 50;

/// The types of the columns, as DuckDB names them.
const TYPES: &[(&str, &str)] = &[
    ("seq", "BIGINT"),
    ("occurred_at", "TIMESTAMP WITH TIME ZONE"),
    ("occurred_at_us", "BIGINT"),
    ("ingested_at", "TIMESTAMP WITH TIME ZONE"),
];

/// A column of text with the place of its value in the API's event.
const TEXTS: &[(&str, &str)] = &[
    ("id", "/id"),
    ("org_id", "/org_id"),
    ("actor_type", "/actor/type"),
    ("actor_id", "/actor/id"),
    ("actor_name", "/actor/name"),
    ("actor_email", "/actor/email"),
    ("action", "/action"),
    ("category", "/category"),
    ("target_type", "/target/type"),
    ("target_id", "/target/id"),
    ("target_name", "/target/name"),
    ("result", "/result"),
    ("failure_reason", "/failure_reason"),
    ("ip", "/context/ip"),
    ("user_agent", "/context/user_agent"),
    ("request_id", "/context/request_id"),
];

/// An event with everything, and text that is easily spoilt.
fn odd(number: usize) -> String {
    json!({
        "occurred_at": format!("2026-02-28T23:59:59.{:06}Z", 999_999 - number),
        "actor": { "type": "service", "id": "svc,\"quoted\"\n'", "name": "Zoë 𝄞", "email": "" },
        "action": "teleporter.engaged",
        "target": { "type": "t", "id": "", "name": "\u{0}NUL" },
        "result": "failed",
        "failure_reason": "a\tb",
        "context": { "ip": "2001:DB8::1, 10.0.0.1:80", "user_agent": "u", "request_id": "r" },
        "details": { "b": 1.0, "a": [null, "𝄞", { "": 18_446_744_073_709_551_615_u64 }] },
    })
    .to_string()
}

#[tokio::test]
async fn duckdb_counts_what_the_api_counts() {
    let Some(python) = python() else { return };
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    api.provision("other").await;
    let mut events: Vec<_> = audit::demo::events(stack.clock.now().micros(), EVENTS).collect();
    events.extend((0..100).map(odd));
    // Two batches, so that days have several segments, and a third of the first one repeated.
    for events in [&events[..EVENTS * 2 / 3], &events[EVENTS / 3..]] {
        api.record("acme", events).await;
        api.record("other", &events[..10]).await;
        api.archive().await;
    }

    let walked = Search::new("acme", "order=oldest").walk(&api, 1_000).await;
    let counted = count(&python, &stack.archive_folder());
    let tally = |of: fn(&Value) -> String| {
        let mut counts = BTreeMap::new();
        walked.iter().for_each(|event| *counts.entry(of(event)).or_insert(0) += 1);
        json!(counts)
    };
    let days = tally(|event| text(event, "/occurred_at")[..10].to_owned());
    assert_eq!((&counted["days"], &counted["folders"]), (&days, &days));
    assert_eq!(counted["actors"], tally(|event| text(event, "/actor/id")));
    assert_eq!(counted["actions"], tally(|event| text(event, "/action")));
    assert_eq!(counted["results"], tally(|event| text(event, "/result")));
    assert_eq!(counted["ids"], walked.len());
    assert_eq!(counted["numbers"], json!([0, walked.len() - 1, walked.len()]));

    let expected_types: Map<_, _> =
        TYPES.iter().map(|(name, kind)| ((*name).to_owned(), json!(kind))).chain(text_types()).collect();
    assert_eq!(counted["types"], Value::Object(expected_types));
    let rows = counted["rows"].as_array().unwrap();
    assert_eq!(rows.len(), walked.len() / EVERY);
    for (row, event) in rows.iter().zip(walked.iter().skip(EVERY - 1).step_by(EVERY)) {
        same(row, event);
    }
}

fn text(event: &Value, place: &str) -> String {
    event.pointer(place).and_then(Value::as_str).unwrap().to_owned()
}

fn text_types() -> impl Iterator<Item = (String, Value)> {
    TEXTS
        .iter()
        .map(|(name, _)| *name)
        .chain(["ip_addresses", "details"])
        .map(|name| (name.to_owned(), json!("VARCHAR")))
}

/// The row of DuckDB is the event of the API.
fn same(row: &Value, event: &Value) {
    for (column, place) in TEXTS {
        assert_eq!(row[column], *event.pointer(place).unwrap_or(&Value::Null), "{column} of {row}");
    }
    for (column, place) in
        [("occurred_at", "/occurred_at"), ("occurred_at_us", "/occurred_at"), ("ingested_at", "/ingested_at")]
    {
        assert_eq!(row[column], instant(&text(event, place)).micros(), "{column} of {row}");
    }
    let ip = event.pointer("/context/ip").and_then(Value::as_str);
    assert_eq!(row["ip_addresses"].as_str().map(str::to_owned), ip.and_then(canonical_text), "ip_addresses of {row}");
    let details = row["details"].as_str().map_or(Value::Null, |text| serde_json::from_str(text).unwrap());
    assert_eq!(details, event["details"], "details of {row}");
}

/// A Python that has DuckDB.
fn python() -> Option<String> {
    let made = Command::new("tests/python.sh").current_dir(root()).stderr(Stdio::inherit()).output();
    match made {
        Ok(output) if output.status.success() => Some(String::from_utf8(output.stdout).unwrap().trim().to_owned()),
        made => {
            let why = made.map_or_else(|error| error.to_string(), |output| output.status.to_string());
            eprintln!("SKIPPED: there is no Python with DuckDB (tests/python.sh: {why}); the archive was not counted");
            None
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn count(python: &str, folder: &Path) -> Value {
    let mut command = Command::new(python);
    command.arg(root().join("tests/duckdb_counts.py")).arg(folder).args(["acme", &EVERY.to_string()]);
    let output = command.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}
