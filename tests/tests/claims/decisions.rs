//! A decision is written to the ledger, then claimed, and only then has its effect.

use audit_compact::{CompactError, Compactor};
use audit_core::SealedClaim;
use audit_segments::ClaimPut;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, all_events, assert_tiers, event, events, start};
use audit_tests::api::Api;
use audit_tests::faults::{Fault, FaultLayer, Refusal};
use audit_tests::lost::{kinds, lose_ledger, rebuilder};
use audit_tests::outside::look;
use audit_tests::steps::{Stop, pass_until};

use crate::ledger::problems;

fn worker(stack: &TestStack, layer: &FaultLayer) -> Compactor {
    let (tables, archive) = layer.clients(stack);
    Compactor::new(tables, archive, stack.clock.clone(), None)
}

/// The objects that readers of the archive see without the ledger.
fn objects(stack: &TestStack) -> usize {
    std::fs::read_dir(stack.archive_folder()).map_or(0, Iterator::count)
}

#[tokio::test]
async fn no_segment_is_copied_before_its_batch_is_claimed_and_no_row_deleted_before_that_is_claimed_as_published() {
    for (kind, copied) in [(r#""batch""#, false), (r#""published""#, true)] {
        for fault in [Fault::Refused(Refusal::Broken), Fault::Late] {
            let (stack, api) = start().await;
            api.record(ORG, &events(3, 4, 0)).await;
            let layer = FaultLayer::with_every("PutObject", kind, fault);
            assert!(worker(&stack, &layer).pass(&acme(), true, None).await.is_err(), "{kind}");
            assert_eq!(objects(&stack) > 0, copied, "{kind}");
            assert_eq!(stack.tables().events.waiting(&acme(), 100).await.unwrap(), 12, "{kind}: a row is deleted");
            assert_eq!(all_events(&Api::of_another_instance(&stack)).await.len(), 12, "{kind}");
            look(&stack, &acme()).await;
            // Another worker puts the claim. The late one changes nothing any more.
            assert_eq!(stack.compactor().pass(&acme(), true, None).await.unwrap().recovered_batches, 1);
            layer.land().await;
            assert_tiers(&stack, 12, 0).await;
            look(&stack, &acme()).await;
            assert_eq!(kinds(&stack, &acme()).await, "bp");
        }
    }
}

#[tokio::test]
async fn another_claim_under_the_number_stops_the_org_and_is_never_overwritten() {
    for (stop, number) in [(Stop::Committed, 0), (Stop::Published, 1)] {
        let (stack, api) = start().await;
        let recorded = api.record(ORG, &events(3, 4, 0)).await;
        pass_until(&stack, stop).await;
        // A worker of another ledger was first.
        let other = SealedClaim { number, bytes: b"{}".to_vec() };
        assert_eq!(stack.archive().put_claim(&acme(), &other).await.unwrap(), ClaimPut::Claimed);
        let before = objects(&stack);
        for _ in ["this pass", "the next one"] {
            let stopped = stack.compactor().pass(&acme(), true, None).await.unwrap_err();
            assert!(stopped.is_refusal(), "{stopped}");
            assert_eq!(stack.tables().events.waiting(&acme(), 100).await.unwrap(), 12, "a row is deleted");
            assert_eq!(objects(&stack), before, "a segment is copied");
        }
        let head = stack.tables().ledger.head(&acme()).await.unwrap();
        let put = stack.compactor().claim(&acme(), &head).await.unwrap_err();
        assert!(matches!(put, CompactError::Forked(forked) if forked == number), "{put}");
        assert_eq!(stack.archive().claim(&acme(), number).await.unwrap().as_ref(), b"{}");
        let reader = Api::of_another_instance(&stack);
        let expected = ["ledger-foreign", "ledger-foreign", "", "ledger-foreign"];
        assert_eq!(problems(&reader, &recorded[0].0).await, expected, "a hot event is found by its id");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_of_two_processes_put_one_chain() {
    let (stack, api) = start().await;
    for round in 0..4 {
        api.record(ORG, &events(5, 6, round * 100)).await;
        let passes: Vec<_> = (0..4)
            .map(|_| {
                let worker = worker(&stack, &FaultLayer::default());
                tokio::spawn(async move { worker.pass(&acme(), true, None).await })
            })
            .collect();
        for pass in passes {
            pass.await.unwrap().unwrap();
        }
    }
    assert_tiers(&stack, 120, 0).await;
    look(&stack, &acme()).await;
    let kinds = kinds(&stack, &acme()).await;
    assert_eq!(kinds.replace("bp", ""), "", "{kinds}");
}

#[tokio::test]
async fn a_rebuilt_ledger_continues_the_chain_and_its_log() {
    let (stack, api) = start().await;
    api.record(ORG, &events(3, 4, 0)).await;
    api.archive().await;
    let before = stack.tables().ledger.head(&acme()).await.unwrap();
    lose_ledger(&stack, &acme()).await;
    rebuilder(&stack).org(&acme()).await.unwrap();
    api.record(ORG, &[event("2026-01-01T00:00:00Z", 900)]).await;
    api.archive().await;
    let after = stack.tables().ledger.head(&acme()).await.unwrap();
    assert_eq!((after.log_id, after.generation(), after.claims), (before.log_id, 1, 5));
    assert_eq!(kinds(&stack, &acme()).await, "bprbp");
    assert_eq!(all_events(&api).await.len(), 13);
    look(&stack, &acme()).await;
}
