//! Requests to ingest while a table responds slowly or not at all: the caller gets a response by the request's
//! deadline, with a status for each event.

use std::collections::HashSet;
use std::time::Duration;

use audit_core::EventId;
use audit_http::{CallerSource, service};
use audit_ingest::BUDGET;
use audit_tests::TestStack;
use audit_tests::api::{Answer, Api};
use audit_tests::faults::{Fault, FaultLayer};
use audit_tests::walk::Search;
use axum::body::Body;
use axum::http::StatusCode;
use futures::stream;
use tokio::time::Instant;

use crate::scene::events;

/// A deadline for the tests that do not measure the service's own.
const SHORT: Duration = Duration::from_secs(4);

/// The ingest routes over a layer, which respond to each request within `budget`.
fn ingest(stack: &TestStack, layer: &FaultLayer, budget: Duration) -> Api {
    let (tables, _) = layer.clients(stack);
    let routes = audit_ingest::routes_within(tables, stack.clock.clone(), budget);
    Api::new(service::framed(routes, CallerSource::Local))
}

fn body(events: &[String]) -> String {
    format!(r#"{{"events":[{}]}}"#, events.join(","))
}

/// The id and the status of each event of a response.
fn statuses(answer: &Answer) -> Vec<(EventId, String)> {
    let list = answer.json()["events"].as_array().cloned().unwrap_or_default();
    let text = |event: &serde_json::Value, name: &str| event[name].as_str().unwrap().to_owned();
    list.iter().map(|event| (text(event, "id").parse::<EventId>().unwrap(), text(event, "status"))).collect()
}

fn count(statuses: &[(EventId, String)], status: &str) -> usize {
    statuses.iter().filter(|(_, other)| other == status).count()
}

/// I-1. The deadline is the service's own: below the 20 s of its function. Events of the other shards are stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_events_with_a_silent_shard_are_answered_with_500_statuses_within_18_seconds() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let layer = FaultLayer::with_every("PutItem", r#""acme#2""#, Fault::Silent);
    let sent = events(1..21, 0..25);
    let start = Instant::now();
    let answer = ingest(&stack, &layer, BUDGET).post("/v1/orgs/acme/events", body(&sent)).await;
    let took = start.elapsed();
    assert!((BUDGET..Duration::from_secs(18)).contains(&took), "{took:?}");
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "not-all-stored"));
    let told = statuses(&answer);
    assert_eq!(told.len(), 500);
    for (id, status) in &told {
        assert_eq!(status, if id.shard() == 2 { "unknown" } else { "created" }, "{id} of shard {}", id.shard());
    }
    audit_tests::figures::tell(format_args!(
        "500 events, one silent shard: {:.1} s, {} created, {} unknown",
        took.as_secs_f64(),
        count(&told, "created"),
        count(&told, "unknown")
    ));
    let found = Search::new("acme", "").walk_exactly(&api, 1_000).await.events;
    let found: HashSet<_> = found.iter().map(|event| event.id).collect();
    let created = told.iter().filter(|(_, status)| status == "created").map(|(id, _)| *id).collect();
    audit_core::invariants::acknowledged(&created, &found).unwrap();
    // The same request again stores the rest, and no event twice.
    assert_eq!(api.post("/v1/orgs/acme/events", body(&sent)).await.status, StatusCode::CREATED);
    assert_eq!(Search::new("acme", "").walk_exactly(&api, 1_000).await.events.len(), 500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn puts_that_are_slow_at_first_delay_no_other_put() {
    let stack = TestStack::start().await;
    Api::of(&stack).provision("acme").await;
    // One place of a shard stays free, so every other event gets through.
    let slow = 7;
    let layer = FaultLayer::with_first(slow, "PutItem", Fault::Slow(Duration::from_secs(600)));
    let sent = events(10..20, 0..20);
    let answer = ingest(&stack, &layer, SHORT).post("/v1/orgs/acme/events", body(&sent)).await;
    let told = statuses(&answer);
    assert_eq!((answer.status, told.len()), (StatusCode::SERVICE_UNAVAILABLE, 200));
    assert_eq!((count(&told, "created"), count(&told, "unknown")), (200 - slow, slow));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_read_of_the_plan_counts_toward_the_deadline() {
    let stack = TestStack::start().await;
    Api::of(&stack).provision("acme").await;
    let layer = FaultLayer::with_every("GetItem", "acme", Fault::Silent);
    let start = Instant::now();
    let answer = ingest(&stack, &layer, SHORT).post("/v1/orgs/acme/events", body(&events(10..11, 0..1))).await;
    assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
    assert!((SHORT..SHORT * 4).contains(&start.elapsed()), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_does_not_end_counts_toward_the_deadline() {
    let stack = TestStack::start().await;
    Api::of(&stack).provision("acme").await;
    let api = ingest(&stack, &FaultLayer::default(), SHORT);
    for send in ["POST", "PUT"] {
        let start = Instant::now();
        let endless = Body::from_stream(stream::pending::<Result<String, std::io::Error>>());
        let path = if send == "POST" { "/v1/orgs/acme/events" } else { "/v1/orgs/acme" };
        let request = axum::http::Request::builder().method(send).uri(path).body(endless).unwrap();
        let answer = api.send(request).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::REQUEST_TIMEOUT, "request-timeout"));
        assert!((SHORT..SHORT * 4).contains(&start.elapsed()), "{send}: {:?}", start.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_an_org_while_its_table_is_silent_is_answered_by_the_deadline() {
    let stack = TestStack::start().await;
    let profile = r#"{"name":"A","plan":"enterprise"}"#;
    for operation in ["PutItem", "GetItem", "UpdateItem"] {
        let layer = FaultLayer::with_every(operation, "acme", Fault::Silent);
        let start = Instant::now();
        let answer = ingest(&stack, &layer, SHORT).put("/v1/orgs/acme", profile).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "unavailable"));
        assert!((SHORT..SHORT * 4).contains(&start.elapsed()), "{operation}: {:?}", start.elapsed());
    }
}
