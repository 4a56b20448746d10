//! A ledger that is lost within a merge, or goes back to before one.

use audit_core::Decision;
use audit_tests::TestStack;
use audit_tests::acme::{acme, all_events, start};
use audit_tests::api::Api;
use audit_tests::exact::ExactEvent;
use audit_tests::lost::{copied, kinds, lose_ledger, restore};
use audit_tests::merges::{STOPS, Stop, merge_until, pass_until_merged, small_segments};

use crate::restore::{checked, claims, expire_staged, ledger, rebuilt};

/// Asserts that queries return what they returned before, that the ledger is what the claims say, and that passes end the
/// merge and begin others, without which nothing that readers see changes.
async fn assert_continued(stack: TestStack, before: &[ExactEvent], segments: usize, when: &str) {
    // New instances: the old ones have seen a ledger that was lost.
    let stack = stack.restart().await;
    assert!(all_events(&Api::of(&stack)).await == before, "{when}");
    checked(&stack).await;
    assert_eq!(ledger(&stack).await.claims, claims(&stack).await, "{when}");
    assert_eq!(rebuilt(&stack).await.unwrap().generation, None, "{when}");
    pass_until_merged(&stack, &acme()).await;
    assert!(all_events(&Api::of(&stack)).await == before, "{when}");
    let found = checked(&stack).await;
    assert_eq!((found.segments, found.archived.len()), (segments, before.len()), "{when}");
    assert_eq!(stack.archive().published_keys(&acme()).await.unwrap().len(), segments, "{when}: no object remains");
}

#[tokio::test]
async fn a_merge_whose_targets_exist_or_are_staged_is_switched() {
    for stop in STOPS {
        let (stack, api) = start().await;
        small_segments(&stack, &api, &acme(), 3).await;
        let before = all_events(&api).await;
        merge_until(&stack, &acme(), stop).await;
        lose_ledger(&stack, &acme()).await;
        let rebuilt = rebuilt(&stack).await.unwrap();
        let (settled, chain) = match stop {
            // It was not claimed, so nothing of it was copied.
            Stop::Staged | Stop::Decided => (None, "bpbpbpr"),
            // Nor was the switch, so no source was deleted.
            Stop::Claimed | Stop::Copied | Stop::Switched => (Some(Decision::Switched(1)), "bpbpbpmrs"),
            Stop::SwitchedClaimed | Stop::PartlyDeleted | Stop::Deleted | Stop::PartlyDropped | Stop::Dropped => {
                (None, "bpbpbpmsr")
            }
        };
        assert_eq!((rebuilt.settled, kinds(&stack, &acme()).await.as_str()), (settled, chain), "{stop:?}");
        assert_eq!((rebuilt.copied, rebuilt.missing.len()), (0, 0), "{stop:?}");
        assert_continued(stack, &before, 2, &format!("{stop:?}")).await;
    }
}

#[tokio::test]
async fn a_merge_without_a_target_is_abandoned_and_its_number_is_not_used_again() {
    let (stack, api) = start().await;
    small_segments(&stack, &api, &acme(), 3).await;
    let before = all_events(&api).await;
    merge_until(&stack, &acme(), Stop::Claimed).await;
    expire_staged(&stack);
    lose_ledger(&stack, &acme()).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!(rebuilt.settled, Some(Decision::Abandoned(1)));
    assert_eq!(kinds(&stack, &acme()).await, "bpbpbpmra");
    let head = ledger(&stack).await.head.unwrap();
    assert_eq!((head.merges, head.merged, head.merge.map(|merge| merge.number)), (1, 0, Some(1)));
    assert_continued(stack, &before, 2, "without a target").await;
}

/// H-4, H-5: a ledger as it was within or before a merge lists deleted sources. It is refused, and rebuilt to the merge.
#[tokio::test]
async fn a_ledger_as_it_was_before_the_end_of_a_merge_is_rebuilt_to_what_was_merged() {
    for stop in STOPS {
        let (stack, api) = start().await;
        small_segments(&stack, &api, &acme(), 2).await;
        let before = all_events(&api).await;
        merge_until(&stack, &acme(), stop).await;
        let older = copied(&stack).await;
        pass_until_merged(&stack, &acme()).await;
        let chain = kinds(&stack, &acme()).await;
        assert_eq!(chain, "bpbpmsms");
        restore(&stack, &acme(), &older).await;
        let rebuilt = rebuilt(&stack).await.unwrap();
        assert_eq!((rebuilt.settled, rebuilt.missing.len(), rebuilt.segments), (None, 0, 2), "{stop:?}");
        assert_eq!(kinds(&stack, &acme()).await, format!("{chain}r"), "{stop:?}");
        assert_continued(stack, &before, 2, &format!("{stop:?}")).await;
    }
}

/// A merge that is open agrees with its claims at every step, whatever of it was deleted.
#[tokio::test]
async fn a_ledger_within_a_merge_agrees_with_its_claims() {
    for stop in STOPS {
        let (stack, api) = start().await;
        small_segments(&stack, &api, &acme(), 2).await;
        merge_until(&stack, &acme(), stop).await;
        assert_eq!(rebuilt(&stack).await.unwrap().generation, None, "{stop:?}");
        checked(&stack).await;
    }
}
