//! What a newer version wrote: values of closed sets that this one does not know, and an additional column.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use audit_compact::protocol::StagedBatch;
use audit_core::{CompactRange, SegmentRecord, Span, Staged};
use audit_local::clients;
use audit_local::stack::{STAGING_BUCKET, Stack, StackOptions, TableStore, table_names};
use audit_segments::{FullSegment, keys};
use audit_tables::Written;
use audit_tests::acme::{ORG, acme, all_events, assert_tiers, events, start};
use audit_tests::api::Api;
use audit_tests::merges::A_DAY;
use audit_tests::{ManualClock, START, TestStack};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::primitives::ByteStream;
use serde_json::Value;

use crate::restore::{assert_restored, checked, rebuilt};
use crate::rewritten::{Column, Leaves, rewritten};

/// The texts that the tests put in the place of values: the column, the place in the API's event, the text.
const NEWER: &[(&str, &str, &str)] = &[
    ("actor_type", "/actor/type", "robot"),
    ("action", "/action", "Member/invited"),
    ("category", "/category", "dreams"),
    ("result", "/result", "partly"),
];

/// The columns as a newer version would have written them: other values, a column in the middle and one at the end.
fn of_a_newer_version(known: Vec<Column>) -> Vec<Column> {
    let rows = known[0].1.len();
    let number: ArrayRef = Arc::new((0..rows as i64).collect::<Int64Array>());
    let mut columns = vec![];
    for (name, column, nullable) in known {
        let newer = NEWER.iter().find(|(newer, ..)| *newer == name);
        let column = newer.map_or(column, |(_, _, text)| Arc::new(StringArray::from(vec![*text; rows])));
        let is_middle = name == "actor_id";
        columns.push((name, column, nullable));
        if is_middle {
            columns.push(("severity".to_owned(), Arc::clone(&number), true));
        }
    }
    columns.push(("zone".to_owned(), number, false));
    columns
}

/// A stack whose one segment a worker of a newer version archived; the ledger is rebuilt from its claims.
async fn archived_by_a_newer_version() -> (TestStack, Api) {
    let (stack, api) = start().await;
    api.record(ORG, &events(1, 20, 0)).await;
    let (worker, archive) = (stack.compactor(), stack.archive());
    let head = stack.tables().ledger.head(&acme()).await.unwrap();
    let staged = worker.stage_batch(&acme(), &head, Span::ALL, None).await.unwrap();
    let [segment] = <[SegmentRecord; 1]>::try_from(staged.segments).unwrap();
    let object = archive.staged_object(&segment.staged.unwrap().key).await.unwrap();
    let newer = ByteStream::from(rewritten(object.body.to_vec(), of_a_newer_version, Leaves::OfItsRows));
    let key = keys::staged(&acme(), "newer", 0);
    let s3 = clients::s3(&stack.s3_endpoint());
    s3.put_object().bucket(STAGING_BUCKET).key(&key).body(newer).send().await.unwrap();
    let object = archive.staged_object(&key).await.unwrap();
    let at = audit_core::UnixMicros::new(1);
    let staged = Some(Staged { key, etag: object.etag.clone(), at });
    let FullSegment { record, leaves, .. } = FullSegment::read_blocking(&object, None).await.unwrap();
    let [leaves] = <[CompactRange; 1]>::try_from(leaves).unwrap();
    let segments = vec![SegmentRecord { staged, ..record }];
    let batch = StagedBatch { segments, leaves, repeated_rows: 0, rows_quarantined: 0, reached_end: true };
    assert_eq!(worker.commit(&acme(), &head, &batch).await.unwrap().1, Written::Applied);
    worker.pass(&acme(), true, None).await.unwrap();
    audit_tests::lost::lose_ledger(&stack, &acme()).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.next_seq.0, rebuilt.segments), (20, 1));
    let stack = stack.restart().await;
    let api = Api::of(&stack);
    (stack, api)
}

fn assert_newer(event: &Value) {
    for (_, place, text) in NEWER {
        assert_eq!(event.pointer(place).unwrap(), text, "{event}");
    }
}

#[tokio::test]
async fn a_segment_with_unknown_values_and_columns_is_read_searched_checked_and_rebuilt() {
    let (stack, api) = archived_by_a_newer_version().await;
    checked(&stack).await;
    for (query, count) in [("", 20), ("actor=usr_3", 3), ("action=member.invited", 0), ("result=failed", 0)] {
        let found = api.get(&format!("/v1/orgs/{ORG}/events?limit=1000&{query}")).await.json();
        let found = found["events"].as_array().unwrap();
        assert_eq!(found.len(), count, "{query}");
        for event in found {
            assert_newer(event);
            let one = api.get(&format!("/v1/orgs/{ORG}/events/{}", event["id"].as_str().unwrap())).await.json();
            assert_eq!(one, *event);
        }
    }
    // A pass finds its repeats in it.
    api.record(ORG, &events(1, 20, 0)).await;
    api.archive().await;
    assert_tiers(&stack, 20, 0).await;
    let before = all_events(&api).await;
    assert_restored(stack, &before, 0).await;
}

/// A merge would write it without the columns that this version does not know.
#[tokio::test]
async fn a_segment_with_unknown_columns_is_not_merged() {
    let (stack, api) = archived_by_a_newer_version().await;
    for batch in 1..3 {
        api.record(ORG, &events(1, 5, 1_000 * batch)).await;
        api.archive().await;
    }
    let before = all_events(&api).await;
    stack.clock.advance(A_DAY);
    assert_eq!(stack.compactor().pass(&acme(), true, None).await.unwrap().merges, 1);
    let merge = stack.tables().ledger.merge(&acme(), 1).await.unwrap().unwrap();
    assert_eq!((merge.rows, merge.sources.iter().map(|source| source.name.first_seq.0).collect()), (10, vec![20, 25]));
    assert!(all_events(&api).await == before && before.len() == 30);
}

#[tokio::test]
async fn a_hot_row_with_unknown_values_is_read_searched_and_archived() {
    let (stack, api) = start().await;
    let [(id, _)] = api.record(ORG, &events(1, 1, 0)).await.try_into().unwrap();
    let tables = stack.dynamodb();
    let rows = tables.scan().table_name(table_names().events).send().await.unwrap().items.unwrap();
    let [mut row] = <[_; 1]>::try_from(rows).unwrap();
    for (name, _, text) in NEWER {
        row.insert((*name).to_owned(), AttributeValue::S((*text).to_owned()));
    }
    tables.put_item().table_name(table_names().events).set_item(Some(row)).send().await.unwrap();
    for archived in [false, true] {
        let page = api.get(&format!("/v1/orgs/{ORG}/events?actor=usr_0")).await.json();
        assert_eq!(page["events"].as_array().unwrap().len(), 1, "archived: {archived}");
        assert_newer(&page["events"][0]);
        assert_newer(&api.get(&format!("/v1/orgs/{ORG}/events/{id}")).await.json());
        checked(&stack).await;
        api.archive().await;
    }
    assert_tiers(&stack, 1, 0).await;
}

#[tokio::test]
async fn a_data_folder_of_an_earlier_format_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let options = || StackOptions {
        data: folder.path().to_owned(),
        tables: TableStore::Embedded { port: 0 },
        s3_port: 0,
        kms_port: 0,
        clock: ManualClock::at(START),
        budget: Duration::from_secs(1),
    };
    Stack::start(options()).await.unwrap().stop().await.unwrap();
    let format = folder.path().join("format");
    let known = std::fs::read_to_string(&format).unwrap();
    std::fs::write(&format, "2\n").unwrap();
    let Err(refused) = Stack::start(options()).await else { panic!("the stack accepted it") };
    assert!(refused.to_string().contains("has the format 2, and this version supports only the format 3"), "{refused}");
    assert_eq!(std::fs::read_to_string(&format).unwrap(), "2\n");
    std::fs::write(&format, known).unwrap();
    Stack::start(options()).await.unwrap().stop().await.unwrap();
}
