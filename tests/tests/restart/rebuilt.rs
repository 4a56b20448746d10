//! A ledger that is lost, or went back in time, is made again from the bucket.

use audit::check::{self, Checked};
use audit::ledger::Refusal;
use audit::ledger::rebuild::{RebuildError, Rebuilt, rebuild};
use audit_archive::writer::{BatchPlace, SegmentWriter};
use audit_core::invariants::each_once;
use audit_core::ledger::{BatchRecord, Head, OpenBatch, Phase, Seq};
use audit_core::segment::SegmentRecord;
use audit_local::stack::table_names;
use audit_tables::ledger::Written;
use audit_tables::whole_ledger::WholeLedger;
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::exact::ExactEvent;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::held::{ORG, acme, events, held, start};
use crate::steps::{Stop, hot_rows, pass_until, staged};

/// A stack with two archived batches of 60 and 200 rows, and what it holds.
async fn two_batches() -> (TestStack, Api) {
    let (stack, api) = start().await;
    api.record(ORG, &events(12, 5, 0)).await;
    api.archive().await;
    api.record(ORG, &events(10, 20, 1_000)).await;
    api.archive().await;
    (stack, api)
}

async fn ledger(stack: &TestStack) -> WholeLedger {
    stack.stack.tables().whole_ledger(&acme()).await.unwrap()
}

/// What the ledger says, but for what was staged.
fn said(ledger: &WholeLedger) -> (Seq, Vec<BatchRecord>, Vec<SegmentRecord>) {
    let published = ledger.segments.iter().map(SegmentRecord::published).collect();
    (ledger.head.unwrap().next_seq, ledger.batches.clone(), published)
}

async fn lose_head(stack: &TestStack) {
    let dynamodb = stack.stack.dynamodb();
    let key = |name: &str, value: &str| (name.to_owned(), AttributeValue::S(value.to_owned()));
    let key = [key("org_id", ORG), key("sk", "head")].into();
    dynamodb.delete_item().table_name(table_names().ledger).set_key(Some(key)).send().await.unwrap();
}

async fn lose_ledger(stack: &TestStack) {
    lose_head(stack).await;
    stack.stack.tables().forget_all_but(&acme(), &[]).await.unwrap();
    assert!(ledger(stack).await.batches.is_empty());
}

async fn rebuilt(stack: &TestStack) -> Result<Rebuilt, RebuildError> {
    rebuild(stack.stack.tables(), stack.stack.archive(), &acme(), false).await
}

async fn replaced(stack: &TestStack) -> Rebuilt {
    rebuild(stack.stack.tables(), stack.stack.archive(), &acme(), true).await.unwrap()
}

async fn refusal(stack: &TestStack) -> Refusal {
    match rebuilt(stack).await {
        Err(RebuildError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

async fn checked(stack: &TestStack) -> Checked {
    let checked = check::org(stack.stack.tables(), stack.stack.archive(), &acme()).await.unwrap();
    assert!(checked.is_sound(), "{checked:?}");
    checked
}

/// Queries answer as before; another rebuild changes nothing; a pass archives each row once, `fresh` of them.
async fn assert_restored(stack: TestStack, before: &[ExactEvent], fresh: u64) {
    // New instances: the old ones have seen a ledger that was lost.
    let stack = stack.restart().await;
    assert!(held(&Api::of(&stack)).await == before);
    checked(&stack).await;
    let ledger_before = ledger(&stack).await;
    let again = rebuilt(&stack).await.unwrap();
    assert_eq!((again.batches, again.copied), (0, 0));
    let ledger_after = ledger(&stack).await;
    assert_eq!(ledger_after.head, ledger_before.head);
    assert!(said(&ledger_after) == said(&ledger_before));

    let report = stack.stack.compactor().pass(&acme(), true, None).await.unwrap();
    assert_eq!((report.rows, report.rows_set_aside), (fresh, 0));
    let checked = checked(&stack).await;
    assert_eq!((checked.hot.len(), checked.archived.len()), (0, before.len()));
    each_once(checked.archived.iter().copied()).unwrap();
    assert!(held(&Api::of(&stack)).await == before);
}

#[tokio::test]
async fn a_lost_ledger_says_again_what_it_said() {
    let (stack, api) = two_batches().await;
    api.record(ORG, &events(5, 3, 2_000)).await;
    let before = held(&api).await;
    let ledger_before = said(&ledger(&stack).await);
    lose_ledger(&stack).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.batches, rebuilt.rows, rebuilt.objects), (2, 260, 22));
    assert!(said(&ledger(&stack).await) == ledger_before);
    assert_restored(stack, &before, 15).await;
}

#[tokio::test]
async fn a_ledger_of_the_past_gets_the_batches_since_whatever_was_open_then() {
    let past = Head { version: 3, next_seq: Seq(60), open: None, daily: None };
    let open = |phase| Head { open: Some(OpenBatch { first_seq: Seq(0), phase }), ..past };
    for past in [past, open(Phase::Committed), open(Phase::Published)] {
        let (stack, api) = two_batches().await;
        let before = held(&api).await;
        let ledger_before = ledger(&stack).await;
        let now = ledger_before.head.unwrap();
        stack.stack.tables().forget_all_but(&acme(), &ledger_before.batches[..1]).await.unwrap();
        assert_eq!(stack.stack.tables().replace_head(&acme(), &now, &past).await.unwrap(), Written::Applied);
        let rebuilt = rebuilt(&stack).await.unwrap();
        assert_eq!((rebuilt.batches, rebuilt.rows), (1, 200));
        assert!(said(&ledger(&stack).await) == said(&ledger_before));
        assert!(ledger(&stack).await.head.unwrap().version > now.version, "no worker holds that version");
        assert_restored(stack, &before, 0).await;
    }
}

/// Loses the ledger while a batch of ten segments is committed, those of `copied` stand under their final keys, and none
/// of its rows is deleted.
async fn lost_at_a_copy(copied: &[usize]) -> (TestStack, Vec<ExactEvent>) {
    let (stack, api) = start().await;
    api.record(ORG, &events(12, 5, 0)).await;
    api.archive().await;
    api.record(ORG, &events(10, 20, 1_000)).await;
    let (tables, archive) = (stack.stack.tables(), stack.stack.archive());
    let head = tables.head(&acme()).await.unwrap();
    let segments = staged(&stack, head.next_seq, &hot_rows(tables).await).await;
    let batch = BatchRecord::of(head.next_seq, &segments);
    assert_eq!(tables.commit(&acme(), &head, &batch, &segments).await.unwrap(), Written::Applied);
    for index in copied {
        archive.publish(&segments[*index]).await.unwrap();
    }
    checked(&stack).await;
    let before = held(&api).await;
    lose_ledger(&stack).await;
    (stack, before)
}

#[tokio::test]
async fn the_beginning_of_a_batch_is_kept_and_its_other_rows_join_a_later_one() {
    for copied in 0..=10 {
        let (stack, before) = lost_at_a_copy(&(0..copied).collect::<Vec<_>>()).await;
        // Staged objects expire; nothing may depend on them here.
        expire_staged(&stack);
        let rebuilt = rebuilt(&stack).await.unwrap();
        assert_eq!((rebuilt.copied, rebuilt.next_seq), (0, Seq(60 + 20 * copied as u64)), "{copied}");
        assert_restored(stack, &before, 200 - 20 * copied as u64).await;
    }
}

/// What a worker staged that lost the commit of the batch: other rows under the same numbers.
async fn staged_by_another(stack: &TestStack) -> SegmentRecord {
    let rows = hot_rows(stack.stack.tables()).await;
    let mut writer = SegmentWriter::begin(&rows[0], Seq(60), BatchPlace { first_seq: Seq(60), index: 0 }).unwrap();
    rows[..7].iter().for_each(|row| writer.push(row).unwrap());
    stack.stack.archive().stage("another", 0, writer.finish(true).unwrap()).await.unwrap()
}

#[tokio::test]
async fn two_objects_with_the_same_numbers_make_no_ledger() {
    let (stack, _) = lost_at_a_copy(&[0, 1]).await;
    let other = staged_by_another(&stack).await;
    stack.stack.archive().publish(&other).await.unwrap();
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
        let before = held(&api).await;
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
    let before = held(&api).await;
    let ledger_before = ledger(&stack).await;
    let tables = stack.stack.tables();
    // The second batch is gone, and another one has taken its numbers.
    let (head, rows) = (ledger_before.head.unwrap(), ledger_before.batches[1].rows);
    tables.forget_all_but(&acme(), &ledger_before.batches[..1]).await.unwrap();
    let past = Head { version: head.version + 1, next_seq: Seq(60), ..head };
    tables.replace_head(&acme(), &head, &past).await.unwrap();
    let mut other = ledger_before.segments.iter().find(|segment| segment.first_seq == Seq(60)).cloned().unwrap();
    other.rows = rows;
    let batch = BatchRecord::of(Seq(60), std::slice::from_ref(&other));
    tables.commit(&acme(), &past, &batch, &[other]).await.unwrap();

    assert!(matches!(refusal(&stack).await, Refusal::Contradicted { from: Seq(60), lost: 0 }));
    assert_eq!(ledger(&stack).await.batches[1], batch, "nothing was written");
    let replaced = replaced(&stack).await;
    assert_eq!((replaced.batches, replaced.next_seq), (1, Seq(260)));
    assert!(said(&ledger(&stack).await) == said(&ledger_before));
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
    assert_eq!((back.copied, back.batches), (1, 0), "what is still staged comes back");
    assert!(std::fs::read(&file).unwrap() == bytes);
    expire_staged(&stack);
    std::fs::remove_file(&file).unwrap();
    let Refusal::Gap { not_hot, .. } = refusal(&stack).await else { panic!("no gap") };
    assert!(not_hot > 0, "rows that were published long ago are hot no more");
    for (damaged, cut) in [(true, bytes.len() - 1), (false, bytes.len())] {
        // A copy of another segment in its place is sound by itself, and not what the key says.
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

/// Loses the object of the org's last segment.
async fn lose_end(stack: &TestStack) -> SegmentRecord {
    let segments = ledger(stack).await.segments;
    let last = segments.into_iter().max_by_key(|segment| segment.first_seq).unwrap();
    lose_object(stack, &last);
    last
}

fn lose_object(stack: &TestStack, segment: &SegmentRecord) {
    std::fs::remove_file(stack.folder().join("s3/audit-archive").join(&segment.key)).unwrap();
}

fn expire_staged(stack: &TestStack) {
    std::fs::remove_dir_all(stack.folder().join("s3/audit-staging/staging")).unwrap();
}

#[tokio::test]
async fn a_published_batch_without_its_end_is_made_whole_from_what_was_staged() {
    let (stack, api) = two_batches().await;
    let before = held(&api).await;
    lose_end(&stack).await;
    lose_ledger(&stack).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.copied, rebuilt.batches, rebuilt.next_seq), (1, 2, Seq(260)));
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn a_published_batch_whose_end_is_nowhere_is_taken_without_it_only_when_told() {
    let (stack, _) = two_batches().await;
    lose_end(&stack).await;
    lose_ledger(&stack).await;
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
    let before = held(&api).await;
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
    let Refusal::Contradicted { from, lost } = refusal(&stack).await else { panic!("not seen") };
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
        let before = held(&api).await;
        let segments = ledger(&stack).await.segments;
        lose_object(&stack, segments.iter().find(|segment| segment.first_seq == Seq(4)).unwrap());
        if is_lost {
            lose_ledger(&stack).await;
        }
        let rebuilt = rebuilt(&stack).await.unwrap();
        assert_eq!((rebuilt.copied, rebuilt.next_seq), (1, Seq(12)), "{is_lost}");
        assert_restored(stack, &before, 0).await;
    }
}

#[tokio::test]
async fn two_attempts_that_fit_close_no_gap() {
    let (stack, _) = lost_at_a_copy(&[0]).await;
    let rows = hot_rows(stack.stack.tables()).await;
    // Another worker staged the same first day, and of the others less.
    let place = |index| BatchPlace { first_seq: Seq(60), index };
    for (index, range, first_seq) in [(0, 0..20, Seq(60)), (1, 20..27, Seq(80))] {
        let mut writer = SegmentWriter::begin(&rows[range.start], first_seq, place(index)).unwrap();
        rows[range].iter().for_each(|row| writer.push(row).unwrap());
        stack.stack.archive().stage("another", index, writer.finish(index == 1).unwrap()).await.unwrap();
    }
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.copied, rebuilt.next_seq), (0, Seq(80)), "the beginning alone, as all rows are hot");
}

#[tokio::test]
async fn an_attempt_whose_first_staged_segment_is_unreadable_closes_a_gap_all_the_same() {
    let (stack, before) = lost_at_a_copy(&[0, 2, 3]).await;
    let staged = stack.stack.archive().staged_keys(&acme()).await.unwrap();
    let first = staged.iter().find(|key| key.ends_with("stopped/0")).unwrap();
    let file = stack.folder().join("s3/audit-staging").join(first);
    // The published object may be a link to the same file.
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "damaged").unwrap();
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.copied, rebuilt.next_seq), (7, Seq(260)));
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn a_lost_head_is_written_again_where_all_else_agrees() {
    let (stack, api) = two_batches().await;
    let before = held(&api).await;
    let ledger_before = said(&ledger(&stack).await);
    lose_head(&stack).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.batches, rebuilt.next_seq), (0, Seq(260)));
    assert!(said(&ledger(&stack).await) == ledger_before);
    assert_restored(stack, &before, 0).await;
}

#[tokio::test]
async fn an_org_is_unknown_only_where_nothing_of_it_is_there() {
    let (stack, _) = two_batches().await;
    let nobody = audit_tests::org("nobody");
    let (tables, archive) = (stack.stack.tables(), stack.stack.archive());
    let unknown = rebuild(tables, archive, &nobody, false).await;
    assert!(matches!(unknown, Err(RebuildError::Refused(Refusal::Unknown(org))) if org == nobody));
    assert!(matches!(check::org(tables, archive, &nobody).await, Err(check::CheckError::UnknownOrg(_))));

    let key = [("org_id".to_owned(), AttributeValue::S(ORG.to_owned()))].into();
    let delete = stack.stack.dynamodb().delete_item().table_name(table_names().orgs).set_key(Some(key));
    delete.send().await.unwrap();
    assert!(tables.org(&acme()).await.unwrap().is_none());
    checked(&stack).await;
    lose_ledger(&stack).await;
    assert_eq!(rebuilt(&stack).await.unwrap().batches, 2);
    checked(&stack).await;
}
