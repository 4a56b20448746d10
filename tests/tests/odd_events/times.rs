//! Many events in one instant, and events long out of order.

use std::collections::BTreeSet;

use audit_tests::api::Api;
use audit_tests::exact::ExactEvent;
use audit_tests::walk::Search;

use crate::sent::{ORG, start};

fn event(at: &str, number: usize) -> String {
    format!(
        r#"{{"occurred_at":"{at}","actor":{{"id":"a"}},"action":"odd.stored","result":"succeeded","details":{{"number":{number}}}}}"#
    )
}

/// The numbers that a search finds, regardless of the limit.
async fn numbers(api: &Api, query: &str) -> BTreeSet<usize> {
    let number = |event: &ExactEvent| event.json("/details/number").parse().unwrap();
    let by_many: Vec<usize> = Search::new(ORG, query).walk_exactly(api, 1000).await.events.iter().map(number).collect();
    let by_few: Vec<usize> = Search::new(ORG, query).walk_exactly(api, 41).await.events.iter().map(number).collect();
    assert_eq!(by_many, by_few);
    let distinct: BTreeSet<_> = by_few.iter().copied().collect();
    assert_eq!(distinct.len(), by_few.len());
    distinct
}

#[tokio::test]
async fn a_crowded_millisecond_and_a_crowded_microsecond_are_walked_whole() {
    let (_stack, api) = start().await;
    // 1,397 events of one millisecond, 1,100 of one microsecond of it, and one right before and right after each
    // border.
    let millisecond = (0..1_397).map(|number| event(&format!("2026-11-22T10:15:30.123{:03}Z", number % 1_000), number));
    let microsecond = (1_397..2_497).map(|number| event("2026-11-22T10:15:30.123456Z", number));
    let borders = [("2026-11-22T10:15:30.122999Z", 2_497), ("2026-11-22T10:15:30.124000Z", 2_498)];
    let mut events: Vec<_> = millisecond.chain(microsecond).collect();
    events.extend(borders.map(|(at, number)| event(at, number)));
    for (part, state) in events.chunks(1_250).zip(["hot", "half and half"]) {
        api.record(ORG, part).await;
        let sent = numbers(&api, "").await.len();
        assert_eq!(numbers(&api, "order=oldest").await.len(), sent, "{state}");
        if state == "hot" {
            api.archive().await;
        }
    }
    for _ in ["half and half", "archived"] {
        assert_eq!(numbers(&api, "").await, (0..2_499).collect());
        let within = "from=2026-11-22T10:15:30.123Z&to=2026-11-22T10:15:30.124Z";
        assert_eq!(numbers(&api, within).await, (0..2_497).collect());
        let at_once = "order=oldest&from=2026-11-22T10:15:30.123456Z&to=2026-11-22T10:15:30.123457Z";
        assert_eq!(numbers(&api, at_once).await, (1_397..2_497).chain([456]).collect());
        assert_eq!(numbers(&api, "from=2026-11-22T10:15:30.124001Z").await, BTreeSet::new());
        assert_eq!(numbers(&api, "to=2026-11-22T10:15:30.122999Z").await, BTreeSet::new());
        api.archive().await;
    }
}

#[tokio::test]
async fn events_out_of_order_by_469_days_stand_in_order() {
    let (_stack, api) = start().await;
    // The newest first, then days further and further back, up to 2025-08-10: 469 days before 2026-11-22.
    let days = ["2026-11-22", "2026-11-21", "2025-08-10", "2026-02-28", "2025-12-31", "2026-11-22"];
    let mut sent = 0;
    for day in days {
        let events: Vec<_> =
            (0..50).map(|second| event(&format!("{day}T23:59:{second:02}.999999Z"), sent + second)).collect();
        api.record(ORG, &events).await;
        sent += events.len();
        // Alternately hot and archived, so that late events are on both sides.
        if sent % 100 == 0 {
            api.archive().await;
        }
        assert_eq!(numbers(&api, "").await, (0..sent).collect());
        assert_eq!(numbers(&api, "order=oldest").await, (0..sent).collect());
    }
    assert_eq!(numbers(&api, "to=2025-08-11T00:00:00Z").await, (100..150).collect());
}
