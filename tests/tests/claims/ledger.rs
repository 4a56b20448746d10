//! Copies of an org's ledger, and what a refused one does.

use audit_compact::{CompactError, Compactor};
use audit_core::{Claim, Decision, LedgerRefusal};
use audit_local::stack::table_names;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, hot_rows};
use audit_tests::api::Api;
use audit_tests::lost::lose_ledger;
use aws_sdk_dynamodb::types::AttributeValue;

/// An item of a table.
pub(crate) type Item = std::collections::HashMap<String, AttributeValue>;

/// All items of the ledger table, as a restore to this moment would bring them back.
pub(crate) async fn copied(stack: &TestStack) -> Vec<Item> {
    let scan = stack.dynamodb().scan().table_name(table_names().ledger).consistent_read(true);
    scan.send().await.unwrap().items.unwrap()
}

/// Puts items into a table.
pub(crate) async fn put(stack: &TestStack, table: &str, items: &[Item]) {
    for item in items {
        stack.dynamodb().put_item().table_name(table).set_item(Some(item.clone())).send().await.unwrap();
    }
}

/// The ledger becomes the copy.
pub(crate) async fn restore(stack: &TestStack, items: &[Item]) {
    lose_ledger(stack, &acme()).await;
    put(stack, &table_names().ledger, items).await;
}

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
    let before = (copied(stack).await.len(), hot_rows(stack.tables()).await, chain(stack).await.len());
    let stopped = worker.pass(&acme(), true, None).await.unwrap_err();
    assert!(matches!(stopped, CompactError::Refused(refusal) if refusal == expected), "{stopped}");
    let after = (copied(stack).await.len(), hot_rows(stack.tables()).await, chain(stack).await.len());
    assert!(before == after, "a refused worker changed something");
}

/// What the org's claims decide, in order.
pub(crate) async fn chain(stack: &TestStack) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for number in stack.archive().claim_numbers(&acme()).await.unwrap() {
        let bytes = stack.archive().claim(&acme(), number).await.unwrap();
        decisions.push(Claim::read(&bytes).unwrap().decision);
    }
    decisions
}

/// The chain, a letter for each claim.
pub(crate) async fn kinds(stack: &TestStack) -> String {
    let kind = |decision: &Decision| match decision {
        Decision::Batch(_) => 'b',
        Decision::Published(_) => 'p',
        Decision::Void(_) => 'v',
        Decision::Rebuild => 'r',
    };
    chain(stack).await.iter().map(kind).collect()
}
