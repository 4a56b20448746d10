//! How long rows have waited: reported also if the first row cannot be read, and if the pass stops.

use audit_compact::{Compactor, Round};
use audit_core::UnixMicros;
use audit_local::stack::table_names;
use audit_tables::keys;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, event, start};
use audit_tests::faults::{Fault, FaultLayer, Refusal};
use aws_sdk_dynamodb::types::AttributeValue;

const TEN_DAYS_S: u64 = 10 * 24 * 60 * 60;

/// Puts `of_a_shard` unreadable rows before all other rows of each shard.
async fn unreadable_rows(stack: &TestStack, of_a_shard: i64) {
    let dynamodb = stack.dynamodb();
    for shard in keys::shards() {
        for number in 0..of_a_shard {
            let at = UnixMicros::new(audit_tests::instant("2026-11-01T00:00:00Z").micros() + number);
            let put = dynamodb
                .put_item()
                .table_name(table_names().events)
                .item(keys::PK, AttributeValue::S(keys::partition(&acme(), shard)))
                .item(keys::SK, AttributeValue::S(format!("{at}#no id")));
            put.send().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_row_that_cannot_be_read_hides_no_row_that_waits_after_it() {
    for unreadable in [1, 3] {
        let (stack, api) = start().await;
        // Stored now, and of a day that is never past here.
        api.record(ORG, &[event("2026-11-23T12:00:00Z", 1)]).await;
        unreadable_rows(&stack, unreadable).await;
        stack.clock.set("2026-12-03T12:00:00Z");
        let outcomes = stack.compactor().round_of(vec![acme()], Round::default()).await;
        assert_eq!(outcomes[0].result.as_ref().unwrap().rows_quarantined, 4 * unreadable as u64);
        assert_eq!(outcomes[0].lag_seconds, Some(0), "its row was archived");

        let (stack, api) = start().await;
        api.record(ORG, &[event("2026-11-23T12:00:00Z", 1)]).await;
        // The day's pass has already run.
        stack.clock.set("2026-12-03T11:00:00Z");
        stack.compactor().pass(&acme(), true, None).await.unwrap();
        stack.clock.set("2026-11-23T12:00:00Z");
        api.record(ORG, &[event("2026-11-23T12:01:00Z", 2)]).await;
        unreadable_rows(&stack, unreadable).await;
        stack.clock.set("2026-12-03T12:00:00Z");
        let report = stack.compactor().pass(&acme(), false, None).await.unwrap();
        assert_eq!((report.rows, report.lag_seconds), (0, TEN_DAYS_S));
    }
}

#[tokio::test]
async fn a_pass_that_stops_reports_how_long_the_rows_have_waited() {
    let (stack, api) = start().await;
    api.record(ORG, &[event("2026-11-22T10:00:00Z", 1)]).await;
    stack.clock.set("2026-12-03T12:00:00Z");
    let layer = FaultLayer::with_first(usize::MAX, "PutObject", Fault::Refused(Refusal::Failed));
    let (tables, archive) = layer.clients(&stack);
    let worker = Compactor::new(tables, archive, stack.clock.clone(), None);
    let outcomes = worker.round_of(vec![acme()], Round::default()).await;
    assert!(outcomes[0].result.is_err());
    assert_eq!(outcomes[0].lag_seconds, Some(TEN_DAYS_S));
}
