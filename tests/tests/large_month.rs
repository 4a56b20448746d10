//! A month with more segments than fit one part of a divided cache is read once by an instance.

use std::time::Duration;

use audit_core::{BatchRecord, Day, DayRows, EventId, SegmentRecord, UnixMicros};
use audit_http::{CallerSource, service};
use audit_tables::Written;
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;
use audit_tests::figures::tell;
use audit_tests::{TestStack, org};

/// Segments of the month.
const SEGMENTS: usize = 1_000;
/// Bytes of a query's page; DynamoDB's limit.
const PAGE_BYTES: usize = 1 << 20;

fn event(second: usize) -> String {
    format!(
        r#"{{"occurred_at":"2026-11-20T10:00:{second:02}Z","actor":{{"id":"usr_1"}},"action":"member.invited","result":"succeeded"}}"#
    )
}

/// Records of further segments of the month, with filters of full size, in batches as a pass commits them. No search of
/// these tests reaches their days, so they need no objects.
async fn fill(stack: &TestStack, like: &SegmentRecord) -> usize {
    let (tables, acme) = (stack.tables(), org("acme"));
    let numbers: Vec<usize> = (1..SEGMENTS).collect();
    let mut bytes = 0;
    for numbers in numbers.chunks(60) {
        let head = tables.ledger.head(&acme).await.unwrap();
        let segment = |(index, number): (usize, &usize)| {
            let day = Day(like.first.occurred_at().day().0 - 1 - (number % 19) as i32);
            let first = EventId::first_at(UnixMicros::new(day.start().micros() + *number as i64));
            let mut days = DayRows::default();
            days.add(day);
            let (first_seq, bits) = (head.next_seq.plus(index as u64), Some(vec![0xff; 8_192]));
            SegmentRecord {
                first_seq,
                rows: 1,
                first,
                last: first,
                days,
                key: format!("{}-{number}", like.key),
                actors: bits.clone(),
                targets: bits.clone(),
                addresses: bits,
                counts: None,
                ..like.clone()
            }
        };
        let segments: Vec<_> = numbers.iter().enumerate().map(segment).collect();
        bytes += segments.iter().map(SegmentRecord::ledger_bytes).sum::<usize>();
        let batch = BatchRecord::of(head.next_seq, &segments);
        let heads = (&head, &head.committing(batch.rows));
        assert_eq!(tables.ledger.commit(&acme, heads, &batch, &segments).await.unwrap(), Written::Applied);
        let head = tables.ledger.head(&acme).await.unwrap();
        tables.ledger.replace_head(&acme, &head, &head.publishing().closing()).await.unwrap();
    }
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_query_of_a_month_of_1000_segments_reads_none_of_its_ledger() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let stored = api.record("acme", &(0..5).map(event).collect::<Vec<_>>()).await;
    api.archive().await;
    let like = stack.tables().ledger.whole(&org("acme")).await.unwrap().segments.remove(0);
    let bytes = fill(&stack, &like).await;

    let layer = FaultLayer::default();
    let (tables, archive) = layer.clients(&stack);
    let routes = audit_query::routes(tables, archive, stack.clock.clone(), Duration::from_secs(600));
    let reader = Api::new(service::framed(routes, CallerSource::Local));
    let queries = || layer.calls().iter().filter(|call| call.name() == "Query").count();
    let mut figures = Vec::new();
    for path in [
        "/v1/orgs/acme/events?from=2026-11-20T00:00:00Z".to_owned(),
        "/v1/orgs/acme/events?from=2026-11-20T00:00:00Z".to_owned(),
        "/v1/orgs/acme/events?from=2026-11-20T00:00:00Z&order=oldest&actor=usr_1".to_owned(),
        format!("/v1/orgs/acme/events/{}", stored[2].0),
    ] {
        let before = queries();
        let answer = reader.get(&path).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        assert!(answer.text.contains(&stored[2].0), "{}", answer.text);
        figures.push(queries() - before);
    }
    tell(format_args!("a ledger of {bytes} bytes: {figures:?} queries by first page, same page, other page, look-up"));
    assert!(figures[0] > bytes / PAGE_BYTES, "the first page reads the month: {figures:?}");
    // The hot rows of each shard, and nothing of the ledger but its head, which needs no query.
    assert!(figures[1] <= 8 && figures[2] <= 8, "{figures:?}");
    assert_eq!(figures[3], 0, "{figures:?}");
}
