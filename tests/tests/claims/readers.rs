//! When a reader compares the ledger with the chain, and what it does while S3 does not respond.

use std::time::Duration;

use audit_http::{CallerSource, service};
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, event, events, start};
use audit_tests::api::Api;
use audit_tests::faults::{Fault, FaultLayer, Refusal};
use audit_tests::lost::lose_ledger;
use axum::http::StatusCode;

fn reader(stack: &TestStack, layer: &FaultLayer) -> Api {
    let (tables, archive) = layer.clients(stack);
    let routes = audit_query::routes(tables, archive, stack.clock.clone(), Duration::from_secs(600));
    Api::new(service::framed(routes, CallerSource::Local))
}

fn checks(layer: &FaultLayer) -> usize {
    layer.calls().iter().filter(|call| call.name() == "HeadObject").count()
}

#[tokio::test]
async fn a_check_is_cached_for_a_minute_and_until_the_next_decision() {
    let (stack, api) = start().await;
    let layer = FaultLayer::default();
    let reader = reader(&stack, &layer);
    let path = format!("/v1/orgs/{ORG}/events");
    // An org without a ledger: is there a claim?
    for expected in [1, 1] {
        assert_eq!((reader.get(&path).await.status, checks(&layer)), (StatusCode::OK, expected));
    }
    api.record(ORG, &events(3, 4, 0)).await;
    api.archive().await;
    for (at, expected) in [("12:00:00", 3), ("12:00:59", 3), ("12:01:00", 5), ("12:01:59", 5)] {
        stack.clock.set(&format!("2026-11-23T{at}Z"));
        assert_eq!((reader.get(&path).await.status, checks(&layer)), (StatusCode::OK, expected), "{at}");
    }
    lose_ledger(&stack, &acme()).await;
    assert_eq!(reader.get(&path).await.problem(), "ledger-missing", "an absent head counts other claims");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_between_the_head_and_its_check_refuses_nothing() {
    let stack = start().await.0;
    let api = Api::of(&stack);
    for requests in 0.. {
        let org = format!("org-{requests}");
        api.provision(&org).await;
        api.record(&org, &events(3, 2, 0)).await;
        let layer = FaultLayer::default();
        let reader = reader(&stack, &layer);
        layer.allow(requests);
        let path = format!("/v1/orgs/{org}/events?limit=1000");
        let asked = tokio::spawn(async move { reader.get(&path).await });
        layer.until_held(|| asked.is_finished()).await;
        let is_over = asked.is_finished();
        stack.compactor().pass(&audit_tests::org(&org), true, None).await.unwrap();
        layer.allow_all();
        let answer = asked.await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "before request {requests}: {}", answer.text);
        assert_eq!(answer.json()["events"].as_array().unwrap().len(), 6, "before request {requests}");
        if is_over {
            assert!(requests > 6, "plan, four shards, the head, and its check");
            return;
        }
    }
}

/// H-32: a search of hot rows needs S3 only once in 15 minutes.
#[tokio::test]
async fn a_check_of_the_last_fifteen_minutes_is_enough_while_s3_does_not_respond() {
    for fault in [Fault::Refused(Refusal::Broken), Fault::Silent] {
        let (stack, api) = start().await;
        api.record(ORG, &events(3, 4, 0)).await;
        api.archive().await;
        api.record(ORG, &[event("2026-11-20T00:00:00Z", 900)]).await;
        let layer = FaultLayer::default();
        let reader = reader(&stack, &layer);
        let path = format!("/v1/orgs/{ORG}/events?from=2026-11-01T00:00:00Z");
        assert_eq!(reader.get(&path).await.status, StatusCode::OK);
        layer.arm_every("HeadObject", fault);
        for (at, expected) in [("12:05:00", StatusCode::OK), ("12:14:59", StatusCode::OK)] {
            stack.clock.set(&format!("2026-11-23T{at}Z"));
            let answer = reader.get(&path).await;
            assert_eq!(answer.status, expected, "{fault:?} {at}");
            assert_eq!(answer.json()["events"].as_array().unwrap().len(), 1, "{fault:?} {at}");
        }
        stack.clock.set("2026-11-23T12:15:00Z");
        if fault != Fault::Silent {
            assert_eq!(reader.get(&path).await.problem(), "unavailable", "{fault:?}");
        }
    }
}
