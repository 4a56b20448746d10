//! Passes over many orgs concurrently: a slow org delays only itself.

use std::time::Duration;

use audit_compact::{OrgOutcome, Round};
use audit_core::{Clock as _, NewEvent, Seq};
use audit_tests::acme::{ORG, acme, event, events, start};
use audit_tests::api::Api;
use audit_tests::{ID_KEY, TestStack, org};
use futures::{StreamExt as _, stream};
use tokio::time::Instant;

const SMALL: usize = 40;

/// Months whose segments fill two batches, and two months more.
const THREE_BATCHES: usize = 130;

async fn small_orgs(api: &Api) -> Vec<String> {
    let orgs: Vec<_> = (0..SMALL).map(|number| format!("small-{number:02}")).collect();
    for org in &orgs {
        api.provision(org).await;
        api.record(org, &[event("2026-11-21T10:00:00Z", 1), event("2026-11-22T10:00:00Z", 2)]).await;
    }
    orgs
}

fn place(outcomes: &[OrgOutcome], org: &str) -> usize {
    outcomes.iter().position(|outcome| outcome.org_id.as_str() == org).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_org_of_three_batches_takes_three_turns_and_ends_after_all_others() {
    let (stack, api) = start().await;
    let small = small_orgs(&api).await;
    api.record(ORG, &events(THREE_BATCHES, 1, 0)).await;
    // The slow org is listed first.
    let listed = [ORG].into_iter().chain(small.iter().map(String::as_str)).map(org).collect();
    let outcomes = stack.compactor().round_of(listed, Round { force: true, ..Round::default() }).await;
    assert_eq!(outcomes.len(), SMALL + 1);
    let slow = &outcomes[place(&outcomes, ORG)];
    let report = slow.result.as_ref().unwrap();
    assert_eq!((report.rows, report.segments, report.cut_short), (130, 130, false));
    assert_eq!(stack.tables().ledger.batches(&acme(), Seq(0)).await.unwrap().records.len(), 3);
    // Its second turn begins when each other org has begun its only one; three of these may still run.
    assert!(place(&outcomes, ORG) >= SMALL - 3, "it ended as number {}", place(&outcomes, ORG));
}

#[tokio::test]
async fn a_round_without_further_turns_archives_one_batch_of_each_org_and_reports_what_is_left() {
    let (stack, api) = start().await;
    api.record(ORG, &events(THREE_BATCHES, 1, 0)).await;
    let round = Round { force: true, stop_at: None, turns_until: Some(Instant::now()) };
    for (archived, is_left) in [(64, true), (128, true), (130, false)] {
        let outcomes = stack.compactor().round(round).await.unwrap();
        assert_eq!(outcomes[0].result.as_ref().unwrap().cut_short, is_left);
        assert_eq!(stack.tables().ledger.head(&acme()).await.unwrap().next_seq, Seq(archived));
    }
}

/// Stores rows of one day without the API, which takes longer.
async fn store(stack: &TestStack, rows: usize) {
    let puts = (0..rows).map(async |number| {
        let text = format!(
            r#"{{"occurred_at":"2026-11-20T10:00:00.{number:06}Z","actor":{{"id":"usr_1"}},"action":"member.invited","result":"succeeded"}}"#
        );
        let now = stack.clock.now();
        let new = NewEvent::read(serde_json::from_str(&text).unwrap(), "", now, &mut Default::default()).unwrap();
        stack.tables().events.put(&new.into_event(acme(), &ID_KEY, now, number as u64)).await.unwrap();
    });
    stream::iter(puts).buffer_unordered(64).collect::<Vec<_>>().await;
}

/// Passes over all orgs, the large one first; returns how long the small ones took, how long all took, and the
/// outcomes.
async fn timed(stack: &TestStack, small: &[String], large: bool) -> (Duration, Duration, Vec<OrgOutcome>) {
    let first = large.then_some(ORG);
    let listed = first.into_iter().chain(small.iter().map(String::as_str)).map(org).collect();
    let (compactor, start) = (stack.compactor(), Instant::now());
    let passes =
        tokio::spawn(async move { compactor.round_of(listed, Round { force: true, ..Round::default() }).await });
    let mut ended = Duration::ZERO;
    for org_id in small.iter().map(|name| org(name)) {
        loop {
            let head = stack.tables().ledger.head(&org_id).await.unwrap();
            if head.daily.is_some() && head.open.is_none() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        ended = start.elapsed();
    }
    let outcomes = passes.await.unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.result.is_ok()));
    (ended, start.elapsed(), outcomes)
}

/// `AUDIT_TURNS_ROWS=100000` is the size at which small orgs once took as long as the large one. The times are printed;
/// the assertion is that the small ones do not wait: three turns are free in addition to the long one.
#[expect(clippy::disallowed_methods, reason = "the size of a test run")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_orgs_beside_a_large_one_do_not_wait_for_its_batch() {
    let rows = std::env::var("AUDIT_TURNS_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(20_000);
    let (stack, api) = start().await;
    let alone = timed(&stack, &small_orgs(&api).await, false).await.0;
    let (stack, api) = start().await;
    let small = small_orgs(&api).await;
    store(&stack, rows).await;
    let (beside, all, outcomes) = timed(&stack, &small, true).await;
    println!("{SMALL} small orgs took {alone:?} without and {beside:?} with an org of {rows} rows, which took {all:?}");
    assert!(place(&outcomes, ORG) >= 10, "it ended as number {}", place(&outcomes, ORG));
}
