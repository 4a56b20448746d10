//! A reader that caches what it read of a ledger, while the ledger is lost and rebuilt.

use audit_tests::acme::{ORG, acme, all_events, events, start};
use audit_tests::api::Api;
use audit_tests::lost::{lose_ledger, rebuilder};
use audit_tests::walk::Search;

/// I-1. A reader does not return what it cached while there was no ledger.
#[tokio::test]
async fn a_reader_that_saw_a_lost_ledger_finds_everything_once_it_is_rebuilt() {
    let (stack, api) = start().await;
    api.record(ORG, &events(40, 3, 0)).await;
    api.archive().await;
    let before = all_events(&api).await;
    // It has read all batches, and the last year.
    let newer = Api::of_another_instance(&stack);
    assert_eq!(Search::new(ORG, "from=2012-05-01T00:00:00Z").walk(&newer, 1_000).await.len(), 12 * 3);

    lose_ledger(&stack, &acme()).await;
    for reader in [&api, &newer] {
        let answer = reader.get(&format!("/v1/orgs/{ORG}/events")).await;
        assert_eq!(answer.problem(), "ledger-missing", "without a ledger no reader finds the archive");
    }

    rebuilder(&stack).org(&acme()).await.unwrap();
    for reader in [&api, &newer] {
        assert!(all_events(reader).await == before);
    }
}
