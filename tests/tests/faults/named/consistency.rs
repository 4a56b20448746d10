//! Reads that decide something are strongly consistent. The embedded store always reads consistently, and would not
//! reveal a read that is not.

use std::time::Duration;

use audit_http::{CallerSource, service};
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::faults::FaultLayer;
use audit_tests::walk::Search;

use super::worker;
use crate::scene::Scene;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_read_but_the_probe_for_work_and_that_of_filters_asks_for_strong_consistency() {
    let stack = TestStack::start().await;
    let scene = Scene::set(&stack, &Api::of(&stack), "acme").await;
    let layer = FaultLayer::default();
    let (tables, archive) = layer.clients(&stack);
    let ingest = audit_ingest::routes(tables.clone(), stack.clock.clone());
    let query = audit_query::routes(tables, archive, stack.clock.clone(), Duration::from_secs(600));
    let api = Api::new(service::framed(ingest.merge(query), CallerSource::Local));
    api.provision("acme").await;
    api.record("acme", &crate::scene::events(14..15, 0..2)).await;
    for _ in ["before a batch", "after it"] {
        assert_eq!(Search::new("acme", "").walk(&api, 4).await.len(), 17);
        assert!(!Search::new("acme", "actor=usr_1").walk(&api, 4).await.is_empty());
        api.get(&format!("/v1/orgs/acme/events/{}", scene.stored[0].id)).await;
        worker(&scene, &layer).pass(&scene.org_id, false, None).await.unwrap();
    }
    assert!(layer.calls().len() > 50);
    let weak = layer.weak_reads();
    let is_of_filters = |body: &String| {
        let sort_keys = body.matches(r#""sk":{"S":"#).count();
        sort_keys > 0 && sort_keys == body.matches(r#""sk":{"S":"filters#"#).count()
    };
    let (filters, weak): (Vec<_>, Vec<_>) = weak.into_iter().partition(is_of_filters);
    assert!(weak.iter().all(|body| body.contains(r#""Select":"COUNT""#)), "{weak:?}");
    assert!(!weak.is_empty() && !filters.is_empty(), "the probe detects reads that are not strongly consistent");
}
