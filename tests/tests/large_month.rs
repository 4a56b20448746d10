//! A month with many segments is read once by an instance, and so are their filters, which fill several parts of a divided
//! cache.

use std::time::Duration;

use audit_core::{
    BatchRecord, Day, DayRows, EventId, FilterPart, Head, Month, Order, SegmentFilters, SegmentRecord, Sha256,
    UnixMicros,
};
use audit_http::{CallerSource, service};
use audit_tables::{LedgerItem, Written};
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

/// Records of further segments of the month, with filters of full size, in batches as large as those of a pass. Returns
/// the bytes of the records, and those of the filters over actors. No search of these tests finds an event in one of them,
/// so they need no objects.
async fn fill(stack: &TestStack, like: &SegmentRecord) -> (usize, usize) {
    let (tables, acme) = (stack.tables(), org("acme"));
    let numbers: Vec<usize> = (1..SEGMENTS).collect();
    let (mut bytes, mut bits) = (0, 0);
    for numbers in numbers.chunks(60) {
        let head = tables.ledger.head(&acme).await.unwrap();
        let segment = |(index, number): (usize, &usize)| {
            let day = Day(like.first.occurred_at().day().0 - 1 - (number % 19) as i32);
            let first = EventId::first_at(UnixMicros::new(day.start().micros() + *number as i64));
            let mut days = DayRows::default();
            days.add(day, false);
            let (first_seq, sha256) = (head.next_seq.plus(index as u64), Sha256::of(&number.to_be_bytes()));
            SegmentRecord {
                first_seq,
                rows: 1,
                first,
                last: first,
                days,
                sha256,
                key: format!("{}-{number}", like.key),
                ..like.clone()
            }
        };
        let segments: Vec<_> = numbers.iter().enumerate().map(segment).collect();
        for segment in &segments {
            // A filter without a value.
            let filters = FilterPart::ALL[..3]
                .iter()
                .fold(SegmentFilters::default(), |filters, part| filters.with(*part, Some(vec![0; 8_192])));
            tables.ledger.put_filters(&acme, segment, &filters).await.unwrap();
            bits += 8_192;
        }
        bytes += segments.iter().map(SegmentRecord::ledger_bytes).sum::<usize>();
        let batch = BatchRecord::of(head.next_seq, &segments);
        let next = Head { version: head.version + 1, next_seq: head.next_seq.plus(batch.rows), ..head.clone() };
        let items: Vec<_> = segments.iter().map(LedgerItem::Segment).chain([LedgerItem::Batch(&batch)]).collect();
        assert_eq!(tables.ledger.put_under(&acme, &head, &items).await.unwrap(), Written::Applied);
        assert_eq!(tables.ledger.replace_head(&acme, &head, &next).await.unwrap(), Written::Applied);
    }
    (bytes, bits)
}

/// Several months are read with one request, however many of their items it returns.
#[tokio::test]
async fn months_that_are_read_together_are_whole() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let (ledger, acme) = (&stack.tables().ledger, org("acme"));
    for month in ["2026-03", "2026-04", "2026-07"] {
        for day in 1..=4 {
            let event = event(day).replace("2026-11-20", &format!("{month}-0{day}"));
            api.record("acme", &[event]).await;
            api.archive().await;
        }
    }
    let [first, last] = ["2026-01", "2026-12"].map(|month| month.parse::<Month>().unwrap());
    for order in [Order::Newest, Order::Oldest] {
        for items in (1..=13).map(Some).chain([None]) {
            let (mut months, mut range) = (Vec::new(), (first, last));
            loop {
                let listed = ledger.segments_of_months(&acme, range, order, items).await.unwrap();
                for (month, segments) in &listed.months {
                    let numbers: Vec<_> = segments.records.iter().map(|record| record.first_seq).collect();
                    assert!(numbers.is_sorted() && numbers.len() == 4, "{month} is not whole: {numbers:?}");
                    assert!(segments.malformed.is_empty() && segments.records.iter().all(|it| it.month == *month));
                    months.push(month.to_string());
                }
                if listed.is_end {
                    break;
                }
                let read = listed.months.last().unwrap().0;
                range = if order == Order::Newest { (first, read.previous()) } else { (read.next(), last) };
            }
            let mut expected = ["2026-03", "2026-04", "2026-07"];
            if order == Order::Newest {
                expected.reverse();
            }
            assert_eq!(months, expected, "{order:?}, {items:?} items");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_query_of_a_month_of_1000_segments_reads_none_of_its_ledger() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let stored = api.record("acme", &(0..5).map(event).collect::<Vec<_>>()).await;
    api.archive().await;
    let like = stack.tables().ledger.whole(&org("acme")).await.unwrap().segments.remove(0);
    let (bytes, bits) = fill(&stack, &like).await;

    let layer = FaultLayer::default();
    let (tables, archive) = layer.clients(&stack);
    let routes = audit_query::routes(tables, archive, stack.clock.clone(), Duration::from_secs(600));
    let reader = Api::new(service::framed(routes, CallerSource::Local));
    let calls = |name: &str| layer.calls().iter().filter(|call| call.name() == name).count();
    let mut figures = Vec::new();
    for path in [
        "/v1/orgs/acme/events?from=2026-11-20T00:00:00Z".to_owned(),
        "/v1/orgs/acme/events?from=2026-11-20T00:00:00Z".to_owned(),
        "/v1/orgs/acme/events?order=oldest&actor=usr_1".to_owned(),
        "/v1/orgs/acme/events?order=newest&actor=usr_1".to_owned(),
        format!("/v1/orgs/acme/events/{}", stored[2].0),
    ] {
        let before = (calls("Query"), calls("BatchGetItem"));
        let answer = reader.get(&path).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        assert!(answer.text.contains(&stored[2].0), "{}", answer.text);
        figures.push((calls("Query") - before.0, calls("BatchGetItem") - before.1));
    }
    tell(format_args!(
        "{bytes} bytes of records, {bits} of filters: {figures:?} queries and reads of filters by first page, same page, \
         page by actor, that in the other order, look-up"
    ));
    assert!(figures[0].0 > bytes / PAGE_BYTES, "the first page reads the month: {figures:?}");
    // The hot rows of each shard, and nothing of the ledger but its head, which needs no query.
    assert!(figures[1].0 <= 8 && figures[2].0 <= 8, "{figures:?}");
    assert!(figures[0].1 == 0 && figures[2].1 >= SEGMENTS / 100, "only a search by actor reads filters: {figures:?}");
    assert_eq!((figures[3].1, figures[4]), (0, (0, 0)), "{figures:?}");
}
