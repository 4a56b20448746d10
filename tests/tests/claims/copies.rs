//! An older copy of the ledger, taken at any step of a batch, takes the place of the ledger.

use audit_core::LedgerRefusal;
use audit_tests::acme::{ORG, acme, all_events, event, events, start};
use audit_tests::api::Api;
use audit_tests::lost::{copied, kinds, lose_ledger, restore};
use audit_tests::outside::look;
use audit_tests::steps::{STOPS, Stop, pass_until};

use crate::ledger::{assert_stops, problems};

/// H-3: within a batch the older ledger knows the claim of the batch, and only the claim that the batch is published
/// tells it from the living one.
#[tokio::test]
async fn an_older_copy_of_the_ledger_within_a_batch_is_refused_by_readers_and_workers() {
    for stop in STOPS {
        let (stack, api) = start().await;
        let recorded = api.record(ORG, &events(3, 4, 0)).await;
        pass_until(&stack, stop).await;
        let older = copied(&stack).await;
        api.archive().await;
        let before = all_events(&api).await;
        assert_eq!((before.len(), kinds(&stack, &acme()).await.as_str()), (12, "bp"));
        // Hot rows that a refused worker would number a second time.
        api.record(ORG, &[event("2026-01-01T00:00:00Z", 900)]).await;

        restore(&stack, &acme(), &older).await;
        let fresh = Api::of_another_instance(&stack);
        let refusal = match stop {
            Stop::Staged => Some((LedgerRefusal::Missing, "ledger-missing")),
            Stop::Committed | Stop::Claimed | Stop::PartlyCopied | Stop::Copied => {
                Some((LedgerRefusal::Behind, "ledger-behind"))
            }
            // It counts every claim, so nothing was decided that it does not know.
            _ => None,
        };
        match refusal {
            Some((refusal, problem)) => {
                assert_stops(&stack, &stack.compactor(), refusal).await;
                assert_eq!(problems(&fresh, &recorded[0].0).await, [problem; 4], "{stop:?}");
            }
            None => {
                assert_eq!(all_events(&fresh).await.len(), 13, "{stop:?}");
                stack.compactor().pass(&acme(), true, None).await.unwrap();
                assert_eq!(look(&stack, &acme()).await.archived.len(), 13, "{stop:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_lost_ledger_table_is_503_and_numbers_no_row() {
    let (stack, api) = start().await;
    let recorded = api.record(ORG, &events(3, 4, 0)).await;
    api.archive().await;
    api.record(ORG, &[event("2026-01-01T00:00:00Z", 900)]).await;
    lose_ledger(&stack, &acme()).await;
    assert_stops(&stack, &stack.compactor(), LedgerRefusal::Missing).await;
    for api in [&api, &Api::of_another_instance(&stack)] {
        assert_eq!(problems(api, &recorded[0].0).await, ["ledger-missing"; 4]);
    }
    // Recording continues, and other orgs are archived.
    api.provision("other").await;
    api.record("other", &events(1, 3, 0)).await;
    api.record(ORG, &[event("2026-01-01T00:00:01Z", 901)]).await;
    assert_eq!(stack.compactor().pass(&audit_tests::org("other"), true, None).await.unwrap().rows, 3);
}

#[tokio::test]
async fn an_older_copy_of_the_ledger_between_batches_is_refused() {
    let (stack, api) = start().await;
    let recorded = api.record(ORG, &events(3, 4, 0)).await;
    api.archive().await;
    let older = copied(&stack).await;
    api.record(ORG, &events(2, 4, 100)).await;
    api.archive().await;
    restore(&stack, &acme(), &older).await;
    api.record(ORG, &[event("2026-01-01T00:00:00Z", 900)]).await;
    assert_stops(&stack, &stack.compactor(), LedgerRefusal::Behind).await;
    let fresh = Api::of_another_instance(&stack);
    assert_eq!(problems(&fresh, &recorded[0].0).await, ["ledger-behind"; 4]);
}
