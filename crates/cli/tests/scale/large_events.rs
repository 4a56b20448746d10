//! Events about as large as they may be.

use audit_core::limits::PAGE_BYTES;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::process::{ORG, Process};

/// 150 MB: more than one segment can contain.
const EVENTS: usize = 600;
const EVENT_BYTES: usize = 250_000;
/// Events of one request; one more would be too much.
const AT_ONCE: usize = 10;
const PEAK_MB: u64 = 320;

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    events: Vec<Found<'a>>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Found<'a> {
    #[serde(borrow)]
    details: &'a RawValue,
}

#[tokio::test]
async fn large_events_are_archived_and_walked_in_memory_that_does_not_grow_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = format!("/v1/orgs/{ORG}/events");
    let loaded = Process::start(folder.path());
    loaded.provision().await;
    for first in (0..EVENTS).step_by(AT_ONCE) {
        let events: Vec<_> = (first..first + AT_ONCE).map(event).collect();
        loaded.send("POST", &path, format!(r#"{{"events":[{}]}}"#, events.join(","))).await;
    }
    loaded.stop();

    for what in ["walked hot", "archived and walked"] {
        let process = Process::start(folder.path());
        if what.contains("archived") {
            let report = process.archive().await;
            assert!(report["rows"] == EVENTS && report["segments"].as_u64().unwrap() > 1, "{report}");
        }
        let pages = walk(&process, &path).await;
        assert!(pages <= EVENTS.div_ceil(PAGE_BYTES / (EVENT_BYTES + 300)), "{pages} pages, each could contain more");
        process.assert_peak_below(PEAK_MB, &format!("{EVENTS} events of {EVENT_BYTES} bytes, {what}"));
        process.stop();
    }
}

/// Walks all events, oldest first, and compares them; returns the number of pages.
async fn walk(process: &Process, path: &str) -> usize {
    let (mut pages, mut number, mut cursor) = (0, 0, String::new());
    loop {
        let answer = process.send("GET", &format!("{path}?order=oldest&limit=1000{cursor}"), String::new()).await;
        let page: Page = serde_json::from_str(&answer).unwrap();
        assert!(answer.len() <= PAGE_BYTES || page.events.len() == 1, "a page of {} bytes", answer.len());
        for Found { details } in page.events {
            assert!(details.get() == self::details(number), "event {number} differs");
            number += 1;
        }
        pages += 1;
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(number, EVENTS);
    pages
}

/// An event of this many seconds after midnight.
fn event(number: usize) -> String {
    let (hour, minute, second) = (number / 3_600, number / 60 % 60, number % 60);
    format!(
        r#"{{"occurred_at":"2026-11-22T{hour:02}:{minute:02}:{second:02}Z","actor":{{"id":"a"}},"action":"large.stored","result":"succeeded","details":{}}}"#,
        details(number)
    )
}

/// Hexadecimal noise, which compression makes about half as long and no less.
fn details(number: usize) -> String {
    let mut state = number as u64 + 1;
    let word = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:016x}", state ^ state >> 29)
    };
    format!(r#"{{"t":"{}"}}"#, (0..EVENT_BYTES / 16 - 10).map(word).collect::<String>())
}
