//! When the unforced pass archives what.

use audit_compact::report::PassReport;
use audit_compact::task::Task;
use audit_tests::TestStack;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::held::{ORG, acme, assert_tiers, event, events, held, start};
use crate::steps::{Stop, pass_until};

async fn scheduled(stack: &TestStack) -> PassReport {
    stack.stack.compactor().pass(&acme(), false, None).await.unwrap()
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
    assert_eq!((report.rows, report.segments), (3, 2));
    assert_tiers(&stack, 3, 2).await;

    // Late rows of past days wait for the next day.
    api.record(ORG, &[event("2026-11-22T12:00:00Z", 100), event("2026-11-20T12:00:00Z", 101)]).await;
    for now in ["2026-11-23T13:00:00Z", "2026-11-23T23:59:59.999999Z"] {
        stack.clock.set(now);
        let report = scheduled(&stack).await;
        assert_eq!((report.rows, report.segments), (0, 0));
        assert_tiers(&stack, 3, 4).await;
        assert_eq!(held(&api).await.len(), 7);
    }

    stack.clock.set("2026-11-24T00:00:00Z");
    let report = scheduled(&stack).await;
    assert_eq!((report.rows, report.segments), (4, 3));
    assert_tiers(&stack, 7, 0).await;
    assert_eq!(held(&api).await.len(), 7);
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
    assert_eq!(held(&api).await.len(), 4);
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
        assert_eq!(held(&api).await.len(), 2);
    }
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
    let outcomes = stack.stack.compactor().pass_all(false, None).await.unwrap();
    assert_eq!(outcomes.len(), 31, "orgs of every plan, and the one that is empty");
    let rows = |name: &String| {
        outcomes.iter().find(|outcome| outcome.org_id.as_str() == name).unwrap().result.as_ref().unwrap().rows
    };
    assert!(orgs.iter().all(|org| rows(org) == 1));
}

/// Asks a worker for a task as the state machine does.
async fn asked(stack: &TestStack, task: Value, stop_at: Instant) -> Value {
    let task: Task = serde_json::from_value(task).unwrap();
    serde_json::to_value(stack.stack.compactor().run(task, stop_at).await.unwrap()).unwrap()
}

#[tokio::test]
async fn behind_its_stop_a_task_finishes_what_was_begun_begins_nothing_and_says_what_is_left() {
    let (stack, api) = start().await;
    api.record(ORG, &events(3, 4, 0)).await;
    pass_until(&stack, Stop::PartlyCopied).await;
    api.record(ORG, &events(2, 5, 100)).await;
    let task = json!({"task": "archive", "org_ids": [ORG, "no/org"], "force": true});
    let done = asked(&stack, task.clone(), Instant::now()).await;
    assert_eq!((&done["left"], &done["failed_orgs"]), (&json!([ORG]), &json!(["no/org"])));
    assert_eq!((&done["passes"][0]["recovered_batches"], &done["passes"][0]["rows"]), (&json!(1), &json!(0)));
    assert_tiers(&stack, 12, 10).await;

    let done = asked(&stack, task, Instant::now() + std::time::Duration::from_secs(600)).await;
    assert_eq!((&done["left"], &done["passes"][0]["rows"]), (&json!([]), &json!(10)));
    assert_tiers(&stack, 22, 0).await;
    assert_eq!(held(&api).await.len(), 22);
}

#[tokio::test]
async fn orgs_are_listed_in_pages_of_1000_items_and_chunks_of_50() {
    // One item of each says what the platform told, one keeps its id from being told in another case.
    for (orgs, expected_pages) in [(499, 1), (501, 2)] {
        let (stack, api) = start().await;
        for number in 1..orgs {
            api.provision(&format!("org-{number}")).await;
        }
        let (mut listed, mut page, mut pages) = (Vec::new(), Value::Null, 0);
        loop {
            let done = asked(&stack, json!({"task": "list", "start": page}), Instant::now()).await;
            let chunks: Vec<Value> = serde_json::from_value(done["chunks"].clone()).unwrap();
            let chunks: Vec<Vec<String>> =
                chunks.into_iter().map(|chunk| serde_json::from_value(chunk["org_ids"].clone()).unwrap()).collect();
            // A page may hold no org at all.
            let full = chunks.len().saturating_sub(1);
            assert!(chunks[..full].iter().all(|chunk| chunk.len() == 50), "{chunks:?}");
            assert!(chunks[full..].iter().all(|chunk| chunk.len() <= 50), "{chunks:?}");
            listed.extend(chunks.concat());
            (page, pages) = (done["next"].clone(), pages + 1);
            if page.is_null() {
                break;
            }
        }
        assert_eq!(pages, expected_pages);
        listed.sort();
        listed.dedup();
        assert_eq!(listed.len(), orgs);
    }
}
