//! What a page reads of the hot tier: what it needs, regardless of how many rows wait there.

use std::time::{Duration, Instant};

use audit_core::{Context, Event, EventId, SHARDS, Target, UnixMicros, limits::PAGE_BYTES};
use audit_query::Bounds;
use audit_tests::api::Api;
use audit_tests::figures;
use audit_tests::rows::{event, put};
use audit_tests::traffic::Traffic;
use audit_tests::walk::Search;
use audit_tests::{TestStack, instant, org};

const BUDGET: Duration = Duration::from_secs(600);
/// Archived events, all of one actor, of the day before the hot rows.
const ARCHIVED: usize = 400;
const SHARD_COUNT: usize = SHARDS as usize;

#[expect(clippy::disallowed_methods, reason = "a measurement uses more rows than a test")]
fn hot_rows(usual: usize) -> usize {
    std::env::var("AUDIT_HOT_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(usual)
}

/// One event a millisecond from an instant on.
fn events(from: &str, count: usize, actor: &str) -> Vec<Event> {
    let start = instant(from).micros();
    let id = |number: usize| EventId::new(UnixMicros::new(start + number as i64 * 1_000), number as u64);
    (0..count).map(|number| event(id(number), actor, 0)).collect()
}

/// Archived events of `usr_old`, and newer hot rows of `usr_new`.
async fn archived_and_hot(hot: usize) -> TestStack {
    let stack = TestStack::start().await;
    Api::of(&stack).provision("acme").await;
    put(&stack, &events("2026-11-21T10:00:00Z", ARCHIVED, "usr_old")).await;
    stack.compactor().pass(&org("acme"), true, None).await.unwrap();
    put(&stack, &events("2026-11-22T10:00:00Z", hot, "usr_new")).await;
    stack
}

#[tokio::test]
async fn an_oldest_first_page_that_the_archive_fills_reads_one_hot_row_a_shard() {
    let hot = hot_rows(3_000);
    let stack = archived_and_hot(hot).await;
    let (api, traffic) = Traffic::of_a_reader(&stack, BUDGET);
    for query in ["order=oldest&actor=usr_old", "order=oldest"] {
        let start = Instant::now();
        let page = Search::new("acme", query).page(&api, 50, None).await;
        let (read, took) = (traffic.of_events(), start.elapsed());
        figures::tell(format_args!("{hot} hot rows, {query}, limit 50: {read:?}, {took:?}"));
        assert_eq!(page["events"].as_array().unwrap().len(), 50);
        assert_eq!(read.requests, SHARD_COUNT, "{query}: {read:?}");
        assert!(read.bytes < SHARD_COUNT * 2_000, "{query}: {read:?}");
    }
}

#[tokio::test]
async fn a_page_of_a_filter_that_every_row_matches_reads_little_more_than_it_returns() {
    let hot = hot_rows(3_000);
    let stack = archived_and_hot(hot).await;
    let (api, traffic) = Traffic::of_a_reader(&stack, BUDGET);
    for order in ["newest", "oldest"] {
        for limit in [50, 1_000] {
            let query = format!("order={order}&actor=usr_new");
            let page = Search::new("acme", &query).page(&api, limit, None).await;
            let (read, returned) = (traffic.of_events(), page.to_string().len());
            figures::tell(format_args!("{hot} hot rows, {query}, limit {limit}: {read:?}, returned {returned} bytes"));
            assert_eq!(page["events"].as_array().unwrap().len(), limit);
            assert!(read.bytes < 3 * returned, "{query} limit={limit}: {read:?} for {returned} bytes");
        }
    }
}

/// A filter that nothing matches has to read every row, but each only once, and not in small pages.
#[tokio::test]
async fn a_filter_that_nothing_matches_reads_each_hot_row_once_in_requests_that_grow() {
    let hot = hot_rows(3_000);
    let stack = archived_and_hot(hot).await;
    let (api, traffic) = Traffic::of_a_reader(&stack, BUDGET);
    let row_bytes = {
        Search::new("acme", "order=newest").page(&api, 1_000, None).await;
        traffic.of_events().bytes / 1_000
    };
    for order in ["newest", "oldest"] {
        let found = Search::new("acme", &format!("order={order}&actor=nobody")).walk(&api, 50).await;
        let read = traffic.of_events();
        figures::tell(format_args!("{hot} hot rows, {order}, nothing matches: {read:?}"));
        assert_eq!(found.len(), 0);
        assert!(read.bytes < hot * row_bytes * 2, "{order}: {read:?}");
        let doublings = 12;
        assert!(read.requests <= SHARD_COUNT * (doublings + hot / SHARD_COUNT / 1_000 + 2), "{order}: {read:?}");
    }
}

/// Texts in all members but `details`, which are bytes of a page as well.
#[tokio::test]
async fn pages_of_rows_that_are_large_outside_of_details_read_little_more_than_they_return() {
    let count = hot_rows(6_000) / 10;
    let stack = TestStack::start().await;
    Api::of(&stack).provision("acme").await;
    let text = |name: &str| Some(format!("{name}{}", "x".repeat(2_040)));
    let mut rows = events("2026-11-22T10:00:00Z", count, "usr_1");
    for row in &mut rows {
        row.actor.id = "x".repeat(2_048);
        (row.actor.name, row.actor.email, row.failure_reason) = (text("n"), text("e"), text("f"));
        row.target = Target::from_parts(text("k"), text("i"), text("t"));
        row.context = Context::from_parts(None, text("u"), text("r"));
    }
    put(&stack, &rows).await;
    let (api, traffic) = Traffic::of_a_reader(&stack, BUDGET);
    for order in ["newest", "oldest"] {
        let search = Search::new("acme", &format!("order={order}"));
        let (mut cursor, mut found, mut pages) = (None::<String>, 0, 0);
        loop {
            let page = search.page(&api, 1_000, cursor.as_deref()).await;
            let (read, returned) = (traffic.of_events(), page.to_string().len());
            figures::tell(format_args!("{count} rows of 18 KB, {order}: {read:?}, returned {returned} bytes"));
            found += page["events"].as_array().unwrap().len();
            pages += 1;
            // Beyond what it returns a page reads the rest of the last requests, 1 MB a shard at most.
            assert!(read.bytes < returned + SHARD_COUNT * 1_100_000, "{order}: {read:?} for {returned} bytes");
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!((found, pages), (count, (count * 18_800).div_ceil(PAGE_BYTES)), "{order}");
    }
}

/// More hot rows than a page has time for: no page reads again what an earlier one has examined, beyond a round.
#[tokio::test]
async fn a_walk_over_more_hot_rows_than_a_page_has_time_for_moves_on_with_every_round() {
    let hot = 400;
    let stack = archived_and_hot(hot).await;
    for order in ["oldest", "newest"] {
        for actor in ["usr_new", "usr_old"] {
            let bounds = Bounds { hot_rows: 20, ..Duration::ZERO.into() };
            let (api, traffic) = Traffic::of_a_reader(&stack, bounds);
            let search = Search::new("acme", &format!("order={order}&actor={actor}"));
            let found = search.walk(&api, 1_000).await;
            let read = traffic.of_events();
            figures::tell(format_args!("{hot} hot rows, {order}, {actor}, no time: {read:?}"));
            assert_eq!(found.len(), 400, "{order} {actor}");
            // Oldest first, a page without time ends after its first row of each shard, of which one is new at least.
            let reads_of_a_row = if order == "oldest" { SHARD_COUNT + 1 } else { 2 };
            assert!(read.bytes < (hot + 20) * 500 * reads_of_a_row, "{order} {actor}: {read:?}");
        }
    }
}
