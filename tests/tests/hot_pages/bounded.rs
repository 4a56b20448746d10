//! One request for hot rows is bounded in rows, not only in bytes.

use audit_core::{Order, Span};
use audit_tables::{HotScan, PAGE_ROWS, keys::shards};
use audit_tests::api::Api;
use audit_tests::walk::Search;
use audit_tests::{TestStack, org};

/// Small rows: a shard of them stays below 1 MB, and has more than one page.
const ROWS: usize = 4_800;
/// Each of them did a few things, in all shards and far apart.
const ACTORS: usize = 400;

fn event(number: usize) -> String {
    let (hour, minute, second) = (number / 3_600, number / 60 % 60, number % 60);
    format!(
        r#"{{"occurred_at":"2026-11-22T{hour:02}:{minute:02}:{second:02}Z","actor":{{"id":"usr_{}"}},"action":"member.invited","result":"succeeded"}}"#,
        number % ACTORS
    )
}

async fn start() -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    api.record("acme", &(0..ROWS).map(event).collect::<Vec<_>>()).await;
    (stack, api)
}

#[tokio::test]
async fn a_page_of_small_rows_ends_at_its_rows_and_the_next_one_goes_on() {
    let (stack, _api) = start().await;
    let tables = stack.tables();
    let scan = HotScan { org_id: org("acme"), span: Span::ALL, order: Order::Oldest };
    let mut pages = Vec::new();
    for shard in shards() {
        let mut start = None;
        loop {
            let page = tables.events.page(&scan, shard, start, None).await.unwrap();
            pages.push(page.rows.len());
            start = page.next;
            if start.is_none() {
                break;
            }
        }
    }
    assert_eq!(pages.iter().max(), Some(&(PAGE_ROWS as usize)), "{pages:?}");
    assert_eq!(pages.iter().sum::<usize>(), ROWS);
    assert!(pages.len() > shards().count(), "{pages:?}");
    assert_eq!(tables.events.waiting(&org("acme"), u64::MAX).await.unwrap(), ROWS as u64);
}

#[tokio::test]
async fn a_filter_goes_on_behind_the_first_page_of_a_shard() {
    let (_stack, api) = start().await;
    for order in ["newest", "oldest"] {
        for limit in [1, ROWS / ACTORS - 1, 1_000] {
            let found = Search::new("acme", &format!("actor=usr_7&order={order}")).walk(&api, limit).await;
            assert_eq!(found.len(), ROWS / ACTORS, "{order} limit={limit}");
        }
    }
}
