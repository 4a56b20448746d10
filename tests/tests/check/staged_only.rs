//! Rows that exist only in the staging bucket.

use audit_core::Seq;
use audit_tests::acme::{ORG, acme, events, start};
use audit_tests::lost::lose_ledger;

use crate::checked;

/// I-1: the ledger, the claims and an object of a published batch are lost, so only its staged object is left.
#[tokio::test]
async fn rows_that_exist_only_in_staging_are_reported_with_their_object() {
    let (stack, api) = start().await;
    api.record(ORG, &events(1, 4, 0)).await;
    api.archive().await;
    let [segment] = stack.tables().ledger.whole(&acme()).await.unwrap().segments.try_into().unwrap();
    let bucket = stack.folder().join("s3/audit-archive");
    std::fs::remove_file(bucket.join(&segment.key)).unwrap();
    std::fs::remove_dir_all(bucket.join("claims")).unwrap();
    lose_ledger(&stack, &acme()).await;
    let checked = checked(&stack).await;
    let [found] = checked.staged_only.as_slice() else { panic!("{checked:?}") };
    assert_eq!((&found.key, found.first_seq, found.rows), (&segment.staged.unwrap().key, Seq(0), 4));
    assert!(!checked.is_sound());
}
