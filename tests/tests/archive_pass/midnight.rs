//! A pass that begins before midnight and ends after it.

use audit_compact::Compactor;
use audit_core::Day;
use audit_tests::TestStack;
use audit_tests::acme::event;
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;
use audit_tests::org;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pass_over_midnight_notes_the_day_that_it_began_on() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for requests in 0.. {
        let org_id = org(&format!("org-{requests}"));
        stack.clock.set("2026-11-23T23:59:00Z");
        api.provision(org_id.as_str()).await;
        let events = [event("2026-11-22T10:00:00Z", 1), event("2026-11-23T10:00:00Z", 2)];
        api.record(org_id.as_str(), &events).await;
        let layer = FaultLayer::default();
        layer.allow(requests);
        let (tables, archive) = layer.clients(&stack);
        let worker = Compactor::new(tables, archive, stack.clock.clone(), None);
        let pass = tokio::spawn({
            let org_id = org_id.clone();
            async move { worker.pass(&org_id, false, None).await }
        });
        layer.until_held(|| pass.is_finished()).await;
        if pass.is_finished() {
            assert!(requests > 20, "{requests} requests");
            break;
        }
        stack.clock.set("2026-11-24T00:01:00Z");
        layer.allow_all();
        assert_eq!(pass.await.unwrap().unwrap().rows, 1);
        let noted = stack.tables().ledger.head(&org_id).await.unwrap().daily;
        assert_eq!(noted, "2026-11-23".parse::<Day>().ok(), "over midnight before request {requests}");
        // The row of the day that ended meanwhile does not wait for a further day.
        assert_eq!(stack.compactor().pass(&org_id, false, None).await.unwrap().rows, 1);
    }
}
