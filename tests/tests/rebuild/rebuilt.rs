//! A ledger that was lost, or that went back in time, is rebuilt from the bucket.

use audit_core::{BatchRecord, Head, OpenBatch, Phase, Seed, SegmentRecord, Seq};
use audit_recovery::rebuild::Refusal;
use audit_segments::{BatchPlace, SegmentWriter};
use audit_tables::Written;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, all_events, events, hot_rows, start};
use audit_tests::lost::lose_ledger;
use audit_tests::steps::{Stop, pass_until};

use crate::restore::*;

#[tokio::test]
async fn a_lost_ledger_says_again_what_it_said() {
    let (stack, api) = two_batches().await;
    api.record(ORG, &events(5, 3, 2_000)).await;
    let before = all_events(&api).await;
    let ledger_before = listed(&ledger(&stack).await);
    lose_ledger(&stack, &acme()).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.batches, rebuilt.rows, rebuilt.objects), (2, 260, 22));
    assert!(listed(&ledger(&stack).await) == ledger_before);
    assert_restored(stack, &before, 15).await;
}

#[tokio::test]
async fn a_ledger_of_the_past_gets_the_batches_since_whatever_was_open_then() {
    for phase in [None, Some(Phase::Committed), Some(Phase::Published)] {
        let (stack, api) = two_batches().await;
        let before = all_events(&api).await;
        let ledger_before = ledger(&stack).await;
        let now = ledger_before.head.clone().unwrap();
        let claims = if phase == Some(Phase::Committed) { 1 } else { 2 };
        let past = Head {
            version: 3,
            next_seq: Seq(60),
            open: phase.map(|phase| OpenBatch { first_seq: Seq(0), phase }),
            claims,
            claim: stack.archive().claim_digest(&acme(), claims - 1).await.unwrap(),
            ..now.clone()
        };
        stack.tables().ledger.forget_all_but(&acme(), &ledger_before.batches[..1], claims).await.unwrap();
        assert_eq!(stack.tables().ledger.replace_head(&acme(), &now, &past).await.unwrap(), Written::Applied);
        let rebuilt = rebuilt(&stack).await.unwrap();
        assert_eq!((rebuilt.batches, rebuilt.rows), (1, 200));
        assert!(listed(&ledger(&stack).await) == listed(&ledger_before));
        assert!(ledger(&stack).await.head.unwrap().version > now.version, "no worker has that version");
        assert_restored(stack, &before, 0).await;
    }
}

#[tokio::test]
async fn the_beginning_of_a_batch_is_kept_and_its_other_rows_join_a_later_one() {
    for copied in 0..=10 {
        let (stack, before) = lost_at_a_copy(&(0..copied).collect::<Vec<_>>()).await;
        // Staged objects expire, so this may not depend on them.
        expire_staged(&stack);
        let rebuilt = rebuilt(&stack).await.unwrap();
        assert_eq!((rebuilt.copied, rebuilt.next_seq), (0, Seq(60 + 20 * copied as u64)), "{copied}");
        assert_restored(stack, &before, 200 - 20 * copied as u64).await;
    }
}

/// Stages other rows under the numbers of the batch, like a worker that lost its commit.
async fn staged_by_another(stack: &TestStack) -> SegmentRecord {
    let rows = hot_rows(stack.tables()).await;
    let place = BatchPlace { first_seq: Seq(60), index: 0 };
    let mut writer = SegmentWriter::begin(&rows[0], Seq(60), place, Seed([7; 32])).unwrap();
    rows[..7].iter().for_each(|row| writer.push(row).unwrap());
    stack.archive().stage("another", 0, writer.finish(true).unwrap()).await.unwrap()
}

#[tokio::test]
async fn two_objects_with_the_same_numbers_make_no_ledger() {
    let (stack, _) = lost_at_a_copy(&[0, 1]).await;
    let other = staged_by_another(&stack).await;
    stack.archive().publish(&other).await.unwrap();
    let Refusal::Overlap(one, another) = refusal(&stack).await else { panic!("not seen") };
    assert!([one, another].contains(&other.key));
    assert!(ledger(&stack).await.batches.is_empty(), "nothing was written");
}

#[tokio::test]
async fn a_gap_in_a_batch_is_closed_by_what_was_staged_for_it() {
    for copied in [&[1][..], &[9], &[0, 2, 3], &[0, 1, 2, 3, 4, 5, 6, 7, 9], &[8, 4, 2]] {
        let (stack, before) = lost_at_a_copy(copied).await;
        // What another worker staged for the same numbers does not fit.
        staged_by_another(&stack).await;

        let rebuilt = rebuilt(&stack).await.unwrap();
        assert_eq!((rebuilt.copied, rebuilt.next_seq), (10 - copied.len(), Seq(260)), "{copied:?}");
        assert_restored(stack, &before, 0).await;
    }
}

#[tokio::test]
async fn a_gap_that_nothing_closes_is_refused_until_what_stands_behind_it_is_set_aside() {
    let (stack, before) = lost_at_a_copy(&[0, 2, 3]).await;
    expire_staged(&stack);
    let Refusal::Gap { from, stranded, not_hot } = refusal(&stack).await else { panic!("no gap") };
    assert_eq!((from, stranded.len(), not_hot), (Seq(80), 2, 0));
    assert!(ledger(&stack).await.batches.is_empty(), "nothing was written");
    for key in stranded {
        std::fs::remove_file(stack.folder().join("s3/audit-archive").join(key)).unwrap();
    }
    assert_eq!(rebuilt(&stack).await.unwrap().next_seq, Seq(80));
    assert_restored(stack, &before, 180).await;
}

#[tokio::test]
async fn an_open_batch_is_left_to_the_pass() {
    for stop in [Stop::Committed, Stop::PartlyCopied, Stop::Copied, Stop::Published, Stop::PartlyDeleted] {
        let (stack, api) = start().await;
        api.record(ORG, &events(10, 20, 0)).await;
        let before = all_events(&api).await;
        pass_until(&stack, stop).await;
        let head = ledger(&stack).await.head;
        assert_eq!(rebuilt(&stack).await.unwrap().batches, 0, "{stop:?}");
        assert_eq!(ledger(&stack).await.head, head, "{stop:?}");
        assert_restored(stack, &before, 0).await;
    }
}

#[tokio::test]
async fn a_ledger_that_contradicts_the_bucket_is_replaced_only_when_told() {
    let (stack, api) = two_batches().await;
    let before = all_events(&api).await;
    let ledger_before = ledger(&stack).await;
    let tables = stack.tables();
    // The second batch was lost, and another one has taken its numbers.
    let (head, rows) = (ledger_before.head.clone().unwrap(), ledger_before.batches[1].rows);
    tables.ledger.forget_all_but(&acme(), &ledger_before.batches[..1], head.claims).await.unwrap();
    let past = Head { version: head.version + 1, next_seq: Seq(60), ..head.clone() };
    tables.ledger.replace_head(&acme(), &head, &past).await.unwrap();
    let mut other = ledger_before.segments.iter().find(|segment| segment.first_seq == Seq(60)).cloned().unwrap();
    other.rows = rows;
    let batch = BatchRecord::of(Seq(60), std::slice::from_ref(&other));
    let open = Some(OpenBatch { first_seq: Seq(60), phase: Phase::Committed });
    let committed = Head { open, ..past.recovering(rows) };
    tables.ledger.recover(&acme(), (&past, &committed), &batch, &[other]).await.unwrap();

    assert!(matches!(refusal(&stack).await, Refusal::Contradicted { from: Seq(60), lost: 0, .. }));
    assert_eq!(ledger(&stack).await.batches[1], batch, "nothing was written");
    let replaced = replaced(&stack).await;
    assert_eq!((replaced.batches, replaced.next_seq), (1, Seq(260)));
    assert!(listed(&ledger(&stack).await) == listed(&ledger_before));
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn a_bucket_that_lacks_or_alters_an_object_makes_no_ledger_once_nothing_is_staged() {
    let (stack, _) = two_batches().await;
    let key = ledger(&stack).await.segments[3].key.clone();
    let file = stack.folder().join("s3/audit-archive").join(&key);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let back = rebuilt(&stack).await.unwrap();
    assert_eq!((back.copied, back.batches), (1, 0), "objects that are still staged are restored");
    assert!(std::fs::read(&file).unwrap() == bytes);
    expire_staged(&stack);
    std::fs::remove_file(&file).unwrap();
    let Refusal::Gap { not_hot, .. } = refusal(&stack).await else { panic!("no gap") };
    assert!(not_hot > 0, "rows that were published long ago are no longer hot");
    for (damaged, cut) in [(true, bytes.len() - 1), (false, bytes.len())] {
        // A copy of another segment in its place is sound by itself, but does not match the key.
        let other = ledger(&stack).await.segments[4].key.clone();
        let other = std::fs::read(stack.folder().join("s3/audit-archive").join(other)).unwrap();
        std::fs::write(&file, if damaged { &bytes[..cut] } else { &other }).unwrap();
        match refusal(&stack).await {
            Refusal::Damaged(_) => assert!(damaged),
            Refusal::Misnamed(named) => assert!(!damaged && named == key),
            other => panic!("{other:?}"),
        }
    }
    std::fs::write(&file, &bytes).unwrap();
    assert_eq!(rebuilt(&stack).await.unwrap().batches, 0);
}
