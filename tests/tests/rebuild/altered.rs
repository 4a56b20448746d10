//! Rows that were altered in a segment, with all of its checksums and its record made right.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray as _, Int64Array, TimestampMicrosecondArray};
use arrow::compute::take;
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use audit_core::{BatchRecord, Invariant, Seq, Violation};
use audit_local::clients;
use audit_local::stack::ARCHIVE_BUCKET;
use audit_recovery::check;
use audit_segments::{FullSegment, Object};
use audit_tables::{LedgerItem, Written};
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, events, start};
use audit_tests::api::Api;
use audit_tests::merges::A_DAY;
use aws_sdk_s3::primitives::ByteStream;

use crate::restore::{ledger, lose_object};
use crate::rewritten::{Column, Leaves, rewritten, salts, with, with_text};

/// Events with every text, of one day.
fn full_events(count: usize) -> Vec<String> {
    let event = |n| {
        format!(
            r#"{{"occurred_at":"2026-01-01T12:00:00.{n:06}Z","actor":{{"type":"user","id":"usr_1","name":"Ada","email":"ada@x.y"}},"action":"member.invited","target":{{"type":"member","id":"usr_2","name":"Bob"}},"result":"failed","failure_reason":"no seat","context":{{"ip":"192.0.2.1","user_agent":"curl","request_id":"r-{n}"}},"details":{{"n":{n}}},"idempotency_key":"{n}"}}"#
        )
    };
    (0..count).map(event).collect()
}

async fn archived(events: &[String]) -> (TestStack, Vec<u8>) {
    let (stack, api) = start().await;
    api.record(ORG, events).await;
    api.archive().await;
    let key = ledger(&stack).await.segments[0].key.clone();
    let object = stack.archive().published_object(&key).await.unwrap();
    (stack, object.body.to_vec())
}

async fn read(body: Vec<u8>) -> FullSegment {
    let object = Object { key: "k".to_owned(), etag: String::new(), body: body.into() };
    FullSegment::read_blocking(&object, None).await.unwrap()
}

fn numbers(values: &ArrayRef, row: usize) -> Vec<i64> {
    let mut numbers = values.as_primitive::<Int64Type>().values().to_vec();
    numbers[row] += 1;
    numbers
}

#[tokio::test]
async fn every_altered_column_of_a_row_is_found() {
    let (_stack, file) = archived(&full_events(5)).await;
    assert!(read(rewritten(file.clone(), |same| same, Leaves::AsBefore)).await.altered.is_none(), "the same rows");
    let addresses = |columns, text| with_text(with_text(columns, "ip", 2, text), "ip_addresses", 2, text);
    type Change = Box<dyn Fn(Vec<Column>) -> Vec<Column>>;
    let text = |name: &'static str, text: Option<&'static str>| -> (String, Change) {
        (format!("{name} {text:?}"), Box::new(move |columns| with_text(columns, name, 2, text)))
    };
    let mut changes = vec![
        text("actor_type", Some("system")),
        text("action", Some("member.removed")),
        text("category", Some("other")),
        text("result", Some("succeeded")),
        text("details", Some(r#"{"n":2.0}"#)),
        text("details", None),
        text("ip", Some("192.0.2.1 ")),
        text("ip_addresses", Some("192.0.2.2")),
        text("ip_addresses", None),
        ("ip".to_owned(), Box::new(move |columns| addresses(columns, Some("192.0.2.2")))),
        ("ip null".to_owned(), Box::new(move |columns| addresses(columns, None))),
        ("salt".to_owned(), Box::new(|columns| with(columns, "salt", |_| salts(5, 2, &[0; 16])))),
        ("invalid salt".to_owned(), Box::new(|columns| with(columns, "salt", |_| salts(5, 2, &[])))),
        ("order".to_owned(), Box::new(|columns| exchanged(columns, &["id", "seq", "occurred_at", "occurred_at_us"]))),
    ];
    for name in ["actor_id", "actor_name", "actor_email", "target_type", "target_id", "target_name"] {
        changes.extend([Some("another"), Some("")].map(|value| text(name, value)));
    }
    for name in ["failure_reason", "user_agent", "request_id"] {
        changes.extend([Some("another"), Some(""), None].map(|value| text(name, value)));
    }
    for name in ["actor_name", "actor_email", "target_type", "target_id", "target_name"] {
        changes.push(text(name, None));
    }
    for name in ["ingested_at", "occurred_at"] {
        let change = |values: &ArrayRef| {
            let mut instants = values.as_primitive::<TimestampMicrosecondType>().values().to_vec();
            instants[2] += 1;
            Arc::new(TimestampMicrosecondArray::from(instants).with_timezone("UTC")) as ArrayRef
        };
        changes.push((name.to_owned(), Box::new(move |columns| with(columns, name, change))));
    }
    for name in ["occurred_at_us", "seq"] {
        let change = |values: &ArrayRef| Arc::new(Int64Array::from(numbers(values, 2))) as ArrayRef;
        changes.push((name.to_owned(), Box::new(move |columns| with(columns, name, change))));
    }
    for (what, change) in changes {
        let altered = read(rewritten(file.clone(), change, Leaves::AsBefore)).await;
        assert!(altered.altered.is_some() && altered.leaves.is_empty(), "{what}");
    }
}

/// The columns with the values of two rows exchanged, except for those of some columns.
fn exchanged(columns: Vec<Column>, kept: &[&str]) -> Vec<Column> {
    let order = Int64Array::from(vec![0, 2, 1, 3, 4]);
    let exchanged = |(name, values, nullable): Column| {
        let values = if kept.contains(&name.as_str()) { values } else { take(&values, &order, None).unwrap() };
        (name, values, nullable)
    };
    columns.into_iter().map(exchanged).collect()
}

/// The archive of 20 events, of which one was altered with every checksum right: the file has its checksums, its key is that
/// of the file, and the ledger has those of all.
async fn altered(leaves: Leaves) -> TestStack {
    let (stack, file) = archived(&events(1, 20, 0)).await;
    let altered = rewritten(file, |columns| with_text(columns, "actor_id", 7, Some("usr_6")), leaves);
    let [segment] = ledger(&stack).await.segments.try_into().unwrap();
    let record = read(altered.clone()).await.record;
    assert_ne!(record.key, segment.key);
    lose_object(&stack, &segment);
    let put = clients::s3(&stack.s3_endpoint()).put_object().bucket(ARCHIVE_BUCKET).key(&record.key);
    put.body(ByteStream::from(altered)).send().await.unwrap();
    let ledger = &stack.tables().ledger;
    let head = ledger.head(&acme()).await.unwrap();
    ledger.keep_under(&acme(), &head, []).await.unwrap();
    let batch = BatchRecord::of(Seq(0), std::slice::from_ref(&record));
    let items = [LedgerItem::Segment(&record), LedgerItem::Batch(&batch)];
    assert_eq!(ledger.put_under(&acme(), &head, &items).await.unwrap(), Written::Applied);
    stack
}

/// I-5.
#[tokio::test]
async fn the_check_finds_a_row_that_was_altered_with_all_checksums_made_right() {
    for leaves in [Leaves::OfItsRows, Leaves::AsBefore] {
        let stack = altered(leaves).await;
        let found = check::org(stack.tables(), stack.archive(), &acme()).await.unwrap();
        let digest = |violation: &&Violation| violation.what == "the 20 rows from 0 on do not have their digest";
        let violation = found.violations.iter().find(digest);
        assert_eq!(violation.is_some(), leaves == Leaves::AsBefore, "{found:?}");
        if let Some(violation) = violation {
            assert_eq!(violation.invariant, Invariant::ObjectsUnchanged);
        }
    }
}

/// I-3. The targets would have digests of their own, and the alteration could no longer be found by the file alone.
#[tokio::test]
async fn a_segment_with_a_row_that_was_altered_is_not_merged() {
    for (leaves, merges) in [(Leaves::OfItsRows, 1), (Leaves::AsBefore, 0)] {
        let stack = altered(leaves).await;
        Api::of(&stack).record(ORG, &events(1, 20, 100)).await;
        stack.compactor().pass(&acme(), true, None).await.unwrap();
        stack.clock.advance(A_DAY);
        assert_eq!(stack.compactor().pass(&acme(), true, None).await.unwrap().merges, merges);
    }
}
