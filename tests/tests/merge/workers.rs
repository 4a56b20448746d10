//! Two workers over one org, one of them paused between any two of its requests.

use audit_compact::{CompactError, Compactor};
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;
use audit_tests::merges::{SOURCES_STAY, pass_until_merged, small_segments};
use audit_tests::outside::look;
use audit_tests::walk::Search;
use audit_tests::{lost, org};

/// Pauses a pass that merges after each number of requests in turn, while another worker merges; returns how many there
/// were. If `is_switched`, the pass of the paused worker is the one that ends the merge.
async fn pause_each(is_switched: bool) -> usize {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for requests in 0.. {
        let org_id = org(&format!("org-{requests}"));
        api.provision(org_id.as_str()).await;
        small_segments(&stack, &api, &org_id, 2).await;
        let search = Search::new(org_id.as_str(), "order=oldest");
        let before = search.walk_exactly(&api, 1_000).await.events;
        if is_switched {
            assert_eq!(stack.compactor().pass(&org_id, true, None).await.unwrap().merges, 1);
            stack.clock.advance(SOURCES_STAY);
        }
        let layer = FaultLayer::default();
        layer.allow(requests);
        let (tables, archive) = layer.clients(&stack);
        let worker = Compactor::new(tables, archive, stack.clock.clone(), None);
        let paused = tokio::spawn({
            let org_id = org_id.clone();
            async move { worker.pass(&org_id, true, None).await }
        });
        layer.until_held(|| paused.is_finished()).await;
        let (is_over, when) = (paused.is_finished(), format!("switched: {is_switched}, after {requests} requests"));
        pass_until_merged(&stack, &org_id).await;
        layer.allow_all();
        match paused.await.unwrap() {
            // It may find that the other worker deleted what it was reading.
            Ok(_) | Err(CompactError::Segment(_) | CompactError::MergeIncomplete(_)) => {}
            Err(error) => panic!("{when}: {error}"),
        }
        pass_until_merged(&stack, &org_id).await;
        assert!(search.walk_exactly(&api, 1_000).await.events == before, "{when}");
        assert!(search.walk_exactly(&Api::of_another_instance(&stack), 1_000).await.events == before, "{when}");
        look(&stack, &org_id).await;
        let segments = stack.tables().ledger.whole(&org_id).await.unwrap().segments;
        assert_eq!(segments.iter().map(|segment| segment.rows).collect::<Vec<_>>(), [112, 48], "{when}");
        let kinds = lost::kinds(&stack, &org_id).await;
        assert_eq!(kinds, "bpbpmsms", "{when}");
        assert_eq!(stack.archive().published_keys(&org_id).await.unwrap().len(), 2, "{when}");
        if is_over {
            return requests;
        }
    }
    0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_pauses_anywhere_in_a_merge_neither_loses_nor_doubles_a_row() {
    let requests = pause_each(false).await;
    assert!(requests > 30, "{requests}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_pauses_anywhere_in_the_end_of_a_merge_neither_loses_nor_doubles_a_row() {
    let requests = pause_each(true).await;
    assert!(requests > 20, "{requests}");
}
