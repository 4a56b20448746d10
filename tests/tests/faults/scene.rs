//! An org whose archive pass has everything to do, and the checker that examines it independently.

use std::collections::HashSet;

use audit_core::{EventId, OrgId, invariants::acknowledged};
use audit_recovery::Checked;
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::exact::ExactEvent;
use audit_tests::outside;
use audit_tests::walk::Search;

/// An event of a month, counted from 2024-01, with a key, so that sending it again repeats it.
pub(crate) fn event(month: u32, second: u32) -> String {
    format!(
        r#"{{"occurred_at":"{}-{:02}-10T12:00:{second:02}Z","actor":{{"id":"usr_{}"}},"action":"member.invited","result":"succeeded","details":{{"n":1.0}},"idempotency_key":"{month}-{second}"}}"#,
        2024 + month / 12,
        month % 12 + 1,
        second % 3
    )
}

pub(crate) fn events(months: impl Iterator<Item = u32>, seconds: std::ops::Range<u32>) -> Vec<String> {
    months.flat_map(|month| seconds.clone().map(move |second| event(month, second))).collect()
}

/// An org with archived events, hot ones of the same and of other months, and repeats of archived ones.
pub(crate) struct Scene<'a> {
    pub(crate) stack: &'a TestStack,
    pub(crate) api: Api,
    pub(crate) org_id: OrgId,
    /// Everything that was acknowledged, oldest first, in the text of the first response.
    pub(crate) stored: Vec<ExactEvent>,
}

impl<'a> Scene<'a> {
    /// Sets the scene in a separate org.
    pub(crate) async fn set(stack: &'a TestStack, api: &Api, name: &str) -> Self {
        let org_id = audit_tests::org(name);
        api.provision(name).await;
        let archived = events(10..12, 0..3);
        api.record(name, &archived).await;
        stack.compactor().pass(&org_id, true, None).await.unwrap();
        api.record(name, &events(11..14, 3..6)).await;
        api.record(name, &archived[1..3]).await;
        let mut scene = Self { stack, api: api.clone(), org_id, stored: Vec::new() };
        scene.stored = scene.walk("oldest", 1_000).await;
        assert_eq!(scene.stored.len(), 15);
        scene
    }

    /// Everything that a walk returns, oldest first.
    pub(crate) async fn walk(&self, order: &str, limit: usize) -> Vec<ExactEvent> {
        let search = Search::new(self.org_id.as_str(), &format!("order={order}"));
        let mut events = search.walk_exactly(&self.api, limit).await.events;
        if order == "newest" {
            events.reverse();
        }
        events
    }

    /// A pass by a worker without faults.
    pub(crate) async fn pass(&self) -> audit_compact::PassReport {
        self.stack.compactor().pass(&self.org_id, true, None).await.unwrap()
    }

    /// Examines everything independently, at any moment: both orders, hot rows, ledger and bucket.
    pub(crate) async fn check(&self, when: &str) -> Checked {
        for (order, limit) in [("newest", 4), ("oldest", 1_000)] {
            assert!(self.walk(order, limit).await == self.stored, "{when}: {order}, {limit} a page");
        }
        let outside = outside::look(self.stack, &self.org_id).await;
        let held: HashSet<EventId> = outside.hot.iter().chain(&outside.archived).copied().collect();
        acknowledged(&self.stored.iter().map(|event| event.id).collect(), &held).unwrap();
        assert_eq!(held.len(), self.stored.len(), "{when}: nothing but what was acknowledged");
        outside
    }

    /// Whether there is a checkpoint of all archived rows. The checker compares it with the rows.
    async fn is_signed(&self) -> bool {
        let head = self.stack.tables().ledger.head(&self.org_id).await.unwrap();
        let log_id = head.log_id.unwrap();
        self.stack.archive().checkpoint(&self.org_id, log_id, head.next_seq.0).await.unwrap().is_some()
    }

    /// Asserts what is true after a pass without faults: everything is archived, once, and nothing is left to do.
    pub(crate) async fn check_settled(&self, when: &str) {
        self.pass().await;
        let outside = self.check(when).await;
        assert_eq!((outside.hot.len(), outside.archived.len()), (0, self.stored.len()), "{when}");
        assert!(self.is_signed().await, "{when}: the tree is signed");
        let again = self.pass().await;
        assert_eq!((again.rows, again.repeated_rows, again.recovered_batches), (0, 0, 0), "{when}");
    }
}
