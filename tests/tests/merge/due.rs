//! When segments are merged, and when sources are deleted.

use std::time::Duration;

use audit_tests::acme::{ORG, acme, all_events, events_of_days, start};
use audit_tests::api::Api;
use audit_tests::merges::{A_DAY, SOURCES_STAY, Stop, merge_until, small_segments};

use crate::steps::objects;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn segments_are_merged_a_day_after_they_were_staged() {
    let (stack, api) = start().await;
    for batch in 0..2 {
        api.record(ORG, &events_of_days(1, 2, 10 * batch)).await;
        api.archive().await;
    }
    let merges = async || stack.compactor().pass(&acme(), true, None).await.unwrap().merges;
    assert_eq!(merges().await, 0);
    stack.clock.advance(A_DAY - SECOND);
    assert_eq!(merges().await, 0);
    stack.clock.advance(SECOND);
    assert_eq!(merges().await, 1);
}

#[tokio::test]
async fn an_unforced_pass_looks_for_merges_once_a_day() {
    let (stack, api) = start().await;
    small_segments(&stack, &api, &acme(), 2).await;
    let merges = async || stack.compactor().pass(&acme(), false, None).await.unwrap().merges;
    // January. After its end, the pass looks for another one: February.
    assert_eq!(merges().await, 1);
    assert_eq!(merges().await, 0);
    stack.clock.advance(SOURCES_STAY);
    assert_eq!(merges().await, 1);
    stack.clock.advance(SOURCES_STAY);
    assert_eq!(merges().await, 0);
    assert_eq!(objects(&stack, &acme()).await, 2);
}

#[tokio::test]
async fn sources_stay_for_two_minutes_after_the_switch() {
    let (stack, api) = start().await;
    small_segments(&stack, &api, &acme(), 3).await;
    let before = all_events(&api).await;
    merge_until(&stack, &acme(), Stop::Switched).await;
    let pass = async || stack.compactor().pass(&acme(), true, None).await.unwrap();
    assert_eq!(objects(&stack, &acme()).await, 7, "three sources, one target, three of February");
    stack.clock.advance(SOURCES_STAY - SECOND);
    pass().await;
    assert_eq!(objects(&stack, &acme()).await, 7);
    stack.clock.advance(SECOND);
    pass().await;
    assert_eq!(objects(&stack, &acme()).await, 5, "two targets, three sources of February");
    assert!(all_events(&Api::of_another_instance(&stack)).await == before);
}
