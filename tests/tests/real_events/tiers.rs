//! What is in which tier.

use audit_core::{Seq, invariants::batches_tile};
use audit_tests::data::DataSet;
use audit_tests::org;
use audit_tests::served::Served;

/// No hot row of any org is left: neither by the org's own keys nor in the whole table.
pub(crate) async fn assert_nothing_is_hot(served: &Served) {
    let stack = &served.stack;
    let scan = stack.dynamodb().scan().table_name(audit_local::stack::table_names().events).send().await.unwrap();
    assert_eq!((scan.count, scan.last_evaluated_key), (0, None));
}

/// I-4, and that the archive contains exactly this many rows.
pub(crate) async fn assert_dense(served: &Served, set: &DataSet) {
    let (tables, org_id) = (served.stack.tables(), org(set.name));
    let head = tables.ledger.head(&org_id).await.unwrap();
    batches_tile(&tables.ledger.batches(&org_id, Seq(0)).await.unwrap().records, head.next_seq).unwrap();
    assert_eq!((head.next_seq, head.open), (Seq(set.lines.len() as u64), None));
}
