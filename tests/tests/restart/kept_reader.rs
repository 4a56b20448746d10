//! A reader that keeps what it read of a ledger, while the ledger is lost and made again.

use audit_recovery::rebuild::rebuild;
use audit_tests::api::Api;
use audit_tests::lost::lose_ledger;
use audit_tests::walk::Search;

use crate::held::{ORG, acme, events, held, start};

/// I-1. What it saw while there was no ledger is not what it sees after.
#[tokio::test]
async fn a_reader_that_saw_a_lost_ledger_finds_everything_once_it_is_rebuilt() {
    let (stack, api) = start().await;
    let tables = stack.tables();
    api.record(ORG, &events(40, 3, 0)).await;
    api.archive().await;
    let before = held(&api).await;
    // It knows of all batches, and has looked at one of two months.
    let newer = Api::of_another_instance(&stack);
    assert_eq!(Search::new(ORG, "from=2026-02-01T00:00:00Z").walk(&newer, 1_000).await.len(), 12 * 3);

    lose_ledger(&stack, &acme()).await;
    for reader in [&api, &newer] {
        assert_eq!(held(reader).await, [], "without a ledger nobody knows of the archive");
    }

    rebuild(tables, stack.archive(), &acme(), false).await.unwrap();
    for reader in [&api, &newer] {
        assert!(held(reader).await == before);
    }
}
