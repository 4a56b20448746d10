//! A merge, and its end, with a fault in each of their requests in turn.

use audit_compact::Compactor;
use audit_tests::TestStack;
use audit_tests::acme::{event, events_of_days};
use audit_tests::api::Api;
use audit_tests::merges::{A_DAY, SOURCES_STAY, TARGETS_STAY, pass_until_merged};

use crate::column::{COLUMNS, Column, Tally, table};
use crate::scene::Scene;

/// What the pass with faults has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// To make a merge, up to the switch.
    Make,
    /// To end it.
    End,
}

/// An org whose next pass has this to do, and its hot row.
async fn scene<'a>(stack: &'a TestStack, api: &Api, name: &str, task: Task) -> Scene<'a> {
    let org_id = audit_tests::org(name);
    api.provision(name).await;
    for batch in 0..3 {
        api.record(name, &events_of_days(2, 2, 1_000 * batch)).await;
        stack.compactor().pass(&org_id, true, None).await.unwrap();
    }
    stack.clock.advance(A_DAY);
    if task == Task::End {
        assert_eq!(stack.compactor().pass(&org_id, true, None).await.unwrap().merges, 1);
        stack.clock.advance(SOURCES_STAY);
    }
    // Between others, so that each pass looks for it in the same segments.
    api.record(name, &[event("2026-01-01T12:00:00.5Z", 9_000)]).await;
    let mut scene = Scene { stack, api: api.clone(), org_id, stored: Vec::new() };
    scene.stored = scene.walk("oldest", 1_000).await;
    assert_eq!(scene.stored.len(), 13);
    scene
}

/// Repeats a pass with a fault of one kind in each of its requests in turn, on a stack of its own: it moves the clock.
async fn each_request(column: Column, task: Task) -> Tally {
    let stack = &TestStack::start().await;
    let api = &Api::of(stack);
    let mut tally = Tally::default();
    for number in 0.. {
        let scene = scene(stack, api, &format!("{}-{number}", column.name), task).await;
        let layer = column.at(number);
        let (tables, archive) = layer.clients(stack);
        let worker = Compactor::new(tables, archive, stack.clock.clone(), None);
        let outcome = layer.run(worker.pass(&scene.org_id, true, None)).await;
        drop(worker);
        let Some(call) = layer.met() else { break };
        let when = format!("{task:?}: {} at request {number}, {}", column.name, call.name());
        assert!(!column.is_survived() || matches!(outcome, Some(Ok(_))), "{when}: {outcome:?}");
        scene.check(&when).await;
        scene.pass().await;
        layer.land().await;
        stack.clock.advance(TARGETS_STAY);
        pass_until_merged(stack, &scene.org_id).await;
        scene.check_settled(&when).await;
        // The merged segment, and that of the hot row.
        let segments = stack.tables().ledger.whole(&scene.org_id).await.unwrap().segments;
        let mut rows: Vec<_> = segments.iter().map(|segment| segment.rows).collect();
        rows.sort_unstable();
        assert_eq!(rows, [1, 12], "{when}");
        assert_eq!(stack.archive().published_keys(&scene.org_id).await.unwrap().len(), 2, "{when}");
        tally.add(call, column);
    }
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_survives_every_fault_of_every_request() {
    let tally = table(|column| each_request(column, Task::Make)).await;
    let total = tally.print("merge");
    tally.covers(&["GetItem", "Query", "PutObject", "TransactWriteItems", "CopyObject", "HeadObject", "GetObject"]);
    assert!(total > 45 * COLUMNS.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_merge_survives_every_fault_of_every_request() {
    let tally = table(|column| each_request(column, Task::End)).await;
    let total = tally.print("end of a merge");
    tally.covers(&["GetItem", "HeadObject", "DeleteObject", "TransactWriteItems", "PutItem"]);
    assert!(total > 40 * COLUMNS.len());
}
