//! An org over months: its segments do not become many.

use audit_tests::acme::{ORG, acme, all_events, assert_tiers, event, start};
use audit_tests::api::Api;
use audit_tests::merges::{A_DAY, SOURCES_STAY};
use audit_tests::outside::look;

use crate::steps::{objects, stats};

/// 3,600 events over the 60 days from 2026-08-02 on, in 30 portions of two days, each archived by the pass of the day after.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn portions_of_two_months_end_as_at_most_four_segments() {
    let (stack, api) = start().await;
    let day = |day: usize| format!("2026-{:02}-{:02}", 8 + (day + 1) / 31, (day + 1) % 31 + 1);
    let mut passes = 0;
    for portion in 0..30 {
        let events = (0..120).map(|number| {
            let at = format!("{}T{:02}:{:02}:00Z", day(2 * portion + number / 60), number % 24, number % 60);
            event(&at, 120 * portion + number)
        });
        stack.clock.set(&format!("{}T23:59:59Z", day(2 * portion + 1)));
        api.record(ORG, &events.collect::<Vec<_>>()).await;
        stack.clock.advance(A_DAY / 24);
        let report = stack.compactor().pass(&acme(), false, None).await.unwrap();
        assert_eq!(report.rows, 120, "{portion}");
        passes += 1;
    }
    let (before, counted) = (all_events(&api).await, stats(&api).await);
    assert_eq!(before.len(), 3_600);
    let most = objects(&stack, &acme()).await;
    // Until the last month has been over for three days, and the merges ended: passes at midnight and some minutes later.
    for _ in 0..40 {
        for pause in [SOURCES_STAY * 2, A_DAY - SOURCES_STAY * 2] {
            stack.clock.advance(pause);
            stack.compactor().pass(&acme(), false, None).await.unwrap();
            passes += 1;
        }
    }
    let segments = stack.tables().ledger.whole(&acme()).await.unwrap().segments;
    assert!(segments.len() <= 4 && most > 10, "{} segments, {most} before", segments.len());
    assert_eq!(objects(&stack, &acme()).await, segments.len(), "after {passes} passes");
    for api in [&api, &Api::of_another_instance(&stack)] {
        assert!(all_events(api).await == before);
        assert_eq!(stats(api).await, counted);
    }
    assert_tiers(&stack, 3_600, 0).await;
    look(&stack, &acme()).await;
}
