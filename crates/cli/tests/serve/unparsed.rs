//! Requests that cannot be parsed, and so reach no route, get a problem as their response like all others.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::process::{LOOPBACK, Process};

/// A request with this target.
fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// Sends bytes, and reads all responses until the server closes the connection.
fn answers(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn assert_problem(answer: &str, status: u16, kind: &str, about: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let problem: serde_json::Value = serde_json::from_str(body).unwrap();
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{about}: {answer}");
    assert!(head.contains("content-type: application/problem+json"), "{about}: {answer}");
    assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{about}: {answer}");
    assert_eq!(problem["status"], status, "{about}: {answer}");
    assert_eq!(problem["type"], format!("urn:problem-type:audit:{kind}"), "{about}: {answer}");
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
        (get("/v1/orgs/acme\0/events"), 400, "invalid-request"),
        ("what is no request\r\n\r\n".to_owned(), 400, "invalid-request"),
        (get(&format!("{events}?actor={}", "x".repeat(70_000))), 414, "head-too-large"),
        (get(events).replacen("Host", &("X: y\r\n".repeat(200) + "Host"), 1), 431, "head-too-large"),
    ] {
        assert_problem(&answers(api, &request), status, kind, &request[..request.len().min(60)]);
    }
    // After another request of the same connection too.
    let both = answers(api, &(get("/healthz") + &get("/?\"")));
    let second = both.rfind("HTTP/1.1 400").unwrap();
    assert!(both.starts_with("HTTP/1.1 200 ") && second > 0, "{both}");
    assert_problem(&both[second..], 400, "invalid-request", "the second");
    assert_eq!(process.stop("TERM"), Some(0));
}
