//! A stack that stops: everything is found again, and the next archive pass continues from any step.

use audit_tests::acme::{ORG, acme, all_events, assert_tiers, event, events, start};
use audit_tests::api::Api;
use audit_tests::steps::{STOPS, Stop, pass_until};

#[tokio::test]
async fn a_stack_that_starts_again_finds_orgs_hot_rows_ledger_and_archive() {
    let (stack, api) = start().await;
    api.record(ORG, &events(20, 10, 0)).await;
    api.archive().await;
    api.record(ORG, &events(10, 10, 1_000)).await;
    let before = all_events(&api).await;
    drop(api);
    let stack = stack.restart().await;
    let api = Api::of(&stack);
    assert!(all_events(&api).await == before);
    assert_tiers(&stack, 200, 100).await;
    assert_eq!(api.get(&format!("/v1/orgs/{ORG}")).await.json()["plan"], "enterprise");
    for at in [before.first(), before.last()] {
        let at = at.unwrap();
        assert_eq!(api.get(&format!("/v1/orgs/{ORG}/events/{}", at.id)).await.text, at.text);
    }
    api.archive().await;
    let stack = stack.restart().await;
    assert!(all_events(&Api::of(&stack)).await == before);
    assert_tiers(&stack, 300, 0).await;
}

#[tokio::test]
async fn a_pass_stopped_behind_any_step_is_invisible_and_the_next_one_goes_on() {
    for stop in STOPS {
        let (stack, api) = start().await;
        api.record(ORG, &events(12, 5, 0)).await;
        api.archive().await;
        api.record(ORG, &events(10, 20, 1_000)).await;
        let before = all_events(&api).await;
        assert_eq!(before.len(), 260);

        pass_until(&stack, stop).await;
        drop(api);
        let stack = stack.restart().await;
        let api = Api::of(&stack);
        assert!(all_events(&api).await == before, "{stop:?}");
        for at in before.iter().step_by(13) {
            assert_eq!(api.get(&format!("/v1/orgs/{ORG}/events/{}", at.id)).await.text, at.text, "{stop:?}");
        }

        // While the batch is open, late events arrive, and some that the batch contains arrive once more.
        api.record(ORG, &events(15, 3, 2_000)).await;
        api.record(ORG, &events(10, 20, 1_000)[..30]).await;
        let grown = all_events(&api).await;
        assert_eq!(grown.len(), 305, "{stop:?}");

        let report = stack.compactor().pass(&acme(), true, None).await.unwrap();
        assert_eq!(report.recovered_batches, u64::from(stop > Stop::Staged), "{stop:?}");
        assert_eq!(report.rows, if stop == Stop::Staged { 245 } else { 45 }, "{stop:?}");
        assert!(all_events(&api).await == grown, "{stop:?}");
        assert_tiers(&stack, 305, 0).await;

        let report = stack.compactor().pass(&acme(), true, None).await.unwrap();
        assert_eq!((report.rows, report.segments, report.repeated_rows, report.recovered_batches), (0, 0, 0, 0));
        assert!(all_events(&Api::of(&stack)).await == grown, "{stop:?}");
    }
}

#[tokio::test]
async fn a_daily_pass_finishes_an_open_batch_even_when_nothing_is_due() {
    let (stack, api) = start().await;
    stack.compactor().pass(&acme(), false, None).await.unwrap();
    api.record(ORG, &[event("2026-11-23T08:00:00Z", 1), event("2026-11-22T08:00:00Z", 2)]).await;
    pass_until(&stack, Stop::PartlyCopied).await;
    let report = stack.compactor().pass(&acme(), false, None).await.unwrap();
    assert_eq!((report.recovered_batches, report.rows), (1, 0));
    assert_eq!(all_events(&api).await.len(), 2);
    assert_tiers(&stack, 2, 0).await;
}
