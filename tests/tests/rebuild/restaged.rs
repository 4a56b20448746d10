//! Segments that are missing are restored from staging, and nothing is invented.

use audit_core::Seq;
use audit_local::stack::table_names;
use audit_recovery::check;
use audit_recovery::{
    RebuildError,
    rebuild::{Refusal, rebuild},
};
use audit_segments::{BatchPlace, FullSegment, SegmentWriter};
use audit_tests::acme::{ORG, acme, all_events, events, hot_rows, start};
use audit_tests::lost::{lose_head, lose_ledger};
use aws_sdk_dynamodb::types::AttributeValue;

use crate::restore::*;

#[tokio::test]
async fn a_published_batch_without_its_end_is_made_whole_from_what_was_staged() {
    let (stack, api) = two_batches().await;
    let before = all_events(&api).await;
    lose_end(&stack).await;
    lose_ledger(&stack, &acme()).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.copied, rebuilt.batches, rebuilt.next_seq), (1, 2, Seq(260)));
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn a_published_batch_whose_end_is_nowhere_is_taken_without_it_only_when_told() {
    let (stack, _) = two_batches().await;
    lose_end(&stack).await;
    lose_ledger(&stack, &acme()).await;
    expire_staged(&stack);
    let Refusal::Incomplete { batch, not_hot } = refusal(&stack).await else { panic!("not seen") };
    assert_eq!((batch, not_hot), (Seq(60), 180));
    assert!(ledger(&stack).await.batches.is_empty(), "nothing was written");
    let without = replaced(&stack).await;
    assert_eq!((without.batches, without.next_seq, without.without_end), (2, Seq(240), Some(Seq(60))));
    checked(&stack).await;
}

#[tokio::test]
async fn the_last_object_of_a_sound_ledger_comes_back_while_it_is_staged() {
    let (stack, api) = two_batches().await;
    let before = all_events(&api).await;
    lose_end(&stack).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.copied, rebuilt.batches), (1, 0));
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn rows_that_a_replaced_ledger_alone_named_are_counted() {
    let (stack, _) = two_batches().await;
    let last = lose_end(&stack).await;
    expire_staged(&stack);
    let Refusal::Contradicted { from, lost, .. } = refusal(&stack).await else { panic!("not seen") };
    assert_eq!((from, lost), (Seq(60), last.rows));
    let without = replaced(&stack).await;
    assert_eq!((without.lost, without.without_end), (last.rows, Some(Seq(60))));
    checked(&stack).await;
}

#[tokio::test]
async fn a_batch_of_one_segment_comes_back_with_and_without_its_ledger() {
    for is_lost in [false, true] {
        let (stack, api) = start().await;
        for day in [0, 1, 2] {
            let day = events(3, 4, 0).split_off(4 * day);
            api.record(ORG, &day[..4]).await;
            api.archive().await;
        }
        let before = all_events(&api).await;
        let segments = ledger(&stack).await.segments;
        lose_object(&stack, segments.iter().find(|segment| segment.first_seq == Seq(4)).unwrap());
        if is_lost {
            lose_ledger(&stack, &acme()).await;
        }
        let rebuilt = rebuilt(&stack).await.unwrap();
        assert_eq!((rebuilt.copied, rebuilt.next_seq), (1, Seq(12)), "{is_lost}");
        assert_restored(stack, &before, 0).await;
    }
}

#[tokio::test]
async fn a_last_batch_that_exists_only_in_staging_is_reported_and_comes_back_when_it_is_copied() {
    let (stack, api) = start().await;
    for day in [0, 1, 2] {
        let day = events(3, 4, 0).split_off(4 * day);
        api.record(ORG, &day[..4]).await;
        api.archive().await;
    }
    let before = all_events(&api).await;
    let last = ledger(&stack).await.segments.into_iter().find(|segment| segment.first_seq == Seq(8)).unwrap();
    lose_object(&stack, &last);
    lose_ledger(&stack, &acme()).await;

    let rebuilt_without = rebuilt(&stack).await.unwrap();
    assert_eq!(rebuilt_without.next_seq, Seq(8));
    let checked = check::org(stack.tables(), stack.archive(), &acme()).await.unwrap();
    for found in [&rebuilt_without.staged_only, &checked.staged_only] {
        let [found] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((&found.key, &found.final_key), (&last.staged.as_ref().unwrap().key, &last.key));
        assert_eq!((found.first_seq, found.rows), (Seq(8), 4));
    }
    assert!(!checked.is_sound());

    stack.archive().publish(&last).await.unwrap();
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.next_seq, rebuilt.staged_only.as_slice()), (Seq(12), [].as_slice()));
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn two_attempts_that_fit_close_no_gap() {
    let (stack, _) = lost_at_a_copy(&[0]).await;
    let rows = hot_rows(stack.tables()).await;
    // Another attempt has the published first day too, and fewer rows of the others.
    let objects = stack.archive().published_keys(&acme()).await.unwrap();
    let first = objects.iter().find(|key| key.contains("/00000000000000000060-")).unwrap();
    let first = stack.archive().published_object(first).await.unwrap();
    let seed = FullSegment::read_blocking(&first, None).await.unwrap().footer.ranges[0].seed.unwrap();
    let place = |index| BatchPlace { first_seq: Seq(60), index };
    for (index, range, first_seq) in [(0, 0..20, Seq(60)), (1, 20..27, Seq(80))] {
        let mut writer = SegmentWriter::begin(&rows[range.start], first_seq, place(index), seed).unwrap();
        rows[range].iter().for_each(|row| writer.push(row).unwrap());
        stack.archive().stage("another", index, writer.finish(index == 1).unwrap()).await.unwrap();
    }
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.copied, rebuilt.next_seq), (0, Seq(80)), "only the beginning, as all rows are hot");
}

#[tokio::test]
async fn an_attempt_whose_first_staged_segment_is_unreadable_closes_a_gap_all_the_same() {
    let (stack, before) = lost_at_a_copy(&[0, 2, 3]).await;
    let staged = stack.archive().staged_keys(&acme()).await.unwrap();
    // Those of the first batch, too: its objects are published.
    for first in staged.iter().filter(|key| key.ends_with("/0")) {
        let file = stack.folder().join("s3/audit-staging").join(first);
        // The published object may be a link to the same file.
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, "damaged").unwrap();
    }
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.copied, rebuilt.next_seq), (7, Seq(260)));
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn a_lost_head_is_written_again_where_all_else_agrees() {
    let (stack, api) = two_batches().await;
    let before = all_events(&api).await;
    let ledger_before = listed(&ledger(&stack).await);
    lose_head(&stack, &acme()).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.batches, rebuilt.next_seq), (0, Seq(260)));
    assert!(listed(&ledger(&stack).await) == ledger_before);
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn an_org_is_unknown_only_where_nothing_of_it_is_there() {
    let (stack, _) = two_batches().await;
    let unknown = audit_tests::org("nobody");
    let (tables, archive) = (stack.tables(), stack.archive());
    let refused = rebuild(tables, archive, &unknown, false).await;
    assert!(matches!(refused, Err(RebuildError::Refused(Refusal::Unknown(org))) if org == unknown));
    assert!(matches!(check::org(tables, archive, &unknown).await, Err(check::CheckError::UnknownOrg(_))));

    let key = [("org_id".to_owned(), AttributeValue::S(ORG.to_owned()))].into();
    let delete = stack.dynamodb().delete_item().table_name(table_names().orgs).set_key(Some(key));
    delete.send().await.unwrap();
    assert!(tables.orgs.get(&acme()).await.unwrap().is_none());
    checked(&stack).await;
    lose_ledger(&stack, &acme()).await;
    assert_eq!(rebuilt(&stack).await.unwrap().batches, 2);
    checked(&stack).await;
}
