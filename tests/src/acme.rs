//! The org `acme`: its events, and assertions about where they are.

use audit_core::{Event, Order, OrgId, Seq, Span, invariants::batches_tile};
use audit_tables::{HotRow, HotScan, Tables};

use crate::api::Api;
use crate::exact::ExactEvent;
use crate::walk::Search;
use crate::{TestStack, org};

/// Its id.
pub const ORG: &str = "acme";

/// Its id, parsed.
pub fn acme() -> OrgId {
    org(ORG)
}

/// An event with a key, so that sending it again repeats it.
pub fn event(at: &str, key: usize) -> String {
    format!(
        r#"{{"occurred_at":"{at}","actor":{{"id":"usr_{}"}},"action":"member.invited","result":"succeeded","details":{{"n":1.0,"key":{key}}},"idempotency_key":"{key}"}}"#,
        key % 7
    )
}

/// Events over the months from 2010-01 on, `a_month` of them each, so that each month is a segment of its own; keys count
/// from `key`.
pub fn events(months: usize, a_month: usize, key: usize) -> Vec<String> {
    let day = |month: usize| format!("{}-{:02}-{:02}", 2010 + month / 12, month % 12 + 1, month % 28 + 1);
    events_of((0..months).map(day), a_month, key)
}

/// Events over the days from 2026-01-01 on, `a_day` of them each; keys count from `key`.
pub fn events_of_days(days: usize, a_day: usize, key: usize) -> Vec<String> {
    events_of((0..days).map(|day| format!("2026-{:02}-{:02}", day / 28 + 1, day % 28 + 1)), a_day, key)
}

/// One event a second from noon on.
fn events_of(days: impl Iterator<Item = String>, a_day: usize, key: usize) -> Vec<String> {
    let at = |second: usize| format!("12:{:02}:{:02}Z", second / 60, second % 60);
    let instants = days.flat_map(|day| (0..a_day).map(move |second| format!("{day}T{}", at(second))));
    instants.enumerate().map(|(index, at)| event(&at, key + index)).collect()
}

/// Starts a stack on which the org is registered.
pub async fn start() -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision(ORG).await;
    (stack, api)
}

/// Returns all events of the org, oldest first.
///
/// # Guarantees
/// Both orders, and small and large pages, return the same events.
pub async fn all_events(api: &Api) -> Vec<ExactEvent> {
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

/// Asserts I-4, that no batch is open, and how many rows are archived and hot.
pub async fn assert_tiers(stack: &TestStack, archived: usize, hot: usize) {
    let tables = stack.tables();
    let head = tables.ledger.head(&acme()).await.unwrap();
    batches_tile(&tables.ledger.batches(&acme(), Seq(0)).await.unwrap().records, head.next_seq).unwrap();
    assert_eq!((head.next_seq, head.open), (Seq(archived as u64), None));
    assert_eq!(tables.events.waiting(&acme(), u64::MAX).await.unwrap(), hot as u64);
}

/// Returns all hot rows, oldest first.
pub async fn hot_rows(tables: &Tables) -> Vec<Event> {
    let scan = HotScan { org_id: acme(), span: Span::ALL, order: Order::Oldest };
    let mut rows = Vec::new();
    for shard in audit_tables::keys::shards() {
        let page = tables.events.page(&scan, shard, None, None).await.unwrap();
        assert!(page.next.is_none(), "the rows of these tests fit one page a shard");
        rows.extend(page.rows.into_iter().map(|row| match row {
            HotRow::Event(event) => *event,
            HotRow::Unreadable { error, .. } => panic!("{error}"),
        }));
    }
    rows.sort_by_key(|row| row.id);
    rows
}
