//! Rebuilds beside each other, and beside passes.

use std::time::Duration;

use audit_compact::CompactError;
use audit_recovery::RebuildError;
use audit_tests::acme::{ORG, acme, all_events, events};
use audit_tests::api::Api;
use audit_tests::lost::{kinds, lose_ledger, rebuilder};

use crate::restore::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_rebuilds_that_run_at_once_the_ledger_of_the_newest_claim_is_used() {
    for wait in [0, 1, 40] {
        let (stack, api) = two_batches().await;
        let before = all_events(&api).await;
        lose_ledger(&stack, &acme()).await;
        let rebuilds: Vec<_> = (0..4)
            .map(|_| {
                let rebuilder = rebuilder(&stack).waiting(Duration::from_millis(wait));
                tokio::spawn(async move { rebuilder.org(&acme()).await })
            })
            .collect();
        let mut written = Vec::new();
        for rebuild in rebuilds {
            match rebuild.await.unwrap() {
                Ok(rebuilt) => written.extend(rebuilt.generation),
                Err(RebuildError::Busy) => {}
                Err(error) => panic!("{error}"),
            }
        }
        // It is the one of the newest claim, or none is accepted; then running it again finishes.
        rebuilt(&stack).await.unwrap();
        let generations = kinds(&stack, &acme()).await.matches('r').count() as u64;
        let head = ledger(&stack).await.head.unwrap();
        assert_eq!(head.generation(), generations, "{written:?}");
        assert_restored(stack, &before, 0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passes_that_run_during_a_rebuild_neither_lose_nor_double_a_row() {
    let (stack, api) = two_batches().await;
    api.provision("other").await;
    for key in 0..4 {
        api.record("other", &events(3, 3, 100 * key)).await;
        api.record(ORG, &events(2, 3, 5_000 + 100 * key)).await;
    }
    let before = all_events(&api).await;
    lose_ledger(&stack, &acme()).await;
    let worker = stack.compactor();
    let passes = tokio::spawn(async move {
        let (mut rows, mut refused) = (0, 0);
        for _ in 0..40 {
            rows += worker.pass(&audit_tests::org("other"), true, None).await.unwrap().rows;
            match worker.pass(&acme(), true, None).await {
                Ok(_) => {}
                Err(CompactError::Refused(_)) => refused += 1,
                Err(error) => panic!("{error}"),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        (rows, refused)
    });
    rebuilder(&stack).waiting(Duration::from_millis(100)).org(&acme()).await.unwrap();
    let (rows, refused) = passes.await.unwrap();
    assert!(rows == 36 && refused > 0, "{rows} rows of the other org, {refused} refused passes");
    stack.compactor().pass(&acme(), true, None).await.unwrap();
    let checked = checked(&stack).await;
    assert_eq!((checked.hot.len(), checked.archived.len()), (0, before.len()));
    assert!(all_events(&Api::of_another_instance(&stack)).await == before);
}
