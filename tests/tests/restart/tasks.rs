//! The tasks that the state machine gives: a worker behind its stop, and the list of orgs.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use audit_compact::{Compactor, Task};
use audit_local::stack::table_names;
use audit_tests::TestStack;
use audit_tests::faults::FaultLayer;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::held::{ORG, acme, assert_tiers, events, held, start};
use crate::steps::{Stop, pass_until};

/// Asks a worker for a task as the state machine does.
pub(crate) async fn asked(stack: &TestStack, task: Value, stop_at: Instant) -> Value {
    let task: Task = serde_json::from_value(task).unwrap();
    serde_json::to_value(stack.compactor().run(task, stop_at).await.unwrap()).unwrap()
}

#[tokio::test]
async fn after_its_stop_a_task_begins_nothing_and_reports_what_is_left() {
    let (stack, api) = start().await;
    api.record(ORG, &events(3, 4, 0)).await;
    pass_until(&stack, Stop::PartlyCopied).await;
    api.record(ORG, &events(2, 5, 100)).await;
    let task = json!({"task": "archive", "org_ids": [ORG, "no/org"], "force": true});
    let done = asked(&stack, task.clone(), Instant::now()).await;
    assert_eq!((&done["left"], &done["failed_orgs"]), (&json!([ORG]), &json!(["no/org"])));
    assert_eq!((&done["passes"][0]["recovered_batches"], &done["passes"][0]["rows"]), (&json!(0), &json!(0)));
    assert_eq!(stack.tables().waiting(&acme(), 1_000).await.unwrap(), 22);

    let done = asked(&stack, task, Instant::now() + Duration::from_secs(600)).await;
    assert_eq!((&done["left"], &done["passes"][0]["rows"]), (&json!([]), &json!(10)));
    assert_eq!(done["passes"][0]["recovered_batches"], 1);
    assert_tiers(&stack, 22, 0).await;
    assert_eq!(held(&api).await.len(), 22);
}

/// The orgs that the chunks of a list hold, each archived by a task as the state machine gives it; none has anything to do.
async fn orgs_of(stack: &TestStack, chunks: &Value) -> Vec<String> {
    let mut orgs = Vec::new();
    for chunk in chunks.as_array().unwrap() {
        let task = json!({"task": "archive_chunk", "chunk": chunk, "force": true, "worker": "one"});
        let done = asked(stack, task, Instant::now() + Duration::from_secs(600)).await;
        assert_eq!(done, json!({"failed_orgs": [], "left": []}));
        // Each pass that ended noted the day in its org's ledger.
        let ledger = table_names().ledger;
        let heads = stack.dynamodb().scan().table_name(ledger).into_paginator().items().send();
        let heads: Vec<_> = heads.try_collect().await.unwrap();
        let heads = heads.iter().filter(|item| item["sk"].as_s().unwrap() == "head");
        let found: BTreeSet<_> = heads.map(|item| item["org_id"].as_s().unwrap().clone()).collect();
        let new: Vec<_> = found.into_iter().filter(|org| !orgs.contains(org)).collect();
        assert!(new.len() <= 50, "{} orgs in a chunk", new.len());
        orgs.extend(new);
    }
    orgs
}

#[tokio::test]
async fn orgs_are_listed_in_pages_of_1000_items_and_chunks_of_50() {
    // One item of each says what the platform told, one keeps its id from being told in another case.
    for (orgs, expected_pages) in [(499, 1), (501, 2)] {
        let (stack, api) = start().await;
        for number in 1..orgs {
            api.provision(&format!("org-{number}")).await;
        }
        let layer = FaultLayer::default();
        let (tables, archive) = layer.clients(&stack);
        let worker = Compactor::new(tables, archive, stack.clock.clone(), None);
        let listed = worker.run(Task::List { start: None }, Instant::now() + Duration::from_secs(600)).await.unwrap();
        let listed = serde_json::to_value(listed).unwrap();
        assert_eq!(layer.calls().len(), expected_pages);
        let chunks = listed["chunks"].as_array().unwrap();
        assert_eq!((chunks.len(), &listed["next"]), (usize::div_ceil(orgs, 50), &Value::Null));
        assert_eq!(orgs_of(&stack, &listed["chunks"]).await.len(), orgs);
    }
}

/// Puts orgs into the table without the API, which takes longer.
async fn put_orgs(stack: &TestStack, orgs: usize) {
    let text = |name: &str, value: &str| (name.to_owned(), AttributeValue::S(value.to_owned()));
    let items: Vec<_> = (0..orgs)
        .map(|number| {
            let item =
                [text("org_id", &format!("org-{number:060}")), text("name", "An org"), text("plan", "enterprise")];
            let more = [text("status", "active"), text("updated_at", "2026-11-22T10:00:00.000000Z")];
            item.into_iter().chain(more).collect()
        })
        .collect();
    for items in items.chunks(25) {
        let puts = items.iter().map(|item: &HashMap<_, _>| {
            let put = PutRequest::builder().set_item(Some(item.clone())).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        });
        let batch = stack.dynamodb().batch_write_item().request_items(table_names().orgs, puts.collect());
        assert_eq!(batch.send().await.unwrap().unprocessed_items.unwrap_or_default().len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_has_300_chunks_and_the_orgs_beyond_it_are_another_list() {
    let stack = TestStack::start().await;
    put_orgs(&stack, 15_000 + 51).await;
    let list = async |start: &Value| {
        asked(&stack, json!({"task": "list", "start": start}), Instant::now() + Duration::from_secs(600)).await
    };
    let first = list(&Value::Null).await;
    assert_eq!(first["chunks"].as_array().unwrap().len(), 300);
    // A state has 256 KB.
    assert!(first.to_string().len() < 60_000, "{} bytes", first.to_string().len());
    let second = list(&first["next"]).await;
    let chunks = second["chunks"].as_array().unwrap();
    assert_eq!((chunks.len(), &second["next"]), (2, &Value::Null));
    assert_eq!(chunks[0]["after"], first["next"]);
    assert_eq!(orgs_of(&stack, &second["chunks"]).await.len(), 51);
}

#[tokio::test]
async fn a_chunk_gives_each_org_one_turn_and_then_the_unfinished_ones_all_that_they_need() {
    let (stack, api) = start().await;
    api.provision("quick").await;
    // Three batches.
    api.record(ORG, &events(130, 1, 0)).await;
    let give = async |chunk: Value| {
        let task = json!({"task": "archive_chunk", "chunk": chunk, "force": true, "worker": "one"});
        asked(&stack, task, Instant::now() + Duration::from_secs(600)).await
    };
    let listed = asked(&stack, json!({"task": "list"}), Instant::now() + Duration::from_secs(600)).await;
    let done = give(listed["chunks"][0].clone()).await;
    assert_eq!(done, json!({"failed_orgs": [], "left": [{"org_ids": [ORG]}]}));
    assert_tiers(&stack, 64, 66).await;
    assert_eq!(give(done["left"][0].clone()).await, json!({"failed_orgs": [], "left": []}));
    assert_tiers(&stack, 130, 0).await;
}

#[tokio::test]
async fn a_range_whose_last_org_is_listed_no_more_ends_after_twice_its_orgs() {
    let stack = TestStack::start().await;
    put_orgs(&stack, 130).await;
    let task = json!({"task": "archive_chunk", "chunk": {"through": "no-org"}, "worker": "one"});
    asked(&stack, task, Instant::now() + Duration::from_secs(600)).await;
    let scan = stack.dynamodb().scan().table_name(table_names().ledger).send().await.unwrap();
    let heads = scan.items().iter().filter(|item| item["sk"].as_s().unwrap() == "head").count();
    assert_eq!(heads, 100);
}
