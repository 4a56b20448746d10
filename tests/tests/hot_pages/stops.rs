//! The sources of a page, four shards and the archive, stop at different positions. The least advanced one decides how
//! far the page has come.
//!
//! Rows that are spread evenly hide a bug here, for two reasons: where each shard is read until it fills the page by
//! itself, the page is full before any shard's last row; and where the rows of a shard fit one request, all shards end.
//! So in these tests one shard at a time is dense, and lags far behind the others, for each cause of a stop: the rows
//! or the bytes of a request, the page's time, or the matches that the page takes.

use std::time::Duration;

use audit_core::{Event, SHARDS};
use audit_query::Bounds;
use audit_tests::api::Api;
use audit_tests::rows::{event, id_in, put};
use audit_tests::walk::{Search, id_of};
use audit_tests::{TestStack, instant, org};

/// Rows of the dense shard, one a second.
const DENSE: usize = 48;
/// One second of this many has a row of each other shard too.
const SPARSE: usize = 6;
/// Of 1 MB that a request reads at most, a few of these are one too many.
const LARGE: usize = 250_000;

/// Why a shard stops before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// A request takes this many rows.
    Rows(usize),
    /// The rows of the dense shard are so large that a request takes few of them.
    Bytes,
    /// The page has no time.
    Time,
    /// The page takes this many events.
    Matches(usize),
}

const CAUSES: [Cause; 7] = [
    Cause::Rows(1),
    Cause::Rows(3),
    Cause::Bytes,
    Cause::Time,
    Cause::Matches(1),
    Cause::Matches(2),
    Cause::Matches(9),
];

/// The rows: dense in one shard and sparse in the others, over the same time. Every fourth row's actor is `rare`.
fn rows(dense: u8, bytes: usize) -> Vec<Event> {
    let start = instant("2026-11-22T10:00:00Z").micros();
    let mut rows = Vec::new();
    for second in 0..DENSE {
        let us = start + second as i64 * 1_000_000;
        let actor = if second % 4 == 0 { "rare" } else { "often" };
        rows.push(event(id_in(dense, us, 0), actor, bytes));
        if second % SPARSE == 0 {
            let others = (0..SHARDS).filter(|shard| *shard != dense);
            rows.extend(others.map(|shard| event(id_in(shard, us + 1 + i64::from(shard), 0), actor, 0)));
        }
    }
    rows
}

/// Of each three rows one is archived, one is in both tiers, one is hot.
async fn start(rows: &[Event]) -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let nth = |wanted: &'static [usize]| {
        let rows = rows.iter().enumerate().filter(|(index, _)| wanted.contains(&(index % 3)));
        rows.map(|(_, row)| row.clone()).collect::<Vec<_>>()
    };
    put(&stack, &nth(&[0, 1])).await;
    stack.compactor().pass(&org("acme"), true, None).await.unwrap();
    put(&stack, &nth(&[1, 2])).await;
    (stack, api)
}

async fn assert_nothing_is_passed_over(cause: Cause) {
    let (hot_rows, budget, limit) = match cause {
        Cause::Rows(rows) => (rows, Duration::from_secs(600), 1_000),
        Cause::Bytes => (1_000, Duration::from_secs(600), 1_000),
        Cause::Time => (4, Duration::ZERO, 1_000),
        Cause::Matches(limit) => (1_000, Duration::from_secs(600), limit),
    };
    for dense in 0..SHARDS {
        let mut rows = rows(dense, if cause == Cause::Bytes { LARGE } else { 0 });
        let (stack, _) = start(&rows).await;
        rows.sort_by_key(|row| row.id);
        let api = Api::of_tables(&stack, stack.tables().clone(), Bounds { hot_rows, ..budget.into() });
        for order in ["oldest", "newest"] {
            for actor in ["", "&actor=rare", "&actor=nobody"] {
                let mut expected: Vec<_> =
                    rows.iter().filter(|row| actor.is_empty() || actor.ends_with(&row.actor.id)).collect();
                if order == "newest" {
                    expected.reverse();
                }
                let found = Search::new("acme", &format!("order={order}{actor}")).walk(&api, limit).await;
                let found: Vec<_> = found.iter().map(id_of).collect();
                let expected: Vec<_> = expected.iter().map(|row| row.id).collect();
                assert_eq!(found, expected, "{cause:?}, shard {dense}, {order}{actor}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_passes_over_no_row_where_its_sources_stop_at_the_rows_of_a_request() {
    assert_nothing_is_passed_over(CAUSES[0]).await;
    assert_nothing_is_passed_over(CAUSES[1]).await;
}

#[tokio::test]
async fn a_page_passes_over_no_row_where_its_sources_stop_at_the_bytes_of_a_request() {
    assert_nothing_is_passed_over(CAUSES[2]).await;
}

#[tokio::test]
async fn a_page_passes_over_no_row_where_its_sources_stop_at_its_time() {
    assert_nothing_is_passed_over(CAUSES[3]).await;
}

#[tokio::test]
async fn a_page_passes_over_no_row_where_its_sources_stop_at_its_matches() {
    for cause in &CAUSES[4..] {
        assert_nothing_is_passed_over(*cause).await;
    }
}
