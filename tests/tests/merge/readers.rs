//! A merge between any two requests of a page, of statistics and of a look-up: no event is hidden, and none returned twice.

use std::time::Duration;

use audit_core::OrgId;
use audit_http::{CallerSource, service};
use audit_tests::TestStack;
use audit_tests::acme::event;
use audit_tests::api::Api;
use audit_tests::exact::ExactEvent;
use audit_tests::faults::FaultLayer;
use audit_tests::merges::{SOURCES_STAY, Stop, merge_until, small_segments};
use audit_tests::org;
use audit_tests::walk::Search;

/// A client whose requests to its stores can be paused.
fn paused(stack: &TestStack) -> (Api, FaultLayer) {
    let layer = FaultLayer::default();
    let (tables, archive) = layer.clients(stack);
    let routes = audit_query::routes(tables, archive, stack.clock.clone(), Duration::from_secs(600));
    (Api::new(service::framed(routes, CallerSource::Local)), layer)
}

/// What happens to the archive between two requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// A merge, up to and including a step.
    Until(Stop),
    /// A whole merge, and the deletes of its sources.
    Whole,
}

async fn make(stack: &TestStack, org_id: &OrgId, change: Change) {
    match change {
        Change::Until(stop) => _ = merge_until(stack, org_id, stop).await,
        Change::Whole => {
            assert_eq!(stack.compactor().pass(org_id, true, None).await.unwrap().merges, 1);
            stack.clock.advance(SOURCES_STAY);
            stack.compactor().pass(org_id, true, None).await.unwrap();
        }
    }
}

/// What a caller asks for: a walk, a look-up of a row, and statistics.
async fn responses(api: &Api, org_id: &OrgId, order: &str, id: &str) -> (Vec<ExactEvent>, String, String) {
    let search = Search::new(org_id.as_str(), &format!("order={order}"));
    let walked = search.walk_exactly(api, 50).await.events;
    let found = api.get(&format!("/v1/orgs/{org_id}/events/{id}")).await.text;
    let counted = api.get(&format!("/v1/orgs/{org_id}/stats?group=actor")).await.text;
    (walked, found, counted)
}

/// Makes the change after each number of requests in turn, until there are no more; returns how many there were.
async fn each_request(order: &'static str, is_warm: bool, change: Change) -> usize {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for requests in 0.. {
        let org_id = org(&format!("org-{requests}"));
        api.provision(org_id.as_str()).await;
        small_segments(&stack, &api, &org_id, 2).await;
        api.record(org_id.as_str(), &[event("2026-02-03T12:30:00Z", 9_000)]).await;
        let expected = Search::new(org_id.as_str(), "order=oldest").walk_exactly(&api, 1_000).await.events;
        let id = expected[10].id.to_string();
        let before = responses(&api, &org_id, order, &id).await;
        assert_eq!(before.0.len(), 161);
        let (reader, layer) = paused(&stack);
        if is_warm {
            assert!(responses(&reader, &org_id, order, &id).await == before);
        }
        layer.allow(requests);
        let reading = {
            let (reader, org_id, id) = (reader.clone(), org_id.clone(), id.clone());
            tokio::spawn(async move { responses(&reader, &org_id, order, &id).await })
        };
        layer.until_held(|| reading.is_finished()).await;
        let is_over = reading.is_finished();
        make(&stack, &org_id, change).await;
        layer.allow_all();
        let when = format!("{order}, warm: {is_warm}, {change:?} after {requests} requests");
        let read = reading.await.unwrap();
        assert!(read.0 == before.0, "{when}: {} events", read.0.len());
        assert_eq!((read.1, read.2), (before.1.clone(), before.2.clone()), "{when}");
        assert!(responses(&reader, &org_id, order, &id).await == before, "after {when}");
        if is_over {
            return requests;
        }
    }
    0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_between_any_two_requests_hides_and_doubles_nothing_for_a_fresh_reader() {
    let requests = each_request("newest", false, Change::Whole).await;
    assert!(requests > 20, "{requests}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_between_any_two_requests_hides_and_doubles_nothing_for_a_reader_that_cached_the_ledger() {
    let requests = each_request("oldest", true, Change::Whole).await;
    assert!(requests > 20, "{requests}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_between_any_two_requests_hides_and_doubles_nothing() {
    for (order, is_warm, stop) in [("oldest", false, Stop::Switched), ("newest", true, Stop::Dropped)] {
        let requests = each_request(order, is_warm, Change::Until(stop)).await;
        assert!(requests > 20, "{requests}");
    }
}
