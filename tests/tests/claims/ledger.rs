//! What a refused ledger does.

use audit_compact::{CompactError, Compactor};
use audit_core::LedgerRefusal;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, hot_rows};
use audit_tests::api::Api;
use audit_tests::lost::{chain, copied};

/// The problem of a search, a look-up and statistics of a reader.
pub(crate) async fn problems(api: &Api, id: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for path in ["events", "events?order=oldest", &format!("events/{id}"), "stats"] {
        problems.push(api.get(&format!("/v1/orgs/{ORG}/{path}")).await.problem());
    }
    problems
}

/// Asserts that a pass refuses the ledger, and numbers and deletes nothing.
pub(crate) async fn assert_stops(stack: &TestStack, worker: &Compactor, expected: LedgerRefusal) {
    let before = (copied(stack).await.len(), hot_rows(stack.tables()).await, chain(stack, &acme()).await.len());
    let stopped = worker.pass(&acme(), true, None).await.unwrap_err();
    assert!(matches!(stopped, CompactError::Refused(refusal) if refusal == expected), "{stopped}");
    let after = (copied(stack).await.len(), hot_rows(stack.tables()).await, chain(stack, &acme()).await.len());
    assert!(before == after, "a refused worker changed something");
}
