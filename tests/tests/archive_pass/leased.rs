//! Leases: a worker avoids an org that another worker is archiving, and correctness does not depend on it.

use audit_compact::{Compactor, OrgOutcome, Round};
use audit_tests::TestStack;
use audit_tests::acme::{ORG, all_events, assert_tiers, event, start};
use audit_tests::faults::{Fault, FaultLayer, Refusal};

const SCHEDULED: Round = Round { force: false, stop_at: None, turns_until: None };

fn worker(stack: &TestStack, layer: &FaultLayer, name: &str) -> Compactor {
    let (tables, archive) = layer.clients(stack);
    Compactor::new(tables, archive, stack.clock.clone(), None).named(name)
}

async fn pass(worker: Compactor, round: Round) -> OrgOutcome {
    worker.round(round).await.unwrap().swap_remove(0)
}

fn staged(layer: &FaultLayer) -> usize {
    layer.calls().iter().filter(|call| call.name() == "PutObject").count()
}

/// A worker that is paused before its first upload, and its pass.
async fn paused_worker(stack: &TestStack) -> (FaultLayer, tokio::task::JoinHandle<OrgOutcome>) {
    let twin = FaultLayer::default();
    // Another org with the same rows shows how many requests come before the first upload.
    let (other, api) = start().await;
    api.record(ORG, &[event("2026-11-22T10:00:00Z", 1)]).await;
    assert_eq!(pass(worker(&other, &twin, "twin"), SCHEDULED).await.result.unwrap().rows, 1);
    let first_put = twin.calls().iter().position(|call| call.name() == "PutObject").unwrap();
    let layer = FaultLayer::default();
    layer.allow(first_put);
    let passing = tokio::spawn(pass(worker(stack, &layer, "first"), SCHEDULED));
    layer.until_held(|| passing.is_finished()).await;
    (layer, passing)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_repeats_no_work_of_another_one_and_takes_over_when_the_lease_has_ended() {
    let (stack, api) = start().await;
    api.record(ORG, &[event("2026-11-22T10:00:00Z", 1)]).await;
    let (first, passing) = paused_worker(&stack).await;
    let second = FaultLayer::default();
    let report = pass(worker(&stack, &second, "second"), SCHEDULED).await.result.unwrap();
    assert_eq!((report.busy, report.cut_short, report.rows, staged(&second)), (true, false, 0, 0));
    // 900 s after it was taken, as a worker on AWS has ended by then.
    stack.clock.set("2026-11-23T12:14:59.999999Z");
    assert!(pass(worker(&stack, &second, "second"), SCHEDULED).await.result.unwrap().busy);
    stack.clock.set("2026-11-23T12:15:00Z");
    let report = pass(worker(&stack, &second, "second"), SCHEDULED).await.result.unwrap();
    assert_eq!((report.busy, report.rows), (false, 1));
    // The first worker wakes late: the archive stays right without the lease.
    first.allow_all();
    let late = passing.await.unwrap().result.unwrap();
    assert_eq!((late.busy, late.rows), (false, 0));
    assert_tiers(&stack, 1, 0).await;
    assert_eq!(all_events(&api).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forced_pass_and_a_worker_of_the_same_name_wait_for_no_lease() {
    for (name, force) in [("operator", true), ("first", false)] {
        let (stack, api) = start().await;
        api.record(ORG, &[event("2026-11-22T10:00:00Z", 1)]).await;
        let (first, passing) = paused_worker(&stack).await;
        let report = pass(worker(&stack, &FaultLayer::default(), name), Round { force, ..SCHEDULED }).await.result;
        assert_eq!(report.unwrap().rows, 1, "{name}");
        first.allow_all();
        passing.await.unwrap().result.unwrap();
        assert_tiers(&stack, 1, 0).await;
        assert_eq!(all_events(&api).await.len(), 1);
    }
}

#[tokio::test]
async fn a_pass_that_ended_or_stopped_leaves_no_lease_behind() {
    let (stack, api) = start().await;
    api.record(ORG, &[event("2026-11-22T10:00:00Z", 1)]).await;
    let layer = FaultLayer::with_first(usize::MAX, "PutObject", Fault::Refused(Refusal::Failed));
    assert!(pass(worker(&stack, &layer, "first"), SCHEDULED).await.result.is_err());
    let report = pass(worker(&stack, &FaultLayer::default(), "second"), SCHEDULED).await.result.unwrap();
    assert_eq!((report.busy, report.rows), (false, 1));
    stack.clock.set("2026-11-24T00:00:00Z");
    api.record(ORG, &[event("2026-11-23T10:00:00Z", 2)]).await;
    let report = pass(worker(&stack, &FaultLayer::default(), "third"), SCHEDULED).await.result.unwrap();
    assert_eq!((report.busy, report.rows), (false, 1));
}

#[tokio::test]
async fn a_lease_that_cannot_be_written_stops_no_pass() {
    let (stack, api) = start().await;
    api.record(ORG, &[event("2026-11-22T10:00:00Z", 1)]).await;
    // The first PutItem of a pass takes the lease. All three attempts of it are refused.
    let layer = FaultLayer::with_first(3, "PutItem", Fault::Refused(Refusal::Failed));
    let report = pass(worker(&stack, &layer, "first"), SCHEDULED).await.result.unwrap();
    assert_eq!((report.busy, report.rows), (false, 1));
    assert_tiers(&stack, 1, 0).await;
}
