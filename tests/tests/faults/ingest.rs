//! Records a batch of events and registers an org, with a fault in each of the requests in turn.

use std::collections::HashSet;

use audit_core::EventId;
use audit_http::{CallerSource, service};
use audit_tests::TestStack;
use audit_tests::api::{Answer, Api};
use audit_tests::faults::FaultLayer;
use axum::http::StatusCode;

use crate::column::{COLUMNS, Column, Tally, table};
use crate::scene::{Scene, events};

/// The ingest routes over a layer.
fn ingest(stack: &TestStack, layer: &FaultLayer) -> Api {
    let (tables, _) = layer.clients(stack);
    Api::new(service::framed(audit_ingest::routes(tables, stack.clock.clone()), CallerSource::Local))
}

/// The ids that a response calls durable, regardless of its status.
fn durable(answer: &Answer) -> HashSet<EventId> {
    let json = answer.json();
    let statuses = json["events"].as_array().cloned().unwrap_or_default();
    let durable = statuses.iter().filter(|event| event["status"] != "unknown");
    durable.map(|event| event["id"].as_str().unwrap().parse::<EventId>().unwrap()).collect()
}

async fn each_request(stack: &TestStack, api: &Api, column: Column) -> Tally {
    let mut tally = Tally::default();
    for number in 0.. {
        let mut scene = Scene::set(stack, api, &format!("{}-{number}", column.name)).await;
        let layer = column.at(number);
        let faulty = ingest(stack, &layer);
        // New events of a new and of an archived month, one that is hot already and one that is archived.
        let sent = [events(11..13, 6..9), events(10..12, 2..3), events(13..14, 3..4)].concat();
        let (path, body) =
            (format!("/v1/orgs/{}/events", scene.org_id), format!(r#"{{"events":[{}]}}"#, sent.join(",")));
        let answer = layer.run(faulty.post(&path, body.clone())).await;
        let Some(call) = layer.met() else { break };
        let when = format!("{} at request {number}, {}", column.name, call.name());
        // What was called durable is found, regardless of the rest.
        if let Some(answer) = answer {
            assert!(matches!(answer.status, StatusCode::CREATED | StatusCode::SERVICE_UNAVAILABLE), "{when}");
            let found: HashSet<_> = scene.walk("newest", 1_000).await.iter().map(|event| event.id).collect();
            audit_core::invariants::acknowledged(&durable(&answer), &found).unwrap();
            let complete = durable(&answer).len() == sent.len();
            assert_eq!(answer.status == StatusCode::CREATED, complete, "{when}: {}", answer.text);
            assert!(complete || !column.is_survived(), "{when}: {}", answer.text);
        }
        layer.land().await;
        let again = scene.api.post(&path, body).await;
        assert_eq!(again.status, StatusCode::CREATED, "{when}");
        scene.stored = scene.walk("oldest", 1_000).await;
        assert_eq!(scene.stored.len(), 15 + 6, "{when}: each event once");
        scene.check(&when).await;
        scene.check_settled(&when).await;
        tally.add(call, column);
    }
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recording_events_survives_every_fault_of_every_request() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let tally = table(|column| each_request(&stack, &api, column)).await;
    tally.print("recording a batch of 9 events");
    tally.covers(&["GetItem", "PutItem"]);
}

/// Whether an org may write is decided by one item; of two ids that differ by case only one is ever stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registering_an_org_survives_every_fault_of_every_request() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let mut tally = Tally::default();
    for column in COLUMNS {
        for number in 0.. {
            let layer = column.at(number);
            let faulty = ingest(&stack, &layer);
            let (name, other) = (format!("org-{}-{number}", column.name), format!("ORG-{}-{number}", column.name));
            let told = layer.run(faulty.put(&format!("/v1/orgs/{name}"), r#"{"name":"A","plan":"enterprise"}"#)).await;
            let Some(call) = layer.met() else { break };
            let when = format!("{} at request {number}, {}", column.name, call.name());
            let told = told.map(|told| told.status);
            assert!(!column.is_survived() || told == Some(StatusCode::OK), "{when}: {told:?}");
            if told == Some(StatusCode::OK) {
                assert_eq!(api.get(&format!("/v1/orgs/{name}")).await.json()["plan"], "enterprise", "{when}");
            }
            layer.land().await;
            api.provision(&name).await;
            let second = api.put(&format!("/v1/orgs/{other}"), r#"{"name":"B","plan":"enterprise"}"#).await;
            assert_eq!(second.status, StatusCode::CONFLICT, "{when}");
            assert_eq!(api.get(&format!("/v1/orgs/{other}")).await.status, StatusCode::NOT_FOUND, "{when}");
            tally.add(call, column);
        }
    }
    tally.print("registering an org");
    tally.covers(&["PutItem", "GetItem", "UpdateItem"]);
}
