//! What runs concurrently: as many requests wait at a closed gate as may be in flight, and not one more.

use std::time::Duration;

use audit_compact::{Compactor, DELETE_UNITS_PER_SECOND, Round};
use audit_core::{EventId, OrgId, UnixMicros};
use audit_http::{CallerSource, service};
use audit_segments::SegmentStore;
use audit_tables::{Pace, Tables};
use audit_tests::TestStack;
use audit_tests::acme::events_of_days;
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;
use axum::http::StatusCode;
use futures::future::join;
use tokio::time::Instant;

use crate::scene::{event, events};

/// Waits until this many requests are paused, and a while longer for one too many.
async fn held(layer: &FaultLayer, expected: usize) {
    let patience = Instant::now() + Duration::from_secs(60);
    while layer.held() < expected && Instant::now() < patience {
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
    let (tables, _) = layer.clients(&stack);
    let api = Api::new(service::framed(audit_ingest::routes(tables, stack.clock.clone()), CallerSource::Local));
    // Request 0 reads the org's plan.
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
        let (tables, archive) = layer.clients(&stack);
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
    let (tables, archive) = layer.clients(&stack);
    let worker = Compactor::new(tables, archive, stack.clock.clone(), None);
    layer.allow(0);
    let org_ids = orgs.iter().map(|org| audit_tests::org(org)).collect();
    let passes = tokio::spawn(async move { worker.round_of(org_ids, Round { force: true, ..Round::default() }).await });
    // Each begins with the head.
    held(&layer, 4).await;
    layer.allow_all();
    assert!(passes.await.unwrap().iter().all(|outcome| outcome.result.as_ref().is_ok_and(|report| report.rows == 2)));
}

/// Ids of no row: to delete a missing row is not an error.
fn ids(count: usize) -> Vec<EventId> {
    let start = audit_tests::instant("2026-11-20T00:00:00Z");
    (0..count as i64).map(|number| EventId::first_at(UnixMicros::new(start.micros() + number))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_deletes_25_keys_and_eight_such_requests_are_in_flight_at_most() {
    let stack = TestStack::start().await;
    let org_id = audit_tests::org("acme");
    for (keys, requests) in [(25, 1), (26, 2)] {
        let layer = FaultLayer::default();
        layer.clients(&stack).0.events.delete(&org_id, &ids(keys), &Pace::new(None)).await.unwrap();
        assert_eq!(layer.calls().len(), requests, "{keys} keys");
    }
    let layer = FaultLayer::default();
    let (tables, _) = layer.clients(&stack);
    layer.allow(0);
    let deleted = tokio::spawn(async move { tables.events.delete(&org_id, &ids(226), &Pace::new(None)).await });
    held(&layer, 8).await;
    layer.allow_all();
    deleted.await.unwrap().unwrap();
    assert_eq!(layer.calls().len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_write_units_are_deleted_in_a_second_at_most() {
    let stack = TestStack::start().await;
    let start = Instant::now();
    let org_id = audit_tests::org("acme");
    // The delete of a row that does not exist costs one unit.
    let pace = Pace::new(Some(DELETE_UNITS_PER_SECOND));
    stack.tables().events.delete(&org_id, &ids(1_000), &pace).await.unwrap();
    // The last request of 25 leaves when the 975 before it are due.
    assert!(start.elapsed() >= Duration::from_micros(487_500), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_rows_are_deleted_at_the_pace_of_their_write_units_and_fewer_in_a_request() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    // 100 rows of 21 units each.
    let large = |number: u32| {
        event(10 + number / 60, number % 60).replace("{\"n\":1.0}", &format!("{{\"text\":\"{}\"}}", "x".repeat(20_000)))
    };
    api.record("acme", &(0..100).map(large).collect::<Vec<_>>()).await;
    let org_id = audit_tests::org("acme");
    let layer = FaultLayer::default();
    let (tables, archive) = layer.clients(&stack);
    let start = Instant::now();
    let worker = Compactor::new(tables, archive, stack.clock.clone(), Some(400));
    assert_eq!(worker.pass(&org_id, true, None).await.unwrap().rows, 100);
    // The size of the first 25 is not known before their response, and that of the next 25 if the response is delayed.
    let units = 50.0 * 21.0;
    assert!(start.elapsed() >= Duration::from_secs_f64(units / 400.0), "{:?}", start.elapsed());
    let requests = layer.calls().iter().filter(|call| call.name() == "BatchWriteItem").count();
    assert!(requests > 10, "{requests} requests for 100 rows");
    assert_eq!(layer.deletes(), 100);
}

/// An org with a segment a month.
async fn archived(stack: &TestStack, months: u32) -> OrgId {
    let api = Api::of(stack);
    api.provision("acme").await;
    api.record("acme", &events(1..months + 1, 0..2)).await;
    api.archive().await;
    audit_tests::org("acme")
}

/// An org with a segment a day of one month.
async fn archived_daily(stack: &TestStack, days: usize) -> OrgId {
    let api = Api::of(stack);
    api.provision("acme").await;
    for events in events_of_days(days, 2, 0).chunks(2) {
        api.record("acme", events).await;
        api.archive().await;
    }
    audit_tests::org("acme")
}

/// Runs something twice that reads 12 segments after everything else it gets: freely, to find the first of these
/// requests, and then with the gate closed before that one.
async fn held_before<T>(stack: &TestStack, expected: usize, run: impl AsyncFn(Tables, SegmentStore) -> T) -> T {
    let layer = FaultLayer::default();
    let (tables, archive) = layer.clients(stack);
    run(tables, archive).await;
    let calls = layer.calls();
    let gets: Vec<_> = (0..calls.len()).filter(|number| calls[*number].name() == "GetObject").collect();
    let layer = FaultLayer::default();
    let (tables, archive) = layer.clients(stack);
    layer.allow(gets[gets.len() - 12]);
    let opened = async {
        held(&layer, expected).await;
        layer.allow_all();
    };
    join(run(tables, archive), opened).await.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_listings_are_in_flight_at_most() {
    let stack = TestStack::start().await;
    let org_id = archived(&stack, 12).await;
    let layer = FaultLayer::default();
    let archive = layer.clients(&stack).1;
    // The first one requests the months.
    layer.allow(1);
    let opened = async {
        held(&layer, 8).await;
        layer.allow_all();
    };
    assert_eq!(join(archive.published_keys(&org_id), opened).await.0.unwrap().len(), 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_reads_four_segments_concurrently_at_most() {
    let stack = TestStack::start().await;
    let org_id = archived(&stack, 12).await;
    let check = async |tables: Tables, archive: SegmentStore| {
        audit_recovery::check::org(&tables, &archive, &org_id).await.unwrap()
    };
    assert!(held_before(&stack, 4, check).await.is_sound());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_opens_one_segment_then_two_four_and_eight_at_once_and_never_more() {
    let stack = TestStack::start().await;
    // One month: the next one is read when this one is complete.
    let org_id = archived_daily(&stack, 23).await;
    let search = |layer: &FaultLayer| {
        let (tables, archive) = layer.clients(&stack);
        let routes = audit_query::routes(tables, archive, stack.clock.clone(), Duration::from_secs(600));
        let api = Api::new(service::framed(routes, CallerSource::Local));
        // No event has this request id, but the ledger does not show that.
        let path = format!("/v1/orgs/{org_id}/events?request_id=none");
        tokio::spawn(async move { api.get(&path).await })
    };
    let layer = FaultLayer::default();
    assert_eq!(search(&layer).await.unwrap().status, StatusCode::OK);
    let calls = layer.calls();
    let first = calls.iter().position(|call| call.name() == "GetObject").unwrap();
    assert!(calls[first..first + 23].iter().all(|call| call.name() == "GetObject"), "a request a segment: {calls:?}");
    let layer = FaultLayer::default();
    layer.allow(first);
    let searched = search(&layer);
    for at_once in [1, 2, 4, 8, 8] {
        // Those of the previous step have their responses.
        layer.until_held(|| searched.is_finished()).await;
        held(&layer, at_once).await;
        layer.allow(at_once);
    }
    layer.allow_all();
    assert_eq!(searched.await.unwrap().status, StatusCode::OK);
}
