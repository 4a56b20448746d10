//! A year of events that arrives at once is archived in one pass, in bounded memory.
//!
//! This binary contains only this test, so that the process's peak memory is the test's own: stores, service and
//! client.

use std::collections::HashSet;
use std::time::Instant;

use audit_core::{
    Clock as _, Day, Event, EventId, NewEvent, Order, Seq, UnixMicros,
    invariants::{acknowledged, batches_tile, each_once, in_order_after, segments_tile},
};
use audit_tables::Put;
use audit_tests::api::Api;
use audit_tests::walk::{Search, id_of};
use audit_tests::{ID_KEY, TestStack, memory, org};
use futures::{StreamExt as _, TryStreamExt as _, stream};

const EVENTS: i64 = 200_000;
const DAYS: i64 = 365;
/// From the November of the year before to that of the test's clock.
const MONTHS: usize = 13;
const PUTS_IN_FLIGHT: usize = 64;
const PEAK_BYTES: u64 = 400 * 1024 * 1024;

/// One of the events of the `DAYS` full days before `now`, evenly spread, not in order of time.
fn event(number: i64, now: UnixMicros) -> Event {
    // Odd and not a multiple of 5, so that the factor maps the numbers one to one.
    let place = number * 77_777 % EVENTS;
    let occurred_at = UnixMicros::new(now.day().start().micros() - 1 - place * (DAYS * Day::MICROS / EVENTS));
    let text = format!(
        r#"{{"occurred_at":"{occurred_at}","actor":{{"id":"usr_{}","name":"Ada Lovelace","email":"ada{}@example.com"}},
        "action":"monitor.updated","target":{{"type":"monitor","id":"mon_{}","name":"Checkout, region {}"}},
        "result":"succeeded","context":{{"ip":"203.0.113.{}","user_agent":"Mozilla/5.0 (X11; Linux x86_64)","request_id":"req_{number}"}},
        "details":{{"changes":[{{"field":"interval_s","old":{number},"new":60}}]}}}}"#,
        number % 97,
        number % 97,
        number % 1_009,
        number % 7,
        number % 251,
    );
    let raw = serde_json::from_str(&text).unwrap();
    let mut faults = Default::default();
    let new = NewEvent::read(raw, "", now, &mut faults).unwrap();
    new.into_event(org("acme"), &ID_KEY, now, number.unsigned_abs())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_of_200_000_events_is_archived_in_one_pass_in_bounded_memory() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;

    let (tables, now, start) = (stack.tables(), stack.clock.now(), Instant::now());
    let puts = (0..EVENTS).map(async |number| {
        let event = event(number, now);
        tables.events.put(&event).await.map(|put| (event.id, put))
    });
    let put: Vec<_> = stream::iter(puts).buffer_unordered(PUTS_IN_FLIGHT).try_collect().await.unwrap();
    assert!(put.iter().all(|(_, put)| *put == Put::Created));
    let recorded: HashSet<EventId> = put.into_iter().map(|(id, _)| id).collect();
    tell("recorded", start);

    let start = Instant::now();
    let reports = api.archive().await;
    tell("archived", start);
    assert_eq!((&reports[0]["rows"], &reports[0]["segments"]), (&EVENTS.into(), &MONTHS.into()));
    let archiving_peak = memory::peak_bytes();
    assert_eq!(tables.events.waiting(&org("acme"), 1).await.unwrap(), 0, "rows are left in the hot tier");

    segments_tile_batches_and_batches_the_archive(&stack).await;

    let start = Instant::now();
    let found = ids(&api).await;
    tell("walked", start);
    assert_eq!(found.len(), recorded.len());
    in_order_after(None, Order::Newest, found.iter().copied()).expect("I-6");
    each_once(found.iter().copied()).expect("I-2");
    acknowledged(&recorded, &found.into_iter().collect()).expect("I-1");
    let peak = memory::peak_bytes();
    println!("peak memory: {} MB, {} MB at the end of the pass", peak >> 20, archiving_peak >> 20);
    assert!(peak < PEAK_BYTES, "{peak} bytes of memory at the peak");
}

fn tell(what: &str, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    let rate = EVENTS as f64 / seconds;
    let megabytes = memory::peak_bytes() >> 20;
    println!("{what} {EVENTS} in {seconds:.1} s, {rate:.0}/s, peak {megabytes} MB");
}

/// I-2, I-4: every row has its own number, every month one segment, and the rows are as many as the events.
async fn segments_tile_batches_and_batches_the_archive(stack: &TestStack) {
    let (tables, acme) = (stack.tables(), org("acme"));
    let head = tables.ledger.head(&acme).await.unwrap();
    assert_eq!((head.next_seq, head.open), (Seq(EVENTS.unsigned_abs()), None));
    let batches = tables.ledger.batches(&acme, Seq(0)).await.unwrap().records;
    batches_tile(&batches, head.next_seq).expect("I-4");
    let (mut months, mut days) = (HashSet::new(), HashSet::new());
    for batch in &batches {
        let segments: Vec<_> = stream::iter(&batch.segments)
            .then(async |name| tables.ledger.segment(&acme, *name).await.unwrap().unwrap())
            .collect()
            .await;
        segments_tile(batch, &segments).expect("I-4");
        for segment in segments {
            assert!(months.insert(segment.month), "{} has two segments", segment.month);
            assert_eq!(segment.days.total(), segment.rows);
            assert!(segment.days.iter().all(|(day, _)| day.month() == segment.month && days.insert(day)));
        }
    }
    assert_eq!((months.len(), days.len() as i64), (MONTHS, DAYS));
}

/// All ids, newest first, a page at a time.
async fn ids(api: &Api) -> Vec<EventId> {
    let (search, mut cursor, mut ids) = (Search::new("acme", ""), None::<String>, Vec::new());
    loop {
        let page = search.page(api, 1_000, cursor.as_deref()).await;
        ids.extend(page["events"].as_array().unwrap().iter().map(id_of));
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return ids;
        }
    }
}
