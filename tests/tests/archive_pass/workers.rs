//! Several workers run concurrently over one org.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use audit_tests::acme::{ORG, acme, all_events, assert_tiers, events, start};
use audit_tests::walk::Search;
use futures::future::{join, join_all};

/// Enough months for several batches, so that the workers meet at more than one commit.
const MONTHS: usize = 200;
const A_MONTH: usize = 25;

async fn workers_at_once(workers: usize) {
    let (stack, api) = start().await;
    api.record(ORG, &events(MONTHS, A_MONTH, 0)).await;
    let before = all_events(&api).await;
    assert_eq!(before.len(), MONTHS * A_MONTH);

    let (passing, walks) = (AtomicBool::new(true), AtomicUsize::new(0));
    let passes = async {
        let passes = (0..workers).map(|_| {
            let compactor = stack.compactor();
            tokio::spawn(async move { compactor.pass(&acme(), true, None).await })
        });
        let reports = join_all(passes.collect::<Vec<_>>()).await;
        passing.store(false, Ordering::SeqCst);
        reports
    };
    let walking = async {
        while passing.load(Ordering::SeqCst) {
            let walk = walks.fetch_add(1, Ordering::SeqCst);
            let search = Search::new(ORG, if walk.is_multiple_of(2) { "order=oldest" } else { "order=newest" });
            let mut events = search.walk_exactly(&api, 500).await.events;
            if !walk.is_multiple_of(2) {
                events.reverse();
            }
            let missed = before.iter().find(|event| events.binary_search_by_key(&event.id, |found| found.id).is_err());
            assert_eq!(missed, None, "missed with {workers} concurrent workers, in walk {walk}");
            assert_eq!(events.len(), before.len());
        }
    };
    let (reports, ()) = join(passes, walking).await;
    let reports: Vec<_> = reports.into_iter().map(|report| report.unwrap().unwrap()).collect();
    assert_eq!(reports.iter().map(|report| report.rows).sum::<u64>(), before.len() as u64, "{reports:?}");
    assert_eq!(reports.iter().map(|report| report.rows_quarantined).sum::<u64>(), 0, "{reports:?}");
    assert!(walks.into_inner() > 0);
    assert!(all_events(&api).await == before);
    assert_tiers(&stack, before.len(), 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_at_once_archive_each_row_once_and_hide_none() {
    workers_at_once(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_workers_at_once_archive_each_row_once_and_hide_none() {
    workers_at_once(4).await;
}
