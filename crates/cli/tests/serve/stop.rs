//! The end of the process: one grace period for all connections, and none for a second signal.

use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::process::{LOOPBACK, Process, command};
use crate::wire::{HTTP2_PREFACE, Wire, head};

/// The grace period of 10 s, and the time that a busy machine needs to end a process.
const GRACE_ON_A_BUSY_MACHINE: Duration = Duration::from_secs(15);

const ORG: &str = r#"{"name":"Acme","plan":"enterprise"}"#;

/// Connections in every state that a client can leave them in.
fn unfinished(address: &str) -> Vec<Wire> {
    let half_body = head("PUT", "/v1/orgs/half", 100) + "{";
    let chunked = "POST /v1/orgs/half/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{";
    let beginnings = [
        &b""[..],
        b"PUT /v1/orgs/half HT",
        half_body.as_bytes(),
        chunked.as_bytes(),
        &HTTP2_PREFACE[..16],
        b"\x16\x03\x01",
    ];
    beginnings.map(|bytes| Wire::with(address, bytes)).into()
}

/// Waits until the process accepts no connection any more.
fn wait_until_refused(address: &str) {
    let start = Instant::now();
    while TcpStream::connect(address).is_ok() {
        assert!(start.elapsed() < GRACE_ON_A_BUSY_MACHINE, "connections are accepted after the signal");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn can_be_served_again(data: &Path) {
    assert_eq!(Process::start(data, LOOPBACK, &[]).stop("TERM"), Some(0));
}

#[test]
fn a_signal_ends_the_process_within_its_grace_whatever_is_half_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path(), LOOPBACK, &[]);
    let addresses = process.addresses();
    let wires: Vec<_> = addresses.iter().flat_map(|address| unfinished(address)).collect();
    let mut late = Wire::with(&addresses[0], head("PUT", "/v1/orgs/acme", ORG.len()).as_bytes());
    let mut idle = Wire::with(&addresses[0], head("GET", "/healthz", 0).as_bytes());
    assert_eq!(idle.answer().unwrap(), 200);

    process.signal("TERM");
    wait_until_refused(&addresses[0]);
    late.send(ORG.as_bytes()).unwrap();
    assert_eq!(late.answer().unwrap(), 200, "a request that is completed within the grace period gets a response");
    assert!(idle.is_closed());
    let (code, took) = process.wait();
    assert_eq!(code, Some(0));
    assert!(took < GRACE_ON_A_BUSY_MACHINE, "{took:?}");
    drop(wires);
    can_be_served_again(folder.path());
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::start(folder.path(), LOOPBACK, &[]);
    let addresses = process.addresses();
    let wires: Vec<_> = addresses.iter().flat_map(|address| unfinished(address)).collect();
    process.signal("TERM");
    wait_until_refused(&addresses[0]);
    process.signal("INT");
    let (code, took) = process.wait();
    assert_eq!(code, Some(128 + 2));
    assert!(took < Duration::from_secs(5), "{took:?}");
    drop(wires);
    can_be_served_again(folder.path());
}

#[test]
fn a_signal_while_the_demo_is_loaded_ends_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Process::spawn(command(folder.path(), LOOPBACK).arg("--demo"));
    while !folder.path().join("dynamodb.sqlite").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    process.signal("TERM");
    let (code, took) = process.wait();
    assert_eq!(code, Some(0));
    assert!(took < GRACE_ON_A_BUSY_MACHINE, "{took:?}");
    can_be_served_again(folder.path());
}

#[test]
fn only_http_1_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), LOOPBACK, &[]);
    for address in process.addresses() {
        assert!(Wire::with(&address, HTTP2_PREFACE).is_closed(), "{address} speaks HTTP/2");
    }
    let upgrade = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\n\
                   Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n";
    let mut wire = Wire::with(&process.addresses()[0], upgrade.as_bytes());
    assert_eq!(wire.answer().unwrap(), 200, "the offer to upgrade is ignored");
    assert_eq!(process.stop("TERM"), Some(0));
}
