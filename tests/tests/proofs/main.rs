//! Proofs: every archived event has one that an auditor accepts offline, nothing that was altered has one, and both stay
//! so after a field was erased.

mod altered;
mod erased;
#[path = "../rebuild/rewritten.rs"]
mod rewritten;
mod routes;
mod viewers;

use audit_core::{Checkpoint, EventProof, VerifierKey};
use audit_tests::acme::ORG;
use audit_tests::api::Api;
use axum::http::StatusCode;

/// The key that the service publishes.
async fn key(api: &Api) -> VerifierKey {
    let keys = api.get("/v1/log/key").await;
    assert_eq!(keys.status, StatusCode::OK, "{}", keys.text);
    keys.text.lines().next().unwrap().parse().unwrap()
}

/// The path of the proof of an event.
fn path_of(id: &str) -> String {
    format!("/v1/orgs/{ORG}/events/{id}/proof")
}

/// The proof of an event.
async fn proof(api: &Api, id: &str) -> EventProof {
    let answer = api.get(&path_of(id)).await;
    assert_eq!(
        (answer.status, &answer.headers["content-type"]),
        (StatusCode::OK, &"text/plain; charset=utf-8".parse().unwrap())
    );
    EventProof::read(&answer.text).unwrap()
}

/// The newest checkpoint, with its signature verified.
async fn newest(api: &Api) -> Checkpoint {
    let answer = api.get(&format!("/v1/orgs/{ORG}/log/checkpoint")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    Checkpoint::open(&answer.text, &key(api).await).unwrap()
}

/// Verifies an event as the API returns it, with its proof; returns the checkpoint.
async fn verified(api: &Api, id: &str) -> Checkpoint {
    let event = api.get(&format!("/v1/orgs/{ORG}/events/{id}")).await;
    let (_, checkpoint) = audit_verify::event(&event.text, &proof(api, id).await, &key(api).await).unwrap();
    checkpoint
}
