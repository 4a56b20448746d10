//! Responses that do not wait for the request's body reach clients that send all of it first.

use crate::process::{LOOPBACK, Process, client};
use crate::wire::{Wire, head};

const MIB: usize = 1024 * 1024;

/// What is read of a body after its response.
const DRAINED: usize = 64 * MIB;

/// Sends a request and its `length` bytes of body before it reads anything; returns the status of the response.
fn refused(wire: &mut Wire, path: &str, length: usize) -> std::io::Result<u16> {
    wire.send(head("POST", path, length).as_bytes())?;
    let chunk = vec![b' '; MIB];
    for _ in 0..length / MIB {
        wire.send(&chunk)?;
    }
    wire.answer()
}

#[tokio::test]
async fn a_refusal_reaches_a_client_that_sends_its_whole_body_first() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), LOOPBACK, &[]);
    for (org, plan) in [("acme", "enterprise"), ("small", "team")] {
        let told = client().put(format!("{}/v1/orgs/{org}", process.url));
        let told = told.body(format!(r#"{{"name":"Acme","plan":"{plan}"}}"#)).send().await.unwrap();
        assert!(told.status().is_success());
    }
    let api = &process.addresses()[0];
    let mut wire = Wire::open(api);
    // All on one connection, which remains usable after each response.
    for (path, status) in [
        ("/v1/orgs/acme/events", 413),
        ("/v1/orgs/small/events", 403),
        ("/v1/orgs/nobody/events", 404),
        ("/nowhere", 404),
        ("/healthz", 405),
    ] {
        assert_eq!(refused(&mut wire, path, 8 * MIB).unwrap(), status, "{path}");
    }
    assert_eq!(refused(&mut wire, "/nowhere", DRAINED).unwrap(), 404);

    // Beyond the bound the connection is closed, and the service continues.
    let mut wire = Wire::open(api);
    let is_over = refused(&mut wire, "/nowhere", DRAINED + 32 * MIB).is_err() || wire.is_closed();
    assert!(is_over, "more than the bound was read");
    assert_eq!(client().get(format!("{}/healthz", process.url)).send().await.unwrap().status(), 200);
    assert_eq!(process.stop("TERM"), Some(0));
}

#[test]
fn a_refusal_spares_a_client_that_asks_first_its_body() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), LOOPBACK, &[]);
    let head = head("POST", "/nowhere", MIB).replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
    let mut wire = Wire::with(&process.addresses()[0], head.as_bytes());
    assert_eq!(wire.answer().unwrap(), 404, "no 100 Continue comes before it");
    assert_eq!(process.stop("TERM"), Some(0));
}
