//! Step 7: the tree of the published rows is signed, once a size, and never anything else.

use std::time::Duration;

use audit_compact::{CompactError, Compactor};
use audit_core::{Checkpoint, Head, Invariant, LedgerRefusal, Sha256};
use audit_segments::keys;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, assert_tiers, event, events, start};
use audit_tests::faults::{Fault, FaultLayer, Refusal};
use audit_tests::log::{key_pair, log_id, put, signed, sizes, verifier};
use audit_tests::lost::{copied, restore};
use audit_tests::outside::look;
use audit_tests::steps::{STOPS, Stop, pass_until};
use ring::signature::Ed25519KeyPair;
use tokio::time::Instant;

async fn head(stack: &TestStack) -> Head {
    stack.tables().ledger.head(&acme()).await.unwrap()
}

/// The checkpoint of the newest published row.
async fn newest(stack: &TestStack) -> Option<String> {
    let head = head(stack).await;
    stack.archive().checkpoint(&acme(), head.log_id.unwrap(), head.frontier.size()).await.unwrap()
}

/// A worker that signs nothing.
fn unsigning(stack: &TestStack) -> Compactor {
    Compactor::new(stack.tables().clone(), stack.archive().clone(), stack.clock.clone(), None)
}

fn signing(stack: &TestStack, layer: &FaultLayer) -> Compactor {
    unsigning(stack).signing(layer.signer(stack))
}

fn sent(layer: &FaultLayer) -> Vec<&'static str> {
    layer.calls().into_iter().map(|call| call.name()).collect()
}

#[tokio::test]
async fn a_pass_signs_the_tree_of_its_rows_once() {
    let (stack, api) = start().await;
    let layer = FaultLayer::default();
    let worker = signing(&stack, &layer);
    worker.pass(&acme(), true, None).await.unwrap();
    assert!(sent(&layer).is_empty(), "an org without rows has no tree");
    api.record(ORG, &events(3, 4, 0)).await;
    worker.pass(&acme(), true, None).await.unwrap();
    let (head, note) = (head(&stack).await, newest(&stack).await.unwrap());
    let checkpoint = Checkpoint::open(&note, &verifier(&key_pair(&stack))).unwrap();
    let origin = format!("localhost/log/{}", head.log_id.unwrap());
    assert_eq!(checkpoint, Checkpoint { origin, size: 12, root: head.frontier.root() });
    assert_eq!(stack.archive().log_keys().await.unwrap(), [verifier(&key_pair(&stack)).to_string()]);
    worker.pass(&acme(), true, None).await.unwrap();
    assert_eq!(sent(&layer), ["GetPublicKey", "Sign"], "the same tree is not signed again");
    api.record(ORG, &events(3, 4, 1_000)).await;
    worker.pass(&acme(), true, None).await.unwrap();
    assert_eq!((sent(&layer).len(), sizes(&stack).await), (3, vec![12, 24]));
    look(&stack, &acme()).await;
}

#[tokio::test]
async fn a_kms_that_is_silent_or_refuses_delays_proofs_and_no_pass() {
    for operation in ["GetPublicKey", "Sign"] {
        for fault in [Fault::Silent, Fault::Refused(Refusal::Failed), Fault::Refused(Refusal::Throttled)] {
            let (stack, api) = start().await;
            stack.clock.set("2026-11-23T00:10:00Z");
            api.record(ORG, &[event("2026-11-22T10:00:00Z", 1)]).await;
            let layer = FaultLayer::with_every(operation, "", fault);
            let (worker, begun) = (signing(&stack, &layer), Instant::now());
            assert_eq!(worker.pass(&acme(), false, None).await.unwrap().rows, 1, "{operation} {fault:?}");
            assert!(begun.elapsed() < Duration::from_secs(10), "{operation} {fault:?}: {:?}", begun.elapsed());
            assert_tiers(&stack, 1, 0).await;
            assert_eq!(newest(&stack).await, None, "{operation} {fault:?}");
            // Other orgs do not wait for the same failure.
            let requests = sent(&layer).len();
            worker.pass(&acme(), true, None).await.unwrap();
            assert_eq!(sent(&layer).len(), requests, "{operation} {fault:?}");
            look(&stack, &acme()).await;
            // The day is not over before its tree is signed, though no row waits.
            stack.compactor().pass(&acme(), false, None).await.unwrap();
            assert!(newest(&stack).await.is_some(), "{operation} {fault:?}");
            let noted = head(&stack).await;
            stack.compactor().pass(&acme(), false, None).await.unwrap();
            assert!(noted.daily.is_some() && head(&stack).await == noted, "{operation} {fault:?}");
            look(&stack, &acme()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_of_two_processes_sign_one_root_of_each_size() {
    let (stack, api) = start().await;
    for round in 0..4 {
        api.record(ORG, &events(5, 6, round * 100)).await;
        let passes: Vec<_> = (0..4)
            .map(|_| {
                let worker = signing(&stack, &FaultLayer::default());
                tokio::spawn(async move { worker.pass(&acme(), true, None).await.map(|_| ()) })
            })
            .collect();
        for pass in passes {
            pass.await.unwrap().unwrap();
        }
        assert!(newest(&stack).await.is_some());
        // Compares every checkpoint with the tree of its claim.
        look(&stack, &acme()).await;
    }
    assert_tiers(&stack, 120, 0).await;
}

#[tokio::test]
async fn only_what_is_published_and_stored_as_tiles_is_signed() {
    for stop in STOPS.into_iter().filter(|stop| *stop > Stop::Staged) {
        let (stack, api) = start().await;
        api.record(ORG, &events(2, 5, 0)).await;
        unsigning(&stack).pass(&acme(), true, None).await.unwrap();
        api.record(ORG, &events(3, 4, 1_000)).await;
        pass_until(&stack, stop).await;
        let signed = stack.compactor().checkpoint(&acme(), &head(&stack).await).await;
        let expected: &[u64] = match stop {
            Stop::Published | Stop::PublishedClaimed => {
                assert!(matches!(signed, Err(CompactError::Segment(_))), "{stop:?}: {signed:?}");
                &[]
            }
            Stop::Tiled | Stop::PartlyDeleted | Stop::Deleted => &[22],
            _ => {
                assert!(matches!(signed, Ok(false)), "{stop:?}: {signed:?}");
                &[]
            }
        };
        assert_eq!(sizes(&stack).await, expected, "{stop:?}");
        stack.compactor().pass(&acme(), true, None).await.unwrap();
        assert_eq!(sizes(&stack).await, [22], "{stop:?}");
        look(&stack, &acme()).await;
    }
}

#[tokio::test]
async fn a_head_that_was_read_before_its_batch_became_void_signs_nothing() {
    let (stack, api) = start().await;
    api.record(ORG, &events(3, 4, 0)).await;
    pass_until(&stack, Stop::Claimed).await;
    let read = head(&stack).await;
    std::fs::remove_dir_all(stack.folder().join("s3/audit-staging/staging")).unwrap();
    unsigning(&stack).pass(&acme(), true, None).await.unwrap();
    assert!(matches!(stack.compactor().checkpoint(&acme(), &read).await, Ok(false)));
    assert!(sizes(&stack).await.is_empty());
    look(&stack, &acme()).await;
}

#[tokio::test]
async fn an_older_ledger_that_was_restored_signs_nothing() {
    let (stack, api) = start().await;
    api.record(ORG, &events(3, 4, 0)).await;
    unsigning(&stack).pass(&acme(), true, None).await.unwrap();
    let older = copied(&stack).await;
    api.record(ORG, &events(3, 4, 1_000)).await;
    unsigning(&stack).pass(&acme(), true, None).await.unwrap();
    restore(&stack, &acme(), &older).await;
    let refused = stack.compactor().checkpoint(&acme(), &head(&stack).await).await;
    assert!(matches!(refused, Err(CompactError::Refused(LedgerRefusal::Behind))), "{refused:?}");
    assert!(stack.compactor().pass(&acme(), true, None).await.is_err());
    assert!(sizes(&stack).await.is_empty());
}

#[tokio::test]
async fn a_second_key_may_sign_the_same_tree_and_no_key_another_one() {
    let other_key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    for (name, is_own) in [("the tree", true), ("another root", false), ("another log", false)] {
        let (stack, api) = start().await;
        api.record(ORG, &events(3, 4, 0)).await;
        unsigning(&stack).pass(&acme(), true, None).await.unwrap();
        let (head, log_id) = (head(&stack).await, log_id(&stack).await);
        let mut checkpoint = Checkpoint::new("localhost/log", log_id, &head.frontier);
        match name {
            "another root" => checkpoint.root = Sha256::of(b"another"),
            "another log" => checkpoint.origin = format!("localhost/log/{}", "ab".repeat(16)),
            _ => {}
        }
        let note = signed(&other_key, &checkpoint);
        put(&stack, &keys::checkpoint(&acme(), log_id, 12), note.clone()).await;
        match (stack.compactor().checkpoint(&acme(), &head).await, is_own) {
            (Ok(true), true) => {}
            (Err(CompactError::Invariant(violation)), false) => {
                assert_eq!(violation.invariant, Invariant::SignedIfPublished, "{name}");
            }
            (other, _) => panic!("{name}: {other:?}"),
        }
        assert_eq!(newest(&stack).await, Some(note), "{name} is overwritten");
    }
}
