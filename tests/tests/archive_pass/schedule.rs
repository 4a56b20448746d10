//! Which rows a pass that is not forced archives, and when.

use std::collections::BTreeSet;

use audit_compact::PassReport;
use audit_local::stack::table_names;
use audit_tests::TestStack;
use audit_tests::acme::{ORG, acme, all_events, assert_tiers, event, start};
use aws_sdk_dynamodb::types::AttributeValue;

async fn scheduled(stack: &TestStack) -> PassReport {
    stack.compactor().pass(&acme(), false, None).await.unwrap()
}

#[tokio::test]
async fn the_first_pass_of_a_day_archives_the_days_before_and_the_others_nothing() {
    let (stack, api) = start().await;
    let at = [
        "2026-11-21T10:00:00Z",
        "2026-11-22T00:00:00Z",
        "2026-11-22T23:59:59.999999Z",
        "2026-11-23T00:00:00Z",
        "2026-11-23T12:04:59Z",
    ];
    api.record(ORG, &at.iter().zip(0..).map(|(at, key)| event(at, key)).collect::<Vec<_>>()).await;
    let report = scheduled(&stack).await;
    assert_eq!((report.rows, report.segments), (3, 1));
    assert_tiers(&stack, 3, 2).await;

    // Late rows of past days wait for the next day.
    api.record(ORG, &[event("2026-11-22T12:00:00Z", 100), event("2026-11-20T12:00:00Z", 101)]).await;
    for now in ["2026-11-23T13:00:00Z", "2026-11-23T23:59:59.999999Z"] {
        stack.clock.set(now);
        let report = scheduled(&stack).await;
        assert_eq!((report.rows, report.segments), (0, 0));
        assert_tiers(&stack, 3, 4).await;
        assert_eq!(all_events(&api).await.len(), 7);
    }

    stack.clock.set("2026-11-24T00:00:00Z");
    let report = scheduled(&stack).await;
    assert_eq!((report.rows, report.segments), (4, 2), "the late rows, and those of yesterday");
    assert_tiers(&stack, 7, 0).await;
    assert_eq!(all_events(&api).await.len(), 7);
}

#[tokio::test]
async fn a_forced_pass_takes_today_too_and_counts_as_the_pass_of_the_day() {
    let (stack, api) = start().await;
    api.record(ORG, &[event("2026-11-22T10:00:00Z", 1), event("2026-11-23T10:00:00Z", 2)]).await;
    api.archive().await;
    assert_tiers(&stack, 2, 0).await;
    api.record(ORG, &[event("2026-11-22T11:00:00Z", 3), event("2026-11-23T11:00:00Z", 4)]).await;
    assert_eq!(scheduled(&stack).await.rows, 0);
    assert_tiers(&stack, 2, 2).await;
    stack.clock.set("2026-11-24T00:00:01Z");
    scheduled(&stack).await;
    assert_tiers(&stack, 4, 0).await;
    assert_eq!(all_events(&api).await.len(), 4);
}

#[tokio::test]
async fn a_pass_on_a_clock_400_days_ahead_stops_no_later_daily_pass() {
    let (stack, api) = start().await;
    stack.clock.set("2027-12-28T12:00:00Z");
    scheduled(&stack).await;
    stack.clock.set("2026-11-23T12:00:00Z");
    api.record(ORG, &[event("2026-11-22T10:00:00Z", 1)]).await;
    assert_eq!(scheduled(&stack).await.rows, 1);
    // From now on once a day, as usual.
    api.record(ORG, &[event("2026-11-22T11:00:00Z", 2)]).await;
    assert_eq!(scheduled(&stack).await.rows, 0);
    stack.clock.set("2026-11-24T00:00:00Z");
    assert_eq!(scheduled(&stack).await.rows, 1);
    assert_tiers(&stack, 2, 0).await;
}

#[tokio::test]
async fn a_row_of_tomorrow_waits_until_its_own_day_is_past() {
    let (stack, api) = start().await;
    stack.clock.set("2026-11-23T23:58:00Z");
    api.record(ORG, &[event("2026-11-24T00:03:00Z", 1), event("2026-11-23T23:58:00Z", 2)]).await;
    for (now, archived) in [
        ("2026-11-23T23:59:00Z", 0),
        ("2026-11-24T00:00:00Z", 1),
        ("2026-11-24T23:59:00Z", 1),
        ("2026-11-25T00:00:00Z", 2),
    ] {
        stack.clock.set(now);
        scheduled(&stack).await;
        assert_tiers(&stack, archived, 2 - archived).await;
        assert_eq!(all_events(&api).await.len(), 2);
    }
}

#[tokio::test]
async fn an_org_that_never_had_the_plan_is_not_listed_and_one_of_which_that_is_unknown_is() {
    let (stack, api) = start().await;
    let listed = async || {
        let outcomes = stack.compactor().pass_all(false, None).await.unwrap();
        outcomes.iter().map(|outcome| outcome.org_id.to_string()).collect::<BTreeSet<_>>()
    };
    let had_plan = async |org: &str, had_plan: Option<bool>| {
        let update = stack.dynamodb().update_item().table_name(table_names().orgs);
        let update = update.key("org_id", AttributeValue::S(org.to_owned()));
        let update = match had_plan {
            Some(had) => update
                .update_expression("SET had_plan = :had")
                .expression_attribute_values(":had", AttributeValue::Bool(had)),
            None => update.update_expression("REMOVE had_plan"),
        };
        update.send().await.unwrap();
    };
    api.put("/v1/orgs/free", r#"{"name":"Never had it","plan":"team"}"#).await;
    had_plan("free", Some(false)).await;
    assert_eq!(listed().await, [ORG.to_owned()].into());
    had_plan("free", Some(true)).await;
    assert_eq!(listed().await, [ORG.to_owned(), "free".to_owned()].into());
    // An item of a version that did not write this member.
    had_plan("free", None).await;
    assert_eq!(listed().await, [ORG.to_owned(), "free".to_owned()].into());
}

#[tokio::test]
async fn a_pass_over_all_orgs_leaves_none_out() {
    let (stack, api) = start().await;
    let orgs: Vec<_> = (0..30).map(|number| format!("org-{number}")).collect();
    for org in &orgs {
        api.provision(org).await;
        api.record(org, &[event("2026-11-22T10:00:00Z", 1)]).await;
    }
    api.put("/v1/orgs/org-7", r#"{"name":"Left the plan","plan":"team"}"#).await;
    let outcomes = stack.compactor().pass_all(false, None).await.unwrap();
    assert_eq!(outcomes.len(), 31, "orgs of every plan, and the one that is empty");
    let rows = |name: &String| {
        outcomes.iter().find(|outcome| outcome.org_id.as_str() == name).unwrap().result.as_ref().unwrap().rows
    };
    assert!(orgs.iter().all(|org| rows(org) == 1));
}
