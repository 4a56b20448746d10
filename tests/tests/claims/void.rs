//! A batch that cannot be published: its staged objects are missing (H-10).

use audit_core::{Day, Seq, Span};
use audit_tables::Written;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, all_events, assert_tiers, events, events_of_days, start};
use audit_tests::api::Api;
use audit_tests::lost::kinds;
use audit_tests::outside::look;
use audit_tests::steps::{Stop, pass_until};

fn expire_staged(stack: &TestStack) {
    std::fs::remove_dir_all(stack.folder().join("s3/audit-staging/staging")).unwrap();
}

#[tokio::test]
async fn a_batch_whose_staged_objects_expired_becomes_void_and_its_rows_join_the_next_one() {
    for stop in [Stop::Committed, Stop::Claimed] {
        let (stack, api) = start().await;
        api.record(ORG, &events(2, 3, 0)).await;
        api.archive().await;
        api.record(ORG, &events(3, 4, 100)).await;
        let before = all_events(&api).await;
        pass_until(&stack, stop).await;
        expire_staged(&stack);
        let report = stack.compactor().pass(&acme(), true, None).await.unwrap();
        assert_eq!((report.rows, report.first_seq, report.recovered_batches), (12, Some(Seq(6)), 0), "{stop:?}");
        assert_eq!(kinds(&stack, &acme()).await, "bpbvbp", "{stop:?}");
        for api in [&api, &Api::of_another_instance(&stack)] {
            assert!(all_events(api).await == before, "{stop:?}");
        }
        assert_tiers(&stack, 18, 0).await;
        look(&stack, &acme()).await;
    }
}

#[tokio::test]
async fn a_batch_that_was_published_is_never_void() {
    for stop in [Stop::Published, Stop::PublishedClaimed, Stop::PartlyDeleted] {
        let (stack, api) = start().await;
        api.record(ORG, &events(3, 4, 0)).await;
        let before = all_events(&api).await;
        pass_until(&stack, stop).await;
        expire_staged(&stack);
        stack.compactor().pass(&acme(), true, None).await.unwrap();
        assert!(all_events(&api).await == before, "{stop:?}");
        assert_eq!(kinds(&stack, &acme()).await, "bp", "{stop:?}");
        assert_tiers(&stack, 12, 0).await;
    }
}

/// A reader that listed the segments of the batch does not look for them when other segments have their numbers.
#[tokio::test]
async fn a_reader_that_cached_a_month_of_a_void_batch_does_not_return_its_segments_later() {
    let (stack, api) = start().await;
    // January and February.
    api.record(ORG, &events_of_days(40, 2, 0)).await;
    let before = all_events(&api).await;
    pass_until(&stack, Stop::Claimed).await;
    assert!(all_events(&api).await == before);
    expire_staged(&stack);
    let (tables, worker) = (stack.tables(), stack.compactor());
    let head = tables.ledger.head(&acme()).await.unwrap();
    let batch = worker.claim(&acme(), &head).await.unwrap();
    assert_eq!(worker.publish(&acme(), &head, &batch).await.unwrap(), Written::Applied);
    let head = tables.ledger.head(&acme()).await.unwrap();
    assert_eq!((head.next_seq, worker.claim(&acme(), &head).await.unwrap().segments.len()), (Seq(0), 0));
    tables.ledger.replace_head(&acme(), &head, &head.closing()).await.unwrap();
    assert!(all_events(&api).await == before);
    // The next batch takes its numbers, and touches February only.
    let head = tables.ledger.head(&acme()).await.unwrap();
    let february = Span::between(Some("2026-02-01".parse::<Day>().unwrap().start()), None);
    let staged = worker.stage_batch(&acme(), &head, february, None).await.unwrap();
    assert_eq!(worker.commit(&acme(), &head, &staged).await.unwrap().0.first_seq, Seq(0));
    for _ in ["published", "closed"] {
        let head = tables.ledger.head(&acme()).await.unwrap();
        let batch = worker.claim(&acme(), &head).await.unwrap();
        match head.open.map(|open| open.phase) {
            Some(audit_core::Phase::Committed) => worker.publish(&acme(), &head, &batch).await.unwrap(),
            _ => worker.clean_up(&acme(), &head, &staged.segments).await.unwrap(),
        };
    }
    assert!(all_events(&api).await == before, "the reader returns the segments of the void batch");
    stack.compactor().pass(&acme(), true, None).await.unwrap();
    assert!(all_events(&api).await == before);
    assert_eq!(kinds(&stack, &acme()).await, "bvbpbp");
    look(&stack, &acme()).await;
}
