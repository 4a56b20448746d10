//! The log of an org whose ledger is rebuilt: it continues, with the tree that the claims state.

use audit_tests::acme::{ORG, acme, all_events, events, start};
use audit_tests::log::{folder, leaves, log_id, sizes};
use audit_tests::lost::lose_ledger;
use audit_tests::steps::{STOPS, Stop, pass_until};

use crate::restore::*;

#[tokio::test]
async fn a_log_continues_after_its_ledger_was_lost_anywhere_in_a_batch() {
    for stop in STOPS {
        let (stack, api) = start().await;
        api.record(ORG, &events(12, 5, 0)).await;
        api.archive().await;
        let log = log_id(&stack).await;
        api.record(ORG, &events(10, 20, 1_000)).await;
        pass_until(&stack, stop).await;
        lose_ledger(&stack, &acme()).await;
        assert_eq!(rebuilt(&stack).await.unwrap().without_tiles, None, "{stop:?}");
        api.archive().await;
        api.record(ORG, &events(3, 1, 5_000)).await;
        api.archive().await;
        assert_eq!(log_id(&stack).await, log, "{stop:?}");
        assert_eq!(sizes(&stack).await, [60, 260, 263], "{stop:?}");
        let head = ledger(&stack).await.head.unwrap();
        let mut tree = audit_core::Frontier::default();
        leaves(&stack).await.into_iter().for_each(|leaf| tree.push(leaf));
        assert_eq!(head.frontier, tree, "{stop:?}");
        checked(&stack).await;
    }
}

#[tokio::test]
async fn the_tiles_of_a_batch_that_lost_an_object_are_written_when_the_object_is_back() {
    let (stack, api) = start().await;
    api.record(ORG, &events(3, 4, 0)).await;
    let before = all_events(&api).await;
    pass_until(&stack, Stop::PublishedClaimed).await;
    let file = stack.folder().join("s3/audit-archive").join(&ledger(&stack).await.segments[1].key);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    std::fs::remove_dir_all(stack.folder().join("s3/audit-staging/staging")).unwrap();
    lose_ledger(&stack, &acme()).await;
    let reason = rebuilt(&stack).await.unwrap().without_tiles.unwrap();
    assert!(reason.contains("is missing"), "{reason}");
    assert!(!folder(&stack).await.exists());
    std::fs::write(&file, bytes).unwrap();
    let again = rebuilt(&stack).await.unwrap();
    assert_eq!((again.generation, again.without_tiles), (None, None));
    assert!(folder(&stack).await.join("tile/0/000.p/12").exists());
    assert_restored(stack, &before, 0).await;
}
