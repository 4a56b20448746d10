//! Deletes, copies and rebuilds what the ledger table contains about the archive.

use std::collections::HashMap;
use std::time::Duration;

use audit_core::{Claim, Decision, Head, OrgId};
use audit_local::stack::table_names;
use audit_recovery::Rebuilder;
use audit_tables::Written;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::TestStack;

/// An item of a table.
pub type Item = HashMap<String, AttributeValue>;

/// Deletes the head of an org's ledger.
pub async fn lose_head(stack: &TestStack, org_id: &OrgId) {
    let key = |name: &str, value: &str| (name.to_owned(), AttributeValue::S(value.to_owned()));
    let key = [key("org_id", org_id.as_str()), key("sk", "head")].into();
    let delete = stack.dynamodb().delete_item().table_name(table_names().ledger).set_key(Some(key));
    delete.send().await.expect("the head is deleted");
}

/// Deletes an org's whole ledger.
pub async fn lose_ledger(stack: &TestStack, org_id: &OrgId) {
    lose_head(stack, org_id).await;
    let deleted = stack.tables().ledger.keep_under(org_id, &Head::default(), []).await;
    assert_eq!(deleted.expect("its items are deleted"), Written::Applied);
}

/// All items of the ledger table, as a restore to this moment would bring them back.
pub async fn copied(stack: &TestStack) -> Vec<Item> {
    let scan = stack.dynamodb().scan().table_name(table_names().ledger).consistent_read(true);
    scan.send().await.expect("the table is read").items.unwrap_or_default()
}

/// Puts items into a table.
pub async fn put(stack: &TestStack, table: &str, items: &[Item]) {
    for item in items {
        let put = stack.dynamodb().put_item().table_name(table).set_item(Some(item.clone()));
        put.send().await.expect("the item is put");
    }
}

/// The ledger of the org becomes the copy.
pub async fn restore(stack: &TestStack, org_id: &OrgId, items: &[Item]) {
    lose_ledger(stack, org_id).await;
    put(stack, &table_names().ledger, items).await;
}

/// What an org's claims decide, in order.
pub async fn chain(stack: &TestStack, org_id: &OrgId) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for number in stack.archive().claim_numbers(org_id).await.expect("the claims are listed") {
        let bytes = stack.archive().claim(org_id, number).await.expect("the claim exists");
        decisions.push(Claim::read(&bytes).expect("a claim").decision);
    }
    decisions
}

/// The chain, a letter for each claim.
pub async fn kinds(stack: &TestStack, org_id: &OrgId) -> String {
    let kind = |decision: &Decision| match decision {
        Decision::Batch(_) => 'b',
        Decision::Published(_) => 'p',
        Decision::Void(_) => 'v',
        Decision::Merge(_) => 'm',
        Decision::Switched(_) => 's',
        Decision::Abandoned(_) => 'a',
        Decision::Rebuild => 'r',
    };
    chain(stack, org_id).await.iter().map(kind).collect()
}

/// A rebuilder that does not wait for readers.
pub fn rebuilder(stack: &TestStack) -> Rebuilder {
    Rebuilder::new(stack.tables().clone(), stack.archive().clone()).waiting(Duration::ZERO)
}
