//! An event of another org does not exist for a caller: the response is that for an id that no event has.

use audit_core::{Event, OrgId, request};
use audit_tests::api::Api;
use audit_tests::walk::Search;
use audit_tests::{ID_KEY, START, TestStack, instant, org};
use axum::http::StatusCode;

use crate::routes::EVENT;

/// The event of an org whose id has the given random part.
fn event(org_id: OrgId, actor: &str, random: u64) -> Event {
    let body = EVENT.replace("usr_1", actor);
    let mut events = request::read(body.as_bytes(), None, instant(START)).unwrap();
    events.remove(0).into_event(org_id, &ID_KEY, instant(START), random)
}

#[tokio::test]
async fn an_event_of_another_org_is_404_exactly_as_an_id_that_nobody_has() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for name in ["acme", "other"] {
        api.provision(name).await;
    }
    let mine = api.record("acme", &[EVENT.to_owned()]).await.remove(0).0;
    // No event has this id, although it is in the same microsecond.
    let nobodys = event(org("acme"), "usr_1", 17).id.to_string();
    for state in ["hot", "archived"] {
        let found = api.get(&format!("/v1/orgs/acme/events/{mine}")).await;
        assert_eq!(found.status, StatusCode::OK, "{state}");
        let (theirs, none) = (
            api.get(&format!("/v1/orgs/other/events/{mine}")).await,
            api.get(&format!("/v1/orgs/other/events/{nobodys}")).await,
        );
        assert_eq!((theirs.status, theirs.problem().as_str()), (StatusCode::NOT_FOUND, "unknown-event"), "{state}");
        assert_eq!((&theirs.text, &theirs.headers), (&none.text, &none.headers), "{state}");
        api.archive().await;
    }
}

#[tokio::test]
async fn one_id_in_two_orgs_is_two_events() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let orgs = ["acme", "other"];
    for name in orgs {
        api.provision(name).await;
        stack.tables().events.put(&event(org(name), &format!("usr_of_{name}"), 17)).await.unwrap();
    }
    let id = event(org("acme"), "usr_1", 17).id;
    for state in ["hot", "archived"] {
        for name in orgs {
            let actor = format!("usr_of_{name}");
            let event = api.get(&format!("/v1/orgs/{name}/events/{id}")).await.json();
            let found = Search::new(name, "").walk(&api, 50).await;
            assert_eq!(
                (event["org_id"].as_str(), event["actor"]["id"].as_str()),
                (Some(name), Some(&*actor)),
                "{state}"
            );
            assert_eq!(found, [event], "{state}");
        }
        api.archive().await;
    }
}

#[tokio::test]
async fn one_key_in_two_orgs_is_two_ids() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    let keyed = EVENT.replacen('{', r#"{"idempotency_key":"k","#, 1);
    let mut ids = Vec::new();
    for name in ["acme", "other"] {
        api.provision(name).await;
        let (id, status) = api.record(name, std::slice::from_ref(&keyed)).await.remove(0);
        assert_eq!(status, "created", "{name}");
        ids.push(id);
    }
    assert_ne!(ids[0], ids[1]);
}
