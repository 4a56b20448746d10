//! A worker that is overtaken in the middle of its scan.

use std::time::Duration;

use audit_core::{BatchRecord, Day, OpenBatch, Phase};
use audit_tables::Written;
use audit_tests::TestStack;

use crate::held::{ORG, acme, assert_tiers, events, held, start};
use crate::steps::{hot_rows, staged};

/// Waits until a worker has read the head and staged something.
async fn scanning(stack: &TestStack) {
    let folder = stack.folder().join("s3/audit-staging/staging").join(ORG);
    let attempts = || std::fs::read_dir(&folder).map_or(0, Iterator::count);
    let before = attempts();
    while attempts() == before {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// I-3. The worker meets segments that were committed after it read the head: some stand under their final keys already,
/// but no reader looks at them yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_overtaken_deletes_no_row_that_only_it_could_find_archived() {
    let (stack, api) = start().await;
    let (tables, archive) = (stack.tables().clone(), stack.archive());
    api.record(ORG, &events(80, 25, 0)).await;
    let before = held(&api).await;

    let rows = hot_rows(&tables).await;
    let (from, to) = ("2026-01-21".parse::<Day>().unwrap(), "2026-03-04".parse::<Day>().unwrap());
    let overtaking: Vec<_> = rows.into_iter().filter(|row| (from..to).contains(&row.occurred_at.day())).collect();
    let head = tables.head(&acme()).await.unwrap();
    let segments = staged(&stack, head.next_seq, &overtaking).await;
    let batch = BatchRecord::of(head.next_seq, &segments);

    let compactor = stack.compactor();
    let overtaken = tokio::spawn(async move { compactor.pass(&acme(), true, None).await });
    scanning(&stack).await;
    assert_eq!(tables.commit(&acme(), &head, &batch, &segments).await.unwrap(), Written::Applied);
    for segment in &segments[..segments.len() / 2] {
        archive.publish(segment).await.unwrap();
    }
    while !overtaken.is_finished() {
        let gone = tables.event(&acme(), overtaking[0].id).await.unwrap().is_none();
        let open = tables.head(&acme()).await.unwrap().open;
        let unread = open == Some(OpenBatch { first_seq: batch.first_seq, phase: Phase::Committed });
        assert!(!(gone && unread), "a row is gone, and no reader looks at its segment");
    }
    let report = overtaken.await.unwrap().unwrap();
    assert_eq!((report.rows, report.rows_quarantined), ((before.len() - overtaking.len()) as u64, 0));
    assert!(held(&api).await == before);
    assert_tiers(&stack, before.len(), 0).await;
}
