//! Batches, text, and what is tried again.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use audit::import::{Args, Format, ImportError, Policy, Report, run};
use tempfile::TempDir;

use crate::stub::{Reply, Store, Stub};

/// Short pauses, for tests.
pub(crate) fn quick() -> Policy {
    Policy {
        tries: 4,
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
        timeout: Duration::from_secs(20),
        ..Policy::default()
    }
}

/// Lines that are as small as events may be, with the keys `k1`, `k2`, ….
pub(crate) fn lines(count: usize) -> String {
    (1..=count).map(|number| format!("{{\"action\":\"a.b\",\"idempotency_key\":\"k{number}\"}}\n")).collect()
}

pub(crate) async fn import_with(url: &str, text: impl AsRef<[u8]>, policy: &Policy) -> Report {
    let (_directory, file) = input(text);
    let to = url.parse().unwrap();
    let args = Args {
        to,
        org: "acme".parse().unwrap(),
        format: Format::Events,
        sign: false,
        rejects: None,
        files: vec![file],
    };
    run(&args, policy).await
}

pub(crate) async fn import(stub: &Stub, text: impl AsRef<[u8]>) -> Report {
    import_with(&stub.url, text, &quick()).await
}

pub(crate) fn input(text: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("events.jsonl");
    fs::write(&file, text).unwrap();
    (directory, file)
}

pub(crate) fn counts(report: &Report) -> (u64, u64, u64, u64) {
    (report.created, report.duplicate, report.rejected, report.unanswered)
}

#[tokio::test]
async fn text_arrives_byte_for_byte() {
    let (stub, _) = Stub::storing().await;
    let event =
        r#"{"idempotency_key":"k","details":{"b":9007199254740993,"a":1.0,"e":1E40,"t":"\u00e9\/é"}, "x": null}"#;
    let report = import(&stub, format!("\n{event}\r\n\n")).await;
    assert_eq!((counts(&report), report.exit_code()), ((1, 0, 0, 0), 0));
    let request = &stub.requests()[0];
    assert_eq!(request.path, "/v1/orgs/acme/events");
    assert_eq!(request.body, format!(r#"{{"events":[{event}]}}"#));
}

#[tokio::test]
async fn requests_are_bounded_in_events_bytes_and_number() {
    let store = Store::default();
    let stored = store.clone();
    let stub = Stub::start(move |seen| stored.take(seen).after(Duration::from_millis(400))).await;
    let long = format!("{{\"x\":\"{}\",\"n\":", "y".repeat(200_000));
    let large: String = (0..60).map(|number| format!("{long}{number}}}\n")).collect();
    let report = import(&stub, lines(1_201) + &large).await;
    assert_eq!(counts(&report), (1_261, 0, 0, 0));
    assert_eq!(store.len(), 1_261);
    let requests = stub.requests();
    assert!(requests.iter().all(|request| request.events.len() <= 500 && request.body.len() <= 2_621_440));
    assert!(requests.len() <= 9, "{}", requests.len());
    // How many are in flight depends on the machine, but there are several, and their number is bounded.
    assert!((2..=4).contains(&stub.most_at_once()), "{}", stub.most_at_once());
}

#[tokio::test]
async fn lines_without_a_key_are_duplicates_of_equal_lines() {
    let (stub, _) = Stub::storing().await;
    let text = "{\"action\":\"a.b\"}\n{\"action\":\"a.c\"}\r\n{\"action\":\"a.b\"}";
    assert_eq!(counts(&import(&stub, text).await), (2, 1, 0, 0));
    assert_eq!(counts(&import(&stub, text).await), (0, 3, 0, 0));
}

#[tokio::test]
async fn a_busy_service_is_tried_again_after_the_pause_it_asks_for() {
    let store = Store::default();
    let stub = Stub::start(move |seen| match seen.nth {
        0 => Reply { retry_after: Some("1"), ..Reply::problem(429, "slow down") },
        1 => Reply::problem(503, "busy"),
        _ => store.take(seen),
    })
    .await;
    let started = Instant::now();
    let report = import(&stub, lines(3)).await;
    assert_eq!((counts(&report), report.exit_code()), ((3, 0, 0, 0), 0));
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(stub.requests().len(), 3);
}

#[tokio::test]
async fn what_a_busy_service_has_stored_is_counted_once_and_not_sent_again() {
    let stub = Stub::start(|seen| match seen.nth {
        0 => Reply::statuses(503, &["created", "unknown", "duplicate", "unknown"]),
        1 => Reply::statuses(503, &["unknown", "created"]),
        _ => Reply::statuses(201, &["created"]),
    })
    .await;
    assert_eq!(counts(&import(&stub, lines(4)).await), (3, 1, 0, 0));
    let keys: Vec<_> = stub.requests().iter().map(|request| request.keys()).collect();
    assert_eq!(keys, [vec!["k1", "k2", "k3", "k4"], vec!["k2", "k4"], vec!["k2"]]);
}

#[tokio::test]
async fn a_try_that_takes_too_long_is_repeated() {
    let store = Store::default();
    let stub = Stub::start(move |seen| {
        let reply = store.take(seen);
        if seen.nth == 0 { reply.after(Duration::from_secs(5)) } else { reply }
    })
    .await;
    let policy = Policy { timeout: Duration::from_millis(300), ..quick() };
    let report = import_with(&stub.url, lines(2), &policy).await;
    assert_eq!(counts(&report), (0, 2, 0, 0), "stored by the first try, whose response was lost");
}

#[tokio::test]
async fn tries_are_bounded_and_what_had_no_answer_is_told() {
    let stub = Stub::start(|seen| match seen.keys().as_slice() {
        [first, ..] if first == "k1" => Reply::statuses(503, &vec!["created"; seen.events.len()]),
        _ => Reply::problem(503, "overloaded"),
    })
    .await;
    let report = import(&stub, lines(700)).await;
    assert_eq!((counts(&report), report.exit_code()), ((500, 0, 0, 200), 1));
    assert_eq!(stub.requests().len(), 1 + 4);
    match report.stopped {
        Some(ImportError::GaveUp { tries: 4, reason }) => assert_eq!(reason, "HTTP 503: overloaded"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_service_that_asks_for_too_long_a_pause_is_given_up() {
    let stub = Stub::start(|_| Reply { retry_after: Some("3600"), ..Reply::problem(429, "closed") }).await;
    let report = import(&stub, lines(1)).await;
    assert_eq!((counts(&report), stub.requests().len()), ((0, 0, 0, 0), 1));
    assert!(report.stopped.unwrap().to_string().contains("3600 s"));
}

#[tokio::test]
async fn a_service_that_is_not_there_is_tried_and_given_up() {
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let report = import_with(&format!("http://{free}"), lines(3), &quick()).await;
    assert_eq!((counts(&report), report.exit_code()), ((0, 0, 0, 0), 1), "what was never sent is not stored");
    assert!(matches!(report.stopped, Some(ImportError::GaveUp { tries: 4, .. })));
}

#[tokio::test]
async fn a_stop_loses_no_count_of_what_is_under_way() {
    let store = Store::default();
    let stored = store.clone();
    let stub = Stub::start(move |seen| {
        // The second batch is forbidden while others are being stored.
        let forbidden = seen.keys().contains(&"k501".to_owned());
        if forbidden { Reply::problem(403, "no") } else { stored.take(seen).after(Duration::from_millis(200)) }
    })
    .await;
    let report = import(&stub, lines(20_000)).await;
    assert_eq!(report.exit_code(), 1);
    assert_eq!(report.created, store.len() as u64);
    assert!((500..=2_000).contains(&report.created), "{}", report.created);
    assert_eq!(report.stopped.unwrap().to_string(), "the service responded with HTTP 403: no");
}

#[tokio::test]
async fn an_answer_that_is_not_the_services_stops_and_says_so() {
    let stub = Stub::start(|_| Reply::new(200, &serde_json::json!("hello"))).await;
    let report = import(&stub, lines(2)).await;
    assert_eq!((counts(&report), report.exit_code()), ((0, 0, 0, 2), 1));
}
