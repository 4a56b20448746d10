//! Events that come late, early, or again.

use audit_tests::START;
use audit_tests::walk::{Search, id_of};

use crate::held::{ORG, acme, assert_tiers, event, events, held, start};

#[tokio::test]
async fn a_late_event_joins_a_day_that_is_archived_already() {
    let (stack, api) = start().await;
    api.record(ORG, &events(5, 10, 0)).await;
    api.archive().await;
    // Before, between and behind what the day's segment holds, and at an instant of one of its events.
    let late =
        ["2026-01-03T00:00:00Z", "2026-01-03T12:00:04.5Z", "2026-01-03T23:59:59.999999Z", "2026-01-03T12:00:04Z"];
    let late: Vec<_> = late.iter().zip(1_000..).map(|(at, key)| event(at, key)).collect();
    let mut all = Vec::new();
    for _ in ["hot", "archived", "archived"] {
        assert_eq!(api.record(ORG, &late).await.len(), 4);
        let held = held(&api).await;
        assert_eq!(held.len(), 54);
        let held: Vec<_> = held.into_iter().map(|event| event.text).collect();
        assert!(all.is_empty() || all == held);
        all = held;
        api.archive().await;
    }
    assert_tiers(&stack, 54, 0).await;
}

#[tokio::test]
async fn an_event_five_minutes_ahead_is_taken_found_and_archived_and_one_further_ahead_refused() {
    let (stack, api) = start().await;
    // At the end of a month the next one begins with it.
    for (now, ahead, too_far) in [
        (START, "2026-11-23T12:05:00Z", "2026-11-23T12:05:00.000001Z"),
        ("2026-11-30T23:58:00Z", "2026-12-01T00:03:00Z", "2026-12-01T00:03:00.000001Z"),
        ("2026-12-31T23:58:00Z", "2027-01-01T00:03:00Z", "2027-01-01T00:03:00.000001Z"),
    ] {
        stack.clock.set(now);
        let path = format!("/v1/orgs/{ORG}/events");
        assert_eq!(api.post(&path, event(too_far, 0)).await.json()["errors"][0]["pointer"], "/occurred_at");
        let id = api.record(ORG, &[event(ahead, 0)]).await[0].0.clone();
        for _ in ["hot", "archived"] {
            let newest = Search::new(ORG, "").page(&api, 1, None).await;
            assert_eq!(id_of(&newest["events"][0]).to_string(), id);
            let oldest = Search::new(ORG, &format!("order=oldest&from={now}")).walk(&api, 10).await;
            assert_eq!(
                oldest.iter().map(|event| id_of(event).to_string()).collect::<Vec<_>>(),
                std::slice::from_ref(&id)
            );
            assert_eq!(api.get(&format!("{path}/{id}")).await.status.as_u16(), 200);
            api.archive().await;
        }
    }
    assert_tiers(&stack, 3, 0).await;
}

#[tokio::test]
async fn an_event_that_arrives_again_after_it_was_archived_stays_one() {
    let (stack, api) = start().await;
    let all = events(40, 5, 0);
    api.record(ORG, &all).await;
    api.archive().await;
    let before = held(&api).await;
    for status in ["created", "duplicate"] {
        assert!(api.record(ORG, &all).await.iter().all(|(_, is)| is == status));
        assert!(held(&api).await == before, "one of both copies is shown");
    }
    assert_tiers(&stack, 200, 200).await;
    let report = stack.compactor().pass(&acme(), true, None).await.unwrap();
    assert_eq!((report.rows, report.repeated_rows, report.rows_quarantined), (0, 200, 0));
    assert!(held(&api).await == before);
    assert_tiers(&stack, 200, 0).await;
}
