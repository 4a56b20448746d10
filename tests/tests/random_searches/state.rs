//! Where the events are: hot, archived, both, or on their way.

use std::time::Duration;

use audit_core::Phase;
use audit_tests::api::Api;
use audit_tests::{TestStack, org};
use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;

use crate::made::Made;

/// A change of where the events are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// Some events are recorded again, so that they are in both tiers until the next pass.
    Repeat,
    /// A whole pass.
    Archive,
    /// A pass of only the past days.
    ArchivePast,
    /// A pass that ends after its batch is committed, and before it is published.
    Commit,
    /// A pass that ends after its batch is published, and before all of its rows are deleted.
    Publish,
}

impl Step {
    pub(crate) fn random(rng: &mut Xoshiro256PlusPlus) -> Self {
        match rng.random_range(0..10) {
            0..=3 => Self::Repeat,
            4 => Self::Archive,
            5 => Self::ArchivePast,
            6 | 7 => Self::Commit,
            _ => Self::Publish,
        }
    }
}

/// Records events, and notes their ids; those recorded before keep theirs.
pub(crate) async fn record(api: &Api, org: &str, events: &mut [Made]) {
    let texts: Vec<_> = events.iter().map(Made::json).collect();
    for (event, (id, _)) in events.iter_mut().zip(api.record(org, &texts).await) {
        assert!(event.id.is_empty() || event.id == id, "a repeat has another id");
        event.id = id;
    }
}

/// Changes the state of an org.
pub(crate) async fn take(
    step: Step,
    stack: &TestStack,
    api: &Api,
    org_id: &str,
    events: &[Made],
    rng: &mut Xoshiro256PlusPlus,
) {
    let compactor = stack.compactor();
    match step {
        Step::Repeat => {
            let count = rng.random_range(1..600).min(events.len());
            let start = rng.random_range(0..=events.len() - count);
            record(api, org_id, &mut events[start..start + count].to_vec()).await;
        }
        Step::Archive => _ = compactor.pass(&org(org_id), true, None).await.unwrap(),
        Step::ArchivePast => _ = compactor.pass(&org(org_id), false, None).await.unwrap(),
        Step::Commit => cut(stack, org_id, Phase::Committed).await,
        Step::Publish => cut(stack, org_id, Phase::Published).await,
    }
}

/// Runs a pass, and drops it as soon as its batch is seen in this phase.
async fn cut(stack: &TestStack, org_id: &str, phase: Phase) {
    let org_id = org(org_id);
    let reached = async {
        while stack.tables().ledger.head(&org_id).await.unwrap().open.is_none_or(|open| open.phase != phase) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let compactor = stack.compactor();
    tokio::select! {
        passed = compactor.pass(&org_id, true, None) => { passed.unwrap(); }
        () = reached => {}
    }
}

/// The state in words.
pub(crate) async fn describe(stack: &TestStack, org_id: &str) -> String {
    let tables = stack.tables();
    let (head, hot) =
        (tables.ledger.head(&org(org_id)).await.unwrap(), tables.events.waiting(&org(org_id), u64::MAX).await.unwrap());
    let open = head.open.map(|open| open.phase);
    format!("{hot} rows hot, {} archived, open batch {open:?}", head.next_seq)
}
