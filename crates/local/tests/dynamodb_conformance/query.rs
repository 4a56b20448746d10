//! Queries: order, bounds, pages.

use futures::future::join_all;

use crate::rig::{Rig, TABLE, item, text};

#[tokio::test]
async fn a_page_ends_at_1_mb_and_the_next_starts_where_it_ended() {
    let rig = Rig::start().await;
    let body = "x".repeat(30_000);
    join_all((0..100).map(|n| rig.put(item("p", &format!("{n:03}"), [("v", text(&body))])))).await;
    for forward in [true, false] {
        let mut seen = Vec::new();
        let mut start = None;
        let mut pages = 0;
        loop {
            let query = rig.client.query().table_name(TABLE).key_condition_expression("pk = :p").consistent_read(true);
            let query = query.expression_attribute_values(":p", text("p")).scan_index_forward(forward);
            let page = query.set_exclusive_start_key(start).send().await.unwrap();
            assert!(page.count() as usize * body.len() <= (1 << 20) + body.len());
            seen.extend(page.items().iter().map(|item| item["sk"].as_s().unwrap().clone()));
            pages += 1;
            start = page.last_evaluated_key;
            let Some(last) = &start else { break };
            assert_eq!(Some(last["sk"].as_s().unwrap()), seen.last());
        }
        assert_eq!(pages, 3);
        let mut expected: Vec<String> = (0..100).map(|n| format!("{n:03}")).collect();
        if !forward {
            expected.reverse();
        }
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn between_includes_both_ends_in_both_directions() {
    let rig = Rig::start().await;
    let keys = ["2026-01-01#a", "2026-01-01#b", "2026-01-02#a", "2026-01-03", "2026-01-03#z", "2026-01-04", "é", "😀"];
    join_all(keys.iter().map(|sk| rig.put(item("p", sk, [])))).await;
    for (from, to, expected) in [
        ("2026-01-01#b", "2026-01-03", 1..4),
        ("2026-01-01", "2026-01-03\u{10ffff}", 0..5),
        ("a", "\u{10ffff}", 6..8),
        ("b", "c", 0..0),
    ] {
        for forward in [true, false] {
            let query = rig.client.query().table_name(TABLE).scan_index_forward(forward).limit(100);
            let query = query.key_condition_expression("pk = :p AND sk BETWEEN :a AND :b").consistent_read(true);
            let query = query.expression_attribute_values(":p", text("p"));
            let query = query.expression_attribute_values(":a", text(from)).expression_attribute_values(":b", text(to));
            let found = query.send().await.unwrap();
            let mut found: Vec<&str> = found.items().iter().map(|item| item["sk"].as_s().unwrap().as_str()).collect();
            if !forward {
                found.reverse();
            }
            assert_eq!(found, keys[expected.clone()], "{from} {to} {forward}");
        }
    }
}

#[tokio::test]
async fn a_limited_page_continues_with_a_filter_and_a_projection() {
    let rig = Rig::start().await;
    join_all((0..20).map(|n| {
        let kind = if n % 2 == 0 { "even" } else { "odd" };
        rig.put(item("p", &format!("{n:02}"), [("kind", text(kind)), ("rest", text("x"))]))
    }))
    .await;
    let mut seen = Vec::new();
    let mut start = None;
    loop {
        let query = rig.client.query().table_name(TABLE).key_condition_expression("pk = :p").limit(3);
        let query = query.filter_expression("kind = :k").projection_expression("sk");
        let query = query.expression_attribute_values(":p", text("p")).expression_attribute_values(":k", text("odd"));
        let page = query.set_exclusive_start_key(start).send().await.unwrap();
        assert!(page.scanned_count() <= 3 && page.items().iter().all(|item| item.len() == 1));
        seen.extend(page.items().iter().map(|item| item["sk"].as_s().unwrap().clone()));
        start = page.last_evaluated_key;
        if start.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..20).filter(|n| n % 2 == 1).map(|n| format!("{n:02}")).collect::<Vec<_>>());
}
