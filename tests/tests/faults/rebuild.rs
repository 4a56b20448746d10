//! A ledger is rebuilt from its claims, with a fault in each of the requests in turn.

use audit_core::Span;
use audit_recovery::Rebuilder;
use audit_tables::Written;
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::lost::{lose_ledger, rebuilder};
use std::time::Duration;

use crate::column::{Column, Tally, table};
use crate::scene::{Scene, events};

/// When the ledger is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// Between two batches.
    Between,
    /// After the newest batch was claimed, and before it is published.
    Within,
    /// The same, and its staged objects have expired.
    WithinExpired,
}

/// Loses the ledger; returns how many rows and repeats a pass over the rebuilt one archives and deletes.
async fn lose(scene: &Scene<'_>, lost: Lost) -> (u64, u64) {
    let (stack, org_id) = (scene.stack, &scene.org_id);
    let org = org_id.as_str();
    let repeats = [events(10..11, 0..2), events(13..14, 3..5)].concat();
    let outcome = if lost == Lost::Between {
        scene.pass().await;
        // Repeats of what both batches contain wait for the pass after the rebuild.
        scene.api.record(org, &repeats).await;
        (0, 4)
    } else {
        let (worker, head) = (stack.compactor(), stack.tables().ledger.head(org_id).await.unwrap());
        let staged = worker.stage_batch(org_id, &head, Span::ALL, None).await.unwrap();
        let (_, written) = worker.commit(org_id, &head, &staged).await.unwrap();
        assert_eq!(written, Written::Applied);
        worker.claim(org_id, &stack.tables().ledger.head(org_id).await.unwrap()).await.unwrap();
        if lost == Lost::WithinExpired {
            std::fs::remove_dir_all(stack.folder().join("s3/audit-staging/staging").join(org)).unwrap();
            (9, 0)
        } else {
            (0, 9)
        }
    };
    lose_ledger(stack, org_id).await;
    outcome
}

/// The columns for a ledger that is lost within a batch: each leaves another state. The others are refusals, which
/// [`Lost::Between`] covers.
const WITHIN: [&str; 4] = ["lost", "stopped-before", "stopped-after", "late"];

/// Repeats a rebuild with a fault of one kind in each of its requests in turn.
async fn each_request(stack: &TestStack, api: &Api, lost: Lost, column: Column) -> Tally {
    let (mut tally, mut unmet) = (Tally::default(), 0);
    if lost != Lost::Between && !WITHIN.contains(&column.name) {
        return tally;
    }
    for number in 0.. {
        let org = format!("{}-{number}", column.name);
        let scene = Scene::set(stack, api, &org).await;
        let expected = lose(&scene, lost).await;
        let layer = column.at(number);
        let (tables, archive) = layer.clients(stack);
        let faulty = Rebuilder::new(tables, archive).waiting(Duration::ZERO);
        let outcome = layer.run(Box::pin(faulty.org(&scene.org_id))).await;
        let Some(call) = layer.met() else {
            // How many copies are sent until one is found missing differs from run to run.
            unmet += 1;
            if unmet == 3 {
                break;
            }
            continue;
        };
        unmet = 0;
        let when = format!("{lost:?}: {} at request {number}, {}", column.name, call.name());
        assert!(!column.is_survived() || matches!(outcome, Some(Ok(_))), "{when}: {outcome:?}");
        // Whatever the first one left, running it again finishes.
        rebuilder(stack).org(&scene.org_id).await.unwrap();
        // The late requests are applied to a ledger that is complete again.
        layer.land().await;
        scene.check(&when).await;
        let report = scene.pass().await;
        assert_eq!((report.rows, report.repeated_rows, report.rows_quarantined), (expected.0, expected.1, 0), "{when}");
        scene.check_settled(&when).await;
        tally.add(call, column);
    }
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_of_a_lost_ledger_survives_every_fault_of_every_request() {
    for lost in [Lost::Between, Lost::Within, Lost::WithinExpired] {
        let stack = TestStack::start().await;
        let api = Api::of(&stack);
        let tally = table(|column| each_request(&stack, &api, lost, column)).await;
        tally.print(&format!("rebuild of a ledger of two batches, lost: {lost:?}"));
        match lost {
            Lost::Between => {
                tally.covers(&["ListObjectsV2", "GetObject", "PutObject"]);
                tally.covers(&["GetItem", "Query", "PutItem", "TransactWriteItems"]);
            }
            Lost::Within | Lost::WithinExpired => assert!(tally.has("CopyObject") && tally.has("HeadObject")),
        }
    }
}
