//! What the org of these tests holds, and what must be true of it at any time.

use audit_core::{OrgId, Seq, invariants::batches_tile};
use audit_tests::api::Api;
use audit_tests::exact::ExactEvent;
use audit_tests::walk::Search;
use audit_tests::{TestStack, org};

/// The org of these tests.
pub(crate) const ORG: &str = "acme";

pub(crate) fn acme() -> OrgId {
    org(ORG)
}

/// An event with a key, so that sending it again repeats it.
pub(crate) fn event(at: &str, key: usize) -> String {
    format!(
        r#"{{"occurred_at":"{at}","actor":{{"id":"usr_{}"}},"action":"member.invited","result":"succeeded","details":{{"n":1.0,"key":{key}}},"idempotency_key":"{key}"}}"#,
        key % 7
    )
}

/// Events over the days from 2026-01-01 on, `a_day` of them each, one a second from noon on; keys count from `key`.
pub(crate) fn events(days: usize, a_day: usize, key: usize) -> Vec<String> {
    let numbers = (0..days).flat_map(|day| (0..a_day).map(move |second| (day, second)));
    let instant = |(day, second): (usize, usize)| {
        let (month, minute) = (day / 28 + 1, second / 60);
        format!("2026-{month:02}-{:02}T12:{minute:02}:{:02}Z", day % 28 + 1, second % 60)
    };
    numbers.map(instant).enumerate().map(|(index, at)| event(&at, key + index)).collect()
}

pub(crate) async fn start() -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision(ORG).await;
    (stack, api)
}

/// Everything the org holds, oldest first, the same in both orders and with small and large pages.
pub(crate) async fn held(api: &Api) -> Vec<ExactEvent> {
    let mut walks = Vec::new();
    for (order, limit) in [("oldest", 41), ("oldest", 1000), ("newest", 41), ("newest", 1000)] {
        let mut events = Search::new(ORG, &format!("order={order}")).walk_exactly(api, limit).await.events;
        if order == "newest" {
            events.reverse();
        }
        walks.push(events);
    }
    assert!(walks.windows(2).all(|two| two[0] == two[1]), "the walks differ");
    walks.swap_remove(0)
}

/// I-4, that so many rows are archived, and that so many are hot.
pub(crate) async fn assert_tiers(stack: &TestStack, archived: usize, hot: usize) {
    let tables = stack.tables();
    let head = tables.head(&acme()).await.unwrap();
    batches_tile(&tables.batches(&acme(), Seq(0)).await.unwrap(), head.next_seq).unwrap();
    assert_eq!((head.next_seq, head.open), (Seq(archived as u64), None));
    assert_eq!(tables.waiting(&acme(), u64::MAX).await.unwrap(), hot as u64);
}
