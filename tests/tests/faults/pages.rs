//! Walks over pages and looks up an event, with a fault in each of the requests in turn.

use std::time::Duration;

use audit_http::{CallerSource, service};
use audit_tests::TestStack;
use audit_tests::api::{Answer, Api};
use audit_tests::faults::FaultLayer;
use axum::http::StatusCode;
use serde_json::Value;

use crate::column::{Column, Tally, table};
use crate::scene::Scene;

/// The query routes of a fresh instance over a layer.
fn query(stack: &TestStack, layer: &FaultLayer) -> Api {
    let (tables, archive) = layer.clients(stack);
    let routes = audit_query::routes(tables, archive, stack.clock.clone(), Duration::from_secs(600));
    Api::new(service::framed(routes, CallerSource::Local))
}

/// Sends a request until its response arrives: an error is an error, and the same request after it gets the whole
/// response.
async fn get(api: &Api, layer: &FaultLayer, path: &str, when: &str) -> Option<Answer> {
    for _ in 0..3 {
        let answer = layer.run(api.get(path)).await?;
        match answer.status {
            StatusCode::OK => return Some(answer),
            status => assert!(status.is_server_error(), "{when}: {status} {}", answer.text),
        }
    }
    unreachable!("{when}: one fault is met by one request");
}

/// Walks all pages; returns `None` if the process was stopped on the way.
async fn walk(api: &Api, layer: &FaultLayer, org: &str, order: &str, when: &str) -> Option<Vec<Value>> {
    let (mut events, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/orgs/{org}/events?limit=4&order={order}{cursor}");
        let page = get(api, layer, &path, when).await?.json();
        events.extend(page["events"].as_array().cloned().unwrap());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Some(events),
        }
    }
}

async fn each_request(scene: &Scene<'_>, column: Column, order: &str) -> Tally {
    let mut tally = Tally::default();
    let mut expected: Vec<Value> =
        scene.stored.iter().map(|event| serde_json::from_str(&event.text).unwrap()).collect();
    if order == "newest" {
        expected.reverse();
    }
    for number in 0.. {
        let layer = column.at(number);
        let api = query(scene.stack, &layer);
        let when = format!("{} at request {number}, {order}", column.name);
        let org = scene.org_id.as_str();
        let walked = walk(&api, &layer, org, order, &when).await;
        assert!(walked.is_none_or(|walked| walked == expected), "{when}");
        for event in expected.iter().step_by(6) {
            let path = format!("/v1/orgs/{org}/events/{}", event["id"].as_str().unwrap());
            let found = if layer.is_stopped() { None } else { get(&api, &layer, &path, &when).await };
            assert!(found.is_none_or(|found| found.json() == *event), "{when}");
        }
        let Some(call) = layer.met() else { break };
        layer.land().await;
        tally.add(call, column);
    }
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_survives_every_fault_of_every_request_and_is_never_shorter() {
    let stack = TestStack::start().await;
    let scene = Scene::set(&stack, &Api::of(&stack), "acme").await;
    let mut tally = Tally::default();
    for order in ["newest", "oldest"] {
        tally.extend(table(|column| each_request(&scene, column, order)).await);
    }
    tally.print("walk over pages, look-up of events");
    tally.covers(&["GetItem", "Query", "GetObject", "HeadObject"]);
}
