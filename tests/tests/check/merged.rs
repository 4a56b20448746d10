//! Damage in a ledger with merges.

use audit_core::{Head, SegmentRecord};
use audit_tables::{LedgerItem, Written};
use audit_tests::TestStack;
use audit_tests::acme::{acme, start};
use audit_tests::api::Api;
use audit_tests::lost::rebuilder;
use audit_tests::merges::{STOPS, Stop, merge_until, pass_until_merged, small_segments};

use crate::{checked, numbers};

async fn merged() -> (TestStack, Api, Vec<SegmentRecord>) {
    let (stack, api) = start().await;
    small_segments(&stack, &api, &acme(), 2).await;
    let sources = stack.tables().ledger.whole(&acme()).await.unwrap().segments;
    pass_until_merged(&stack, &acme()).await;
    assert!(checked(&stack).await.is_sound());
    (stack, api, sources)
}

#[tokio::test]
async fn nothing_is_found_at_any_step_of_a_merge() {
    for stop in STOPS {
        let (stack, api) = start().await;
        small_segments(&stack, &api, &acme(), 2).await;
        merge_until(&stack, &acme(), stop).await;
        let found = checked(&stack).await;
        assert!(found.is_sound(), "{stop:?}: {found:?}");
        assert_eq!(found.archived.len(), 160, "{stop:?}");
    }
}

#[tokio::test]
async fn a_source_that_is_listed_again_and_a_merge_that_is_not_are_found() {
    let (stack, _, sources) = merged().await;
    let (table, ledger) = (&stack.tables().ledger, stack.tables().ledger.whole(&acme()).await.unwrap());
    let head = ledger.head.clone().unwrap();
    let put = async |item: LedgerItem<'_>| table.put_under(&acme(), &head, &[item]).await.unwrap();
    put(LedgerItem::Segment(&sources[0])).await;
    // It is also not stored any more: I-3.
    assert_eq!(numbers(&checked(&stack).await), [3, 4, 10]);
    table.drop_segments(&acme(), &head, &[sources[0].name()]).await.unwrap();
    assert!(checked(&stack).await.is_sound());

    let mut other = ledger.merges[0].clone();
    other.targets.clear();
    put(LedgerItem::Merge(&other)).await;
    assert_eq!(numbers(&checked(&stack).await), [4, 10]);
    put(LedgerItem::Merge(&ledger.merges[0])).await;
    table.drop_merge(&acme(), &head, &ledger.merges[0]).await.unwrap();
    // No item lists the object of the target.
    assert_eq!(numbers(&checked(&stack).await), [4, 5, 10]);
    assert_eq!(rebuilder(&stack).org(&acme()).await.unwrap().generation, Some(1));
    assert!(checked(&stack).await.is_sound());
}

#[tokio::test]
async fn a_head_that_shows_other_merges_than_those_that_were_claimed_is_found() {
    let (stack, ..) = merged().await;
    let table = &stack.tables().ledger;
    let head = table.head(&acme()).await.unwrap();
    for (merges, merged) in [(2, 1), (2, 0), (3, 2)] {
        let read = table.head(&acme()).await.unwrap();
        let next = Head { version: read.version + 1, merges, merged, ..head.clone() };
        assert_eq!(table.replace_head(&acme(), &read, &next).await.unwrap(), Written::Applied);
        let found = numbers(&checked(&stack).await);
        // With another number of merges, readers see the same rows.
        assert_eq!(found, if merged == 2 { vec![10] } else { vec![4, 10] }, "{merges} {merged}");
    }
}

/// Sources of a switched merge whose items were deleted too early, or targets that were not listed.
#[tokio::test]
async fn a_segment_that_is_missing_from_an_open_merge_is_found() {
    for (stop, of_targets) in [(Stop::Decided, false), (Stop::Decided, true), (Stop::Switched, true)] {
        let (stack, api) = start().await;
        small_segments(&stack, &api, &acme(), 2).await;
        let staged = merge_until(&stack, &acme(), stop).await;
        let table = &stack.tables().ledger;
        let head = table.head(&acme()).await.unwrap();
        let segments = if of_targets { &staged.targets } else { &staged.sources };
        table.drop_segments(&acme(), &head, &[segments[0].name()]).await.unwrap();
        let found = numbers(&checked(&stack).await);
        assert!(found.contains(&10), "{stop:?}: {found:?}");
        assert_eq!(found.contains(&4), !(stop == Stop::Decided && of_targets), "{stop:?}: {found:?}");
    }
}
