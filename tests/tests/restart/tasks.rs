//! The tasks that the state machine gives: a worker behind its stop, and the list of orgs.

use std::time::Duration;

use audit_compact::task::Task;
use audit_tests::TestStack;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::held::{ORG, assert_tiers, events, held, start};
use crate::steps::{Stop, pass_until};

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

    let done = asked(&stack, task, Instant::now() + Duration::from_secs(600)).await;
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
