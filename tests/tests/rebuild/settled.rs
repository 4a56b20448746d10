//! The newest batch when its ledger is lost within it: it becomes published or void.

use audit_compact::CompactError;
use audit_core::{Day, Decision, Seq, Span};
use audit_tables::Written;
use audit_tests::acme::{ORG, acme, all_events, events, hot_rows, start};
use audit_tests::lost::{kinds, lose_ledger, rebuilder};
use audit_tests::steps::{STOPS, Stop, pass_until};

use crate::restore::*;

#[tokio::test]
async fn a_batch_whose_objects_exist_or_are_staged_is_published() {
    for stop in STOPS {
        let (stack, api) = start().await;
        api.record(ORG, &events(12, 5, 0)).await;
        api.archive().await;
        api.record(ORG, &events(10, 20, 1_000)).await;
        let before = all_events(&api).await;
        pass_until(&stack, stop).await;
        lose_ledger(&stack, &acme()).await;
        let rebuilt = rebuilt(&stack).await.unwrap();
        let (settled, chain, fresh) = match stop {
            // It was not claimed, so nothing of it was copied.
            Stop::Staged | Stop::Committed => (None, "bpr", 200),
            Stop::Claimed | Stop::PartlyCopied | Stop::Copied | Stop::Published => {
                (Some(Decision::Published(Seq(60))), "bpbrp", 0)
            }
            Stop::PublishedClaimed | Stop::Tiled | Stop::PartlyDeleted | Stop::Deleted => (None, "bpbpr", 0),
        };
        assert_eq!((rebuilt.settled, kinds(&stack, &acme()).await.as_str()), (settled, chain), "{stop:?}");
        assert_restored(stack, &before, fresh).await;
    }
}

#[tokio::test]
async fn a_batch_without_an_object_is_void_and_its_rows_join_a_later_one() {
    let (stack, api) = start().await;
    api.record(ORG, &events(12, 5, 0)).await;
    api.archive().await;
    api.record(ORG, &events(10, 20, 1_000)).await;
    let before = all_events(&api).await;
    pass_until(&stack, Stop::Claimed).await;
    expire_staged(&stack);
    lose_ledger(&stack, &acme()).await;
    let rebuilt = rebuilt(&stack).await.unwrap();
    assert_eq!((rebuilt.settled, rebuilt.next_seq), (Some(Decision::Void(Seq(60))), Seq(60)));
    assert_eq!(kinds(&stack, &acme()).await, "bpbrv");
    assert_restored(stack, &before, 200).await;
}

#[tokio::test]
async fn another_object_under_the_key_of_a_segment_settles_nothing() {
    let (stack, api) = start().await;
    api.record(ORG, &events(3, 4, 0)).await;
    let before = all_events(&api).await;
    pass_until(&stack, Stop::Copied).await;
    let file = stack.folder().join("s3/audit-archive").join(&ledger(&stack).await.segments[1].key);
    // The store knows the object by its file, and the staged object may be a link to the same one.
    let aside = stack.folder().join("aside");
    std::fs::rename(&file, &aside).unwrap();
    std::fs::write(&file, "another object").unwrap();
    lose_ledger(&stack, &acme()).await;
    let refused = rebuilt(&stack).await.unwrap_err();
    assert!(refused.to_string().contains("not the recorded ones"), "{refused}");
    assert_eq!(kinds(&stack, &acme()).await, "br", "neither published nor void");
    std::fs::rename(&aside, &file).unwrap();
    assert_eq!(rebuilt(&stack).await.unwrap().settled, Some(Decision::Published(Seq(0))));
    assert_restored(stack, &before, 0).await;
}

/// H-5: nothing that a worker of an earlier ledger does after the rebuild claim has an effect.
#[tokio::test]
async fn a_paused_worker_of_the_earlier_ledger_neither_publishes_nor_deletes_after_the_rebuild_claim() {
    for is_staged in [true, false] {
        let (stack, api) = start().await;
        api.record(ORG, &events(3, 4, 0)).await;
        let before = all_events(&api).await;
        let (worker, table) = (stack.compactor(), &stack.tables().ledger);
        pass_until(&stack, Stop::Claimed).await;
        let head = table.head(&acme()).await.unwrap();
        let batch = worker.claim(&acme(), &head).await.unwrap();
        // It has claimed its batch, and is paused. The ledger moves to another table, where it is rebuilt.
        let names =
            audit_tables::TableNames { ledger: "audit-ledger-rebuilt".to_owned(), ..audit_local::stack::table_names() };
        let other = audit_tables::Tables::new(stack.dynamodb(), names);
        other.create_missing().await.unwrap();
        if !is_staged {
            expire_staged(&stack);
        }
        let rebuilder = audit_recovery::Rebuilder::new(other.clone(), stack.archive().clone());
        rebuilder.waiting(std::time::Duration::ZERO).org(&acme()).await.unwrap();
        let chain = kinds(&stack, &acme()).await;
        assert_eq!(chain, if is_staged { "brp" } else { "brv" });

        // It publishes, or voids, in its own ledger. Its claim is refused, so it deletes nothing.
        assert_eq!(worker.publish(&acme(), &head, &batch).await.unwrap(), Written::Applied);
        let head = table.head(&acme()).await.unwrap();
        let refused = worker.claim(&acme(), &head).await.unwrap_err();
        assert!(matches!(refused, CompactError::Forked(1)), "{refused}");
        assert!(worker.pass(&acme(), true, None).await.unwrap_err().is_refusal());
        assert_eq!(hot_rows(stack.tables()).await.len(), 12);
        assert_eq!(kinds(&stack, &acme()).await, chain);
        let new = audit_compact::Compactor::new(other.clone(), stack.archive().clone(), stack.clock.clone(), None);
        let report = new.pass(&acme(), true, None).await.unwrap();
        assert_eq!((report.rows, report.repeated_rows), if is_staged { (0, 12) } else { (12, 0) });
        let checked = audit_recovery::check::org(&other, stack.archive(), &acme()).await.unwrap();
        assert!(checked.is_sound(), "{checked:?}");
        assert_eq!((checked.hot.len(), checked.archived.len(), before.len()), (0, 12, 12));
    }
}

/// A worker of the same table that has passed the check before the rebuild claim, and writes after it.
#[tokio::test]
async fn a_commit_into_a_ledger_that_is_being_rebuilt_loses_and_another_head_makes_the_rebuild_begin_again() {
    let (stack, api) = two_batches().await;
    api.record(ORG, &events(2, 3, 5_000)).await;
    let before = all_events(&api).await;
    let (worker, table) = (stack.compactor(), &stack.tables().ledger);
    let head = table.head(&acme()).await.unwrap();
    let staged = worker.stage_batch(&acme(), &head, Span::ALL, None).await.unwrap();
    // The ledger lacks a segment, so it is rebuilt.
    let lacking = ledger(&stack).await.segments[0].clone();
    let key = |name: &str, value: String| (name.to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(value));
    let key = [key("org_id", ORG.to_owned()), key("sk", audit_tables::keys::segment(lacking.name()))].into();
    stack.dynamodb().delete_item().table_name(table.name()).set_key(Some(key)).send().await.unwrap();
    let slow = rebuilder(&stack).waiting(std::time::Duration::from_secs(2));
    let rebuilding = tokio::spawn(async move { slow.org(&acme()).await });
    while ledger(&stack).await.segments.len() < 22 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(worker.commit(&acme(), &head, &staged).await.unwrap().1, Written::Lost);
    let noted = head.after_daily(Day(30_000), &head.home);
    assert_eq!(table.replace_head(&acme(), &head, &noted).await.unwrap(), Written::Applied);
    let outcome = rebuilding.await.unwrap();
    assert!(matches!(outcome, Err(audit_recovery::RebuildError::Busy)), "{outcome:?}");
    assert_eq!(rebuilt(&stack).await.unwrap().generation, Some(2));
    assert_restored(stack, &before, 6).await;
}
