//! Rows that cannot be read, at every boundary of rounds and pages: each counts once, and hides no other.

use std::time::Duration;

use audit_core::{Event, EventId, SHARDS, UnixMicros};
use audit_query::Bounds;
use audit_tables::keys;
use audit_tests::api::Api;
use audit_tests::rows::{event, id_in, put, put_unreadable};
use audit_tests::walk::{Search, id_of};
use audit_tests::{TestStack, instant};

const START: &str = "2026-11-22T10:00:00Z";
const ROWS: u64 = 20;

fn at(second: u64, shard: u8) -> EventId {
    id_in(shard, instant(START).micros() + second as i64 * 1_000_000, 0)
}

/// Readable rows of all shards, and unreadable ones between, at their ends, and in whole runs.
async fn start() -> (TestStack, Api, Vec<Event>, u64) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let mut readable = Vec::new();
    let mut unreadable = 0;
    for second in 0..ROWS {
        let shard = (second % u64::from(SHARDS)) as u8;
        if second % 3 == 2 || (8..14).contains(&second) {
            put_unreadable(&stack, shard, &keys::event(at(second, shard))).await;
            unreadable += 1;
        } else {
            readable.push(event(at(second, shard), "usr_1", 0));
        }
        // Keys that no event has: right after one that an event has, and before all others of the second.
        let key = keys::event(at(second, shard));
        for sk in [format!("{key}!"), key[..19].to_owned()] {
            put_unreadable(&stack, shard, &sk).await;
            unreadable += 1;
        }
    }
    for shard in 0..SHARDS {
        for sk in ["0", "2026-11-2", "x", "}"] {
            put_unreadable(&stack, shard, sk).await;
            unreadable += 1;
        }
    }
    put(&stack, &readable).await;
    (stack, api, readable, unreadable)
}

/// Walks to the end; returns the ids, and the sum of what the pages skipped.
async fn walk(api: &Api, query: &str, limit: usize) -> (Vec<EventId>, u64) {
    let search = Search::new("acme", query);
    let (mut found, mut skipped, mut cursor) = (Vec::new(), 0, None::<String>);
    loop {
        let page = search.page(api, limit, cursor.as_deref()).await;
        found.extend(page["events"].as_array().unwrap().iter().map(id_of));
        skipped += page["skipped"].as_u64().unwrap_or(0);
        let next = page["next_cursor"].as_str().map(str::to_owned);
        assert!(next.is_none() || next != cursor, "a page did not advance");
        cursor = next;
        if cursor.is_none() {
            return (found, skipped);
        }
    }
}

#[tokio::test]
async fn an_unreadable_row_counts_once_wherever_rounds_and_pages_end() {
    let (stack, _, readable, unreadable) = start().await;
    for (hot_rows, budget) in [(1, 600), (2, 600), (3, 0), (1, 0), (1_000, 600)] {
        let bounds = Bounds { hot_rows, ..Duration::from_secs(budget).into() };
        let api = Api::of_tables(&stack, stack.tables().clone(), bounds);
        for order in ["oldest", "newest"] {
            let mut expected: Vec<_> = readable.iter().map(|row| row.id).collect();
            if order == "newest" {
                expected.reverse();
            }
            for limit in [1, 2, 5, 1_000] {
                let (found, skipped) = walk(&api, &format!("order={order}"), limit).await;
                assert_eq!(found, expected, "{bounds:?} {order} limit={limit}");
                assert_eq!(skipped, unreadable, "{bounds:?} {order} limit={limit}");
            }
        }
    }
}

/// The rows of a span, and no others: at its ends the store's range is a row wider.
#[tokio::test]
async fn unreadable_rows_count_in_the_search_whose_span_contains_them() {
    let (stack, api, _, unreadable) = start().await;
    let short = Api::of_short_rounds(&stack, 1);
    for second in 0..ROWS {
        let cut = UnixMicros::new(instant(START).micros() + second as i64 * 1_000_000).to_string();
        for order in ["oldest", "newest"] {
            for api in [&api, &short] {
                let (_, before) = walk(api, &format!("order={order}&to={cut}"), 3).await;
                let (_, after) = walk(api, &format!("order={order}&from={cut}"), 3).await;
                assert_eq!(before + after, unreadable, "{order} {cut}");
            }
        }
    }
}
