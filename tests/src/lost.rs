//! Deletes what the tables contain about the archive, so that a test can rebuild it.

use audit_core::OrgId;
use audit_local::stack::table_names;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::TestStack;

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
    stack.tables().ledger.forget_all_but(org_id, &[], 0).await.expect("its items are deleted");
}
