//! Events that arrive late, early or again.

use std::time::Duration;

use audit_http::{CallerSource, service};
use audit_tests::acme::{ORG, acme, all_events, assert_tiers, event, events, events_of_days, start};
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;
use audit_tests::walk::{Search, id_of};
use audit_tests::{START, TestStack};

#[tokio::test]
async fn a_late_event_joins_a_day_that_is_archived_already() {
    let (stack, api) = start().await;
    api.record(ORG, &events_of_days(5, 10, 0)).await;
    api.archive().await;
    // Before, between and after the events of the day's segment, and at the instant of one of them.
    let late =
        ["2026-01-03T00:00:00Z", "2026-01-03T12:00:04.5Z", "2026-01-03T23:59:59.999999Z", "2026-01-03T12:00:04Z"];
    let late: Vec<_> = late.iter().zip(1_000..).map(|(at, key)| event(at, key)).collect();
    let mut all = Vec::new();
    for _ in ["hot", "archived", "archived"] {
        assert_eq!(api.record(ORG, &late).await.len(), 4);
        let texts: Vec<_> = all_events(&api).await.into_iter().map(|event| event.text).collect();
        assert_eq!(texts.len(), 54);
        assert!(all.is_empty() || all == texts);
        all = texts;
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
    let before = all_events(&api).await;
    for status in ["created", "duplicate"] {
        assert!(api.record(ORG, &all).await.iter().all(|(_, is)| is == status));
        assert!(all_events(&api).await == before, "one of two copies is returned");
    }
    assert_tiers(&stack, 200, 200).await;
    let report = stack.compactor().pass(&acme(), true, None).await.unwrap();
    assert_eq!((report.rows, report.repeated_rows, report.rows_quarantined), (0, 200, 0));
    assert!(all_events(&api).await == before);
    assert_tiers(&stack, 200, 0).await;
}

#[tokio::test]
async fn late_events_share_no_segment_with_those_of_days_that_no_pass_archived_before() {
    let (stack, api) = start().await;
    stack.clock.set("2026-11-22T12:00:00Z");
    api.archive().await;
    // The days before the 22nd were archived on it.
    let days = ["2026-10-05", "2026-10-31", "2026-11-02", "2026-11-21", "2026-11-22", "2026-11-23"];
    let sent: Vec<_> = days.iter().zip(0..).map(|(day, key)| event(&format!("{day}T10:00:00Z"), key)).collect();
    stack.clock.set(START);
    api.record(ORG, &sent).await;
    api.archive().await;
    let segments = stack.tables().ledger.whole(&acme()).await.unwrap().segments;
    let listed: Vec<_> = segments.iter().map(|it| (it.month.to_string(), it.first_seq.0, it.days.to_text())).collect();
    let segment = |month: &str, first_seq, days: &str| (month.to_owned(), first_seq, days.to_owned());
    let expected =
        [segment("2026-10", 0, "05:1 31:1"), segment("2026-11", 2, "02:1 21:1"), segment("2026-11", 4, "22:1 23:1")];
    assert_eq!(listed, expected);
    assert_tiers(&stack, 6, 0).await;
}

/// Late events of one day each, and of the 20th, so that all segments overlap.
const OVERLAPPING: usize = 16;

/// A month with segments that overlap: each has late events of two days, and an actor of its own.
async fn overlapping() -> (TestStack, Api) {
    let (stack, api) = start().await;
    api.archive().await;
    for number in 0..OVERLAPPING {
        let at = |day: usize, second: usize| format!("2026-10-{day:02}T12:00:{second:02}Z");
        let events = [at(number + 1, 0), at(number + 1, 1), at(20, number)].map(|at| event(&at, number));
        let with_keys = events.iter().enumerate().map(|(nth, event)| {
            event.replace(
                &format!("\"idempotency_key\":\"{number}\""),
                &format!("\"idempotency_key\":\"{number}-{nth}\""),
            )
        });
        api.record(ORG, &with_keys.collect::<Vec<_>>()).await;
        api.archive().await;
    }
    (stack, api)
}

#[tokio::test]
async fn a_search_opens_only_segments_with_rows_of_its_days_and_only_when_it_reaches_them() {
    let (stack, api) = overlapping().await;
    let all = all_events(&api).await;
    assert_eq!(all.len(), 3 * OVERLAPPING);
    let opened = async |path: &str| {
        let layer = FaultLayer::default();
        let (tables, archive) = layer.clients(&stack);
        let routes = audit_query::routes(tables, archive, stack.clock.clone(), Duration::from_secs(600));
        let reader = Api::new(service::framed(routes, CallerSource::Local));
        let answer = reader.get(&format!("/v1/orgs/{ORG}/events{path}")).await.json();
        let found = answer["events"].as_array().map_or(1, Vec::len);
        (found, layer.calls().iter().filter(|call| call.name() == "GetObject").count())
    };
    let fifth = "from=2026-10-05T00:00:00Z&to=2026-10-06T00:00:00Z";
    assert_eq!(opened(&format!("?{fifth}")).await, (2, 1));
    assert_eq!(opened(&format!("?{fifth}&actor=usr_4&order=oldest")).await, (2, 1));
    assert_eq!(opened(&format!("/{}", all[9].id)).await, (1, 1));
    // Oldest first, each segment but the first begins on a later day.
    assert_eq!(opened("?order=oldest&limit=1").await, (1, 1));
    let of_the_20th = opened("?from=2026-10-20T00:00:00Z&limit=50").await;
    assert_eq!(of_the_20th, (OVERLAPPING, OVERLAPPING), "all of them have rows of this day");
}
