//! How much goes on side by side: as many requests wait at a closed gate as may be in flight, and not one more.

use std::time::Duration;

use audit_compact::Compactor;
use audit_http::caller::CallerSource;
use audit_http::service;
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;
use axum::http::StatusCode;

use crate::scene::events;

/// Waits until so many requests are held, and a while longer for one too many.
async fn held(layer: &FaultLayer, expected: usize) {
    while layer.held() < expected {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(layer.held(), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_puts_of_a_request_are_in_flight_at_most() {
    let stack = TestStack::start().await;
    Api::of(&stack).provision("acme").await;
    let layer = FaultLayer::default();
    let (tables, _) = layer.clients(&stack.stack);
    let api = Api::new(service::framed(audit_ingest::routes(tables, stack.clock.clone()), CallerSource::Local));
    // Request 0 asks for the org's plan.
    layer.allow(1);
    let body = format!(r#"{{"events":[{}]}}"#, events(10..13, 0..20).join(","));
    let sent = tokio::spawn(async move { api.post("/v1/orgs/acme/events", body).await });
    held(&layer, 32).await;
    layer.allow_all();
    assert_eq!(sent.await.unwrap().status, StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_copies_of_a_batch_are_in_flight_at_most() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for org in ["twin", "acme"] {
        api.provision(org).await;
        api.record(org, &events(1..13, 0..2)).await;
    }
    let pass = |org: &'static str, layer: &FaultLayer| {
        let (tables, archive) = layer.clients(&stack.stack);
        let worker = Compactor::new(tables, archive, stack.clock.clone(), None);
        tokio::spawn(async move { worker.pass(&audit_tests::org(org), true, None).await })
    };
    let layer = FaultLayer::default();
    pass("twin", &layer).await.unwrap().unwrap();
    let first_copy = layer.calls().iter().position(|call| call.name() == "CopyObject").unwrap();
    let layer = FaultLayer::default();
    layer.allow(first_copy);
    let pass = pass("acme", &layer);
    held(&layer, 8).await;
    layer.allow_all();
    assert_eq!(pass.await.unwrap().unwrap().segments, 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_orgs_are_archived_side_by_side_at_most() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let orgs: Vec<_> = (0..6).map(|number| format!("org-{number}")).collect();
    for org in &orgs {
        api.provision(org).await;
        api.record(org, &events(10..11, 0..2)).await;
    }
    let layer = FaultLayer::default();
    let (tables, archive) = layer.clients(&stack.stack);
    let worker = Compactor::new(tables, archive, stack.clock.clone(), None);
    layer.allow(0);
    let org_ids = orgs.iter().map(|org| audit_tests::org(org)).collect();
    let passes = tokio::spawn(async move { worker.pass_each(org_ids, true, None).await });
    // Each begins with the head.
    held(&layer, 4).await;
    layer.allow_all();
    assert!(passes.await.unwrap().iter().all(|outcome| outcome.result.as_ref().is_ok_and(|report| report.rows == 2)));
}
