//! Requests that cannot be parsed, and so reach no route, are answered with a problem like all others.

use crate::process::{LOOPBACK, Process};
use crate::wire::{Answer, Wire};

/// A request with this target.
fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

fn assert_problem(answer: &Answer, status: u16, kind: &str, about: &str) {
    let problem: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.status, &problem["status"]), (status, &status.into()), "{about}: {answer:?}");
    assert!(answer.head.contains("content-type: application/problem+json"), "{about}: {answer:?}");
    assert_eq!(problem["type"], format!("urn:problem-type:audit:{kind}"), "{about}: {answer:?}");
}

#[test]
fn a_request_that_cannot_be_parsed_is_answered_with_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), LOOPBACK, &[]);
    let api = &process.addresses()[0];
    let events = "/v1/orgs/acme/events";
    for (request, status, kind) in [
        (get(&format!("{events}?actor=\"x\"")), 400, "invalid-request"),
        (get(&format!("{events}?actor=<x>")), 400, "invalid-request"),
        (get(&format!("{events}?actor=a b")), 400, "invalid-request"),
        (get("/v1/orgs/\"acme\"/events"), 400, "invalid-request"),
        (get("/v1/orgs/acme\0/events"), 400, "invalid-request"),
        ("what is no request\r\n\r\n".to_owned(), 400, "invalid-request"),
        (get(&format!("{events}?actor={}", "x".repeat(70_000))), 414, "head-too-large"),
        (get(events).replacen("Host", &("X: y\r\n".repeat(200) + "Host"), 1), 431, "head-too-large"),
    ] {
        let about = request[..request.len().min(60)].to_owned();
        let mut wire = Wire::open(api);
        // The answer may come, and the connection end, before all was sent.
        _ = wire.send(request.as_bytes());
        assert_problem(&wire.answer().unwrap(), status, kind, &about);
    }
    // Behind other requests of the same connection too.
    let mut wire = Wire::with(api, get("/healthz").as_bytes());
    assert_eq!(wire.answer().unwrap().status, 200);
    wire.send(get("/?\"").as_bytes()).unwrap();
    assert_problem(&wire.answer().unwrap(), 400, "invalid-request", "the second");
    assert!(wire.is_closed());
    assert_eq!(process.stop("TERM"), Some(0));
}
