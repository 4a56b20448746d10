//! Tiles and checkpoints: each one that is missing, altered or not claimed is found.

use audit_core::{Checkpoint, Sha256};
use audit_recovery::RebuildError;
use audit_recovery::Refusal;
use audit_segments::keys;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, events_of_days, start};
use audit_tests::log::{folder, key_pair, log_id, put, signed, sizes};
use audit_tests::lost::{lose_ledger, rebuilder};
use ring::signature::Ed25519KeyPair;

use crate::{checked, numbers};

/// T-2 and T-4.
const SIGNED: u8 = 102;
const UNCHANGED: u8 = 104;

/// An org with checkpoints of 200 and 300 rows.
async fn two_checkpoints() -> TestStack {
    let (stack, api) = start().await;
    for (rows, key) in [(200, 0), (100, 1_000)] {
        api.record(ORG, &events_of_days(1, rows, key)).await;
        api.archive().await;
    }
    assert_eq!(sizes(&stack).await, [200, 300]);
    assert!(checked(&stack).await.is_sound());
    stack
}

#[tokio::test]
async fn a_missing_or_altered_tile_is_found_those_of_earlier_checkpoints_included() {
    let stack = two_checkpoints().await;
    for tile in ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/0/000.p/200"] {
        let file = folder(&stack).await.join(tile);
        let bytes = std::fs::read(&file).unwrap();
        let mut altered = bytes.clone();
        altered[5] ^= 1;
        for found in [None, Some(altered)] {
            match &found {
                None => std::fs::remove_file(&file).unwrap(),
                Some(altered) => std::fs::write(&file, altered).unwrap(),
            }
            assert_eq!(numbers(&checked(&stack).await), [UNCHANGED], "{tile} {}", found.is_some());
            std::fs::write(&file, &bytes).unwrap();
        }
    }
    assert!(checked(&stack).await.is_sound());
}

#[tokio::test]
async fn a_checkpoint_that_is_not_that_of_a_published_batch_is_found_and_stops_a_rebuild() {
    let stack = two_checkpoints().await;
    let log_id = log_id(&stack).await;
    let note = stack.archive().checkpoint(&acme(), log_id, 300).await.unwrap().unwrap();
    let own = Checkpoint::open_unverified(&note).unwrap();
    let own_key = key_pair(&stack);
    let other_key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let other_log = format!("localhost/log/{}", "ab".repeat(16));
    for (what, at, note) in [
        ("another root", 300, signed(&own_key, &Checkpoint { root: Sha256::of(b""), ..own.clone() })),
        ("another size", 250, signed(&own_key, &Checkpoint { size: 250, ..own.clone() })),
        ("the size of another key", 250, signed(&own_key, &own)),
        ("another log", 300, signed(&own_key, &Checkpoint { origin: other_log, ..own.clone() })),
        ("an unknown key", 300, signed(&other_key, &own)),
        ("no note", 300, "none".to_owned()),
    ] {
        put(&stack, &keys::checkpoint(&acme(), log_id, at), note).await;
        assert_eq!(numbers(&checked(&stack).await), [SIGNED], "{what}");
        if what == "another size" {
            let before = stack.tables().ledger.whole(&acme()).await.unwrap();
            lose_ledger(&stack, &acme()).await;
            let refused = rebuilder(&stack).org(&acme()).await.unwrap_err();
            assert!(matches!(refused, RebuildError::Refused(Refusal::Signed(_))), "{refused}");
            assert_eq!(stack.archive().claim_numbers(&acme()).await.unwrap().len(), before.claims.len(), "{what}");
            std::fs::remove_file(stack.folder().join("s3/audit-archive").join(keys::checkpoint(&acme(), log_id, at)))
                .unwrap();
            rebuilder(&stack).org(&acme()).await.unwrap();
        } else if at == 250 {
            std::fs::remove_file(stack.folder().join("s3/audit-archive").join(keys::checkpoint(&acme(), log_id, at)))
                .unwrap();
        } else {
            put(&stack, &keys::checkpoint(&acme(), log_id, at), signed(&own_key, &own)).await;
        }
        assert!(checked(&stack).await.is_sound(), "{what}");
    }
}
