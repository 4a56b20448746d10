//! Makes, uses and revokes a viewer session, with a fault in each of the requests in turn: no session exists and no
//! event is read without a record, and each of them has one record.

use audit_http::{CallerSource, service};
use audit_tests::TestStack;
use audit_tests::api::{Answer, Api};
use audit_tests::faults::FaultLayer;
use audit_tests::viewer::Viewer;
use axum::http::StatusCode;
use serde_json::Value;

use crate::column::{COLUMNS, Column, Tally};
use crate::scene::event;

const SESSION: &str = r#"{"viewer":{"id":"usr_17"}}"#;

fn ingest(stack: &TestStack, layer: &FaultLayer) -> Api {
    let (tables, _) = layer.clients(stack);
    Api::new(service::framed(audit_ingest::routes(tables, stack.clock.clone()), CallerSource::Local))
}

/// The ids of the sessions in the events of the log about itself with this action, in order.
async fn recorded(api: &Api, org: &str, action: &str) -> Vec<String> {
    let page = api.get(&format!("/v1/orgs/{org}/events?limit=1000&action=audit_log.{action}")).await.json();
    let events = page["events"].as_array().cloned().unwrap();
    let mut ids: Vec<_> = events.iter().map(|event| text(&event["details"]["session_id"])).collect();
    ids.sort();
    ids
}

async fn listed(api: &Api, org: &str) -> Vec<String> {
    let listed = api.get(&format!("/v1/orgs/{org}/viewer-sessions")).await.json();
    let mut ids: Vec<_> =
        listed["sessions"].as_array().unwrap().iter().map(|session| text(&session["session_id"])).collect();
    ids.sort();
    ids
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Asserts that a response is the expected one or, unless the SDK survives the fault, that a store did not respond.
fn assert_done_or_503(answer: Option<&Answer>, done: StatusCode, column: Column, when: &str) {
    match answer {
        Some(answer) if answer.status == done => {}
        Some(answer) => {
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
                "{when}"
            );
            assert!(!column.is_survived(), "{when}");
        }
        None => assert!(!column.is_survived(), "{when}: the process was stopped"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_session_exists_without_its_record_whatever_request_fails() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let mut tally = Tally::default();
    for column in COLUMNS {
        for number in 0.. {
            let org = format!("{}-{number}", column.name);
            api.provision(&org).await;
            let layer = column.at(number);
            let path = format!("/v1/orgs/{org}/viewer-sessions");
            let made = layer.run(ingest(&stack, &layer).post(&path, SESSION)).await;
            let Some(call) = layer.met() else { break };
            let when = format!("{} at request {number}, {}", column.name, call.name());
            assert_done_or_503(made.as_ref(), StatusCode::CREATED, column, &when);
            layer.land().await;
            let recorded = recorded(&api, &org, "session_created").await;
            let listed = listed(&api, &org).await;
            assert!(recorded.len() <= 1 && listed.iter().all(|id| recorded.contains(id)), "{when}: {listed:?}");
            if let Some(made) = made.filter(|made| made.status == StatusCode::CREATED) {
                let bearer = format!("Bearer {}", text(&made.json()["token"]));
                assert_eq!(api.get_authorized("/view/v1/session", &bearer).await.status, StatusCode::OK, "{when}");
                assert_eq!(listed, [text(&made.json()["session_id"])], "{when}");
            }
            tally.add(call, column);
        }
    }
    tally.print("making a viewer session");
    tally.covers(&["GetItem", "PutItem", "TransactWriteItems"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_read_without_its_record_whatever_request_fails() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let mut tally = Tally::default();
    for looks_up in [false, true] {
        for column in COLUMNS {
            for number in 0.. {
                stack.clock.set("2026-11-23T12:00:00Z");
                let org = format!("{}-{number}-{looks_up}", column.name);
                api.provision(&org).await;
                let id = api.record(&org, &[event(20, 1)]).await.remove(0).0;
                let viewer = Viewer::of(&api, &org, SESSION).await;
                let path = if looks_up { format!("/view/v1/events/{id}") } else { "/view/v1/events".to_owned() };
                let layer = column.at(number);
                let function = Api::of_viewers(&stack, layer.clients(&stack));
                let read = layer.run(viewer.get(&function, &path)).await;
                let Some(call) = layer.met() else { break };
                let when = format!("{} at request {number}, {}, {path}", column.name, call.name());
                assert_done_or_503(read.as_ref(), StatusCode::OK, column, &when);
                let recorded_before = recorded(&api, &org, "searched").await.len();
                if read.is_some_and(|read| read.status == StatusCode::OK) {
                    assert_eq!(recorded_before, 1, "{when}");
                }
                // A second later, so that another instant would be another event.
                stack.clock.set("2026-11-23T12:00:01Z");
                let instance = Api::of_viewers(&stack, (stack.tables().clone(), stack.archive().clone()));
                assert_eq!(viewer.get(&instance, &path).await.status, StatusCode::OK, "{when}");
                layer.land().await;
                assert_eq!(viewer.get(&instance, &path).await.status, StatusCode::OK, "{when}");
                assert_eq!(recorded(&api, &org, "searched").await, [viewer.session_id], "{when}");
                tally.add(call, column);
            }
        }
    }
    tally.print("a search and a look-up of a viewer");
    tally.covers(&["GetItem", "PutItem", "Query"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_is_recorded_once_whatever_request_fails() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let mut tally = Tally::default();
    for of_viewer in [false, true] {
        for column in COLUMNS {
            for number in 0.. {
                stack.clock.set("2026-11-23T12:00:00Z");
                let org = format!("{}-{number}-{of_viewer}", column.name);
                api.provision(&org).await;
                let viewer = Viewer::of(&api, &org, SESSION).await;
                let sessions = format!("/v1/orgs/{org}/viewer-sessions");
                let (path, done) = match of_viewer {
                    true => (format!("{sessions}?viewer=usr_17"), StatusCode::OK),
                    false => (format!("{sessions}/{}", viewer.session_id), StatusCode::NO_CONTENT),
                };
                let layer = column.at(number);
                let revoked = layer.run(ingest(&stack, &layer).delete(&path)).await;
                let Some(call) = layer.met() else { break };
                let when = format!("{} at request {number}, {}, {path}", column.name, call.name());
                assert_done_or_503(revoked.as_ref(), done, column, &when);
                if revoked.is_some_and(|revoked| revoked.status == done) {
                    assert_eq!(viewer.get(&api, "/view/v1/session").await.problem(), "session-ended", "{when}");
                    assert_eq!(
                        recorded(&api, &org, "session_revoked").await,
                        std::slice::from_ref(&viewer.session_id),
                        "{when}"
                    );
                }
                stack.clock.set("2026-11-23T12:00:01Z");
                assert_eq!(api.delete(&path).await.status, done, "{when}");
                layer.land().await;
                assert_eq!(api.delete(&path).await.status, done, "{when}");
                assert_eq!(viewer.get(&api, "/view/v1/session").await.problem(), "session-ended", "{when}");
                assert_eq!(recorded(&api, &org, "session_revoked").await, [viewer.session_id], "{when}");
                tally.add(call, column);
            }
        }
    }
    tally.print("revoking a viewer session");
    tally.covers(&["GetItem", "PutItem", "Query", "TransactWriteItems"]);
}
