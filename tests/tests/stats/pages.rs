//! What a page of statistics costs and leaves out.

use std::collections::BTreeMap;
use std::time::Duration;

use audit_core::limits::PAGE_BYTES;
use audit_core::{Details, Event, Sha256};
use audit_query::Bounds;
use audit_tests::acme::{ORG, acme, event, start};
use audit_tests::api::Api;
use audit_tests::rows::{self, id_in, put};
use audit_tests::{TestStack, instant};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::traps::observed;

async fn archive(stack: &TestStack) {
    stack.compactor().pass(&acme(), true, None).await.unwrap();
}

/// All pages of a query.
async fn pages(api: &Api, query: &str) -> Vec<Value> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let answer = api.get(&format!("/v1/orgs/{ORG}/stats?{query}&cursor={cursor}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text);
        assert!(answer.text.len() < PAGE_BYTES + 1_024, "{query}: {} bytes", answer.text.len());
        pages.push(answer.json());
        match pages[pages.len() - 1]["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => return pages,
        }
    }
}

/// A pass that deletes rows leaves thousands of them that its segment contains already. The segment is too large to be
/// read whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_repeats_are_compared_by_page_also_where_the_category_counts() {
    let (stack, _) = start().await;
    let noise = |number: i64| (0..16).map(move |part| Sha256::of(format!("{number} {part}").as_bytes()).to_string());
    let details = |number| Details::from_stored(json!({ "t": noise(number).collect::<String>() }).to_string());
    let at = instant("2026-11-22T10:00:00Z").micros();
    let row = |number: i64| {
        let id = id_in(number as u8 % 4, at + number, 0);
        Event { details: details(number), ..rows::event(id, "usr_1", 0) }
    };
    let sent: Vec<_> = (0..2_000).map(row).collect();
    put(&stack, &sent).await;
    archive(&stack).await;
    let segment = stack.tables().ledger.whole(&acme()).await.unwrap().segments.remove(0);
    assert!(segment.bytes > 512 * 1024, "{} bytes", segment.bytes);
    put(&stack, &sent).await;
    for (query, total) in [("category=team", 2_000), ("category=billing", 0), ("", 2_000)] {
        let (reader, layer) = observed(&stack);
        layer.allow_all();
        let page = pages(&reader, query).await.remove(0);
        let objects = layer.calls().iter().filter(|call| call.name() == "GetObject").count();
        assert_eq!(page["total"], total, "{query}");
        assert!(objects < 20, "{query}: {objects} requests");
    }
}

#[tokio::test]
async fn a_page_that_ends_at_its_bars_leaves_out_no_group() {
    let (stack, api) = start().await;
    let days = (1..=9).flat_map(|day| (0..6).map(move |hour| format!("2026-11-0{day}T{hour:02}:00:00Z")));
    let sent: Vec<_> = days.enumerate().map(|(key, at)| event(&at, key)).collect();
    api.record(ORG, &sent).await;
    archive(&stack).await;
    let bounds = Bounds { bars: 10, ..Duration::from_secs(600).into() };
    let api = Api::of_tables(&stack, stack.tables().clone(), bounds);
    let pages = pages(&api, "group_by=time,actor&interval=1h&top=1").await;
    assert!(pages.len() > 3, "{} pages", pages.len());
    let mut sum = BTreeMap::<String, u64>::new();
    for page in &pages {
        assert_eq!(page.get("others"), None, "{page}");
        for group in page["groups"].as_array().unwrap() {
            *sum.entry(group["key"].as_str().unwrap().to_owned()).or_default() += group["count"].as_u64().unwrap();
        }
    }
    let actor = |number: usize| (format!("usr_{number}"), (0..54).filter(|key| key % 7 == number).count() as u64);
    assert_eq!(sum, (0..7).map(actor).collect());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_has_limited_bytes_and_counts_the_groups_that_it_leaves_out() {
    let (stack, _) = start().await;
    let at = instant("2026-11-22T10:00:00Z").micros();
    let row = |number: i64| {
        let text = |name: &str| format!("{name}{number:0>2000}");
        let mut event = rows::event(id_in(number as u8 % 4, at + number, 0), &text("usr_"), 0);
        (event.actor.name, event.actor.email) = (Some(text("name ")), Some(text("email ")));
        event
    };
    put(&stack, &(0..600).map(row).collect::<Vec<_>>()).await;
    put(&stack, &[rows::event(id_in(0, instant("2026-11-20T10:00:00Z").micros(), 0), "usr_1", 0)]).await;
    archive(&stack).await;
    // Its pages end after each day, and so have more than `top` groups.
    let api = Api::of_tables(&stack, stack.tables().clone(), Duration::ZERO);
    let page = pages(&api, "group_by=actor").await.into_iter().find(|page| page["total"] == 600).unwrap();
    let (listed, others) = (page["groups"].as_array().unwrap().len(), &page["others"]);
    assert!((300..500).contains(&listed), "{listed} groups");
    assert_eq!((&others["groups"], &others["count"]), (&json!(600 - listed), &json!(600 - listed)));
}
