//! Unreadable data stops nothing else, is kept, and is reported: never a shorter list.

mod flipped;
mod ledger;
mod orgs;

use std::path::PathBuf;
use std::time::Duration;

use audit_core::{Day, EventId};
use audit_http::{CallerSource, service::framed};
use audit_local::clients;
use audit_local::stack::{buckets, table_names};
use audit_segments::SegmentStore;
use audit_tests::api::Api;
use audit_tests::walk::Search;
use audit_tests::{TestStack, org};
use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;

fn events(day: u32, count: usize) -> Vec<String> {
    let event = |n| {
        format!(
            r#"{{"occurred_at":"2026-11-{day:02}T10:00:00.{n:06}Z","actor":{{"id":"usr_{n}"}},"action":"member.invited","result":"succeeded","idempotency_key":"{n}"}}"#
        )
    };
    (0..count).map(event).collect()
}

/// A stack with a segment of each of three days, and the file of the middle one.
async fn three_days() -> (TestStack, Api, PathBuf) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    for day in [20, 21, 22] {
        api.record("acme", &events(day, 10)).await;
        api.archive().await;
    }
    let segments = stack.tables().ledger.whole(&org("acme")).await.unwrap().segments;
    let file = stack.folder().join("s3/audit-archive").join(&segments[1].key);
    (stack, api, file)
}

/// The archive as a fresh instance sees it: an instance caches what it read of a segment, since it never changes.
fn fresh_archive(stack: &TestStack) -> SegmentStore {
    SegmentStore::new(clients::s3(&stack.s3_endpoint()), buckets(), audit_query::CACHE_BYTES)
}

/// The search API of a fresh instance.
fn fresh(stack: &TestStack) -> Api {
    let tables = stack.tables().clone();
    let routes = audit_query::routes(tables, fresh_archive(stack), stack.clock.clone(), Duration::from_secs(600));
    Api::new(framed(routes, CallerSource::Local))
}

/// Puts other bytes in the place of a file, as a failing disk would.
fn replace(file: &PathBuf, bytes: &[u8]) {
    std::fs::remove_file(file).unwrap();
    std::fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn a_damaged_segment_is_an_error_with_its_time_range_and_other_days_answer() {
    let (stack, _, file) = three_days().await;
    let whole = std::fs::read(&file).unwrap();
    let (mut flipped, cut) = (whole.clone(), &whole[..whole.len() - 1]);
    let middle = flipped.len() / 3;
    flipped[middle] ^= 0xff;
    for (what, bytes) in [
        ("empty", &[][..]),
        ("cut", cut),
        ("not Parquet", b"not Parquet at all, but long enough"),
        ("flipped", &flipped),
    ] {
        replace(&file, bytes);
        let api = fresh(&stack);
        for query in ["", "order=oldest", "from=2026-11-21T00:00:00Z", "actor=usr_3"] {
            let answer = api.get(&format!("/v1/orgs/acme/events?limit=1000&{query}")).await;
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{what} {query}: {}", answer.text);
            assert_eq!(answer.problem(), "segment-unreadable", "{what} {query}");
            assert_eq!(answer.json()["from"], "2026-11-21T10:00:00.000000Z");
            assert_eq!(answer.json()["to"], "2026-11-21T10:00:00.000009Z");
        }
        let newest = Search::new("acme", "from=2026-11-22T00:00:00Z").walk(&api, 3).await;
        let oldest = Search::new("acme", "to=2026-11-21T00:00:00Z&order=oldest").walk(&api, 3).await;
        assert_eq!((newest.len(), oldest.len()), (10, 10), "{what}");
    }
    replace(&file, &whole);
    assert_eq!(Search::new("acme", "").walk(&Api::of(&stack), 7).await.len(), 30, "put back, it is read again");
}

#[tokio::test]
async fn rows_that_a_damaged_segment_may_hold_stay_hot_and_are_counted() {
    let (stack, _, file) = three_days().await;
    std::fs::remove_file(&file).unwrap();
    let stack = stack.restart().await;
    let api = Api::of(&stack);
    api.record("acme", &events(21, 10)).await;
    api.record("acme", &events(23, 5)).await;
    let report = api.archive().await.remove(0);
    assert_eq!((report["rows_quarantined"].as_u64(), report["rows"].as_u64()), (Some(10), Some(5)));
    assert_eq!(stack.tables().events.waiting(&org("acme"), 100).await.unwrap(), 10);
}

#[tokio::test]
async fn a_hot_row_that_cannot_be_read_is_skipped_counted_and_kept() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let stored = api.record("acme", &events(22, 20)).await;
    let dynamodb = stack.dynamodb();
    let id = stored[7].0.parse::<EventId>().unwrap();
    let key = |name: &str, value: String| (name.to_owned(), AttributeValue::S(value));
    let damaged = [
        key("pk", audit_tables::keys::partition(&org("acme"), id.shard())),
        key("sk", audit_tables::keys::event(id)),
        key("actor_id", "usr_7".to_owned()),
    ];
    let table = table_names().events;
    dynamodb.put_item().table_name(&table).set_item(Some(damaged.into())).send().await.unwrap();

    let page = Search::new("acme", "").page(&api, 50, None).await;
    assert_eq!((page["events"].as_array().unwrap().len(), page["skipped"].as_u64()), (19, Some(1)));
    let report = api.archive().await.remove(0);
    assert_eq!((report["rows"].as_u64(), report["rows_quarantined"].as_u64()), (Some(19), Some(1)));
    assert_eq!(Search::new("acme", "").walk(&api, 50).await.len(), 19);
    assert_eq!(stack.tables().events.waiting(&org("acme"), 100).await.unwrap(), 1, "it stays where it is");
}

#[tokio::test]
async fn an_org_whose_pass_fails_stops_no_other() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for name in ["acme", "broken", "zeta"] {
        api.provision(name).await;
        api.record(name, &events(22, 5)).await;
    }
    let dynamodb = stack.dynamodb();
    let head = [("org_id", "broken"), ("sk", "head"), ("version", "no number")];
    let head = head.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())));
    dynamodb.put_item().table_name(table_names().ledger).set_item(Some(head.into())).send().await.unwrap();
    let answer = api.post("/local/archive", r#"{"force":true}"#).await.json();
    let archived: Vec<_> = answer["orgs"].as_array().unwrap().iter().map(|org| org["rows"].as_u64().unwrap()).collect();
    assert_eq!((archived, answer["failed"][0]["org_id"].as_str()), (vec![5, 5], Some("broken")));
    assert_eq!(api.get("/v1/orgs/broken/events").await.problem(), "internal");
    assert_eq!(Search::new("zeta", "").walk(&api, 50).await.len(), 5);
    let month = "2026-11-22".parse::<Day>().unwrap().month();
    assert_eq!(stack.tables().ledger.segments_of_month(&org("acme"), month).await.unwrap().records.len(), 1);
}
