//! A viewer gets the proofs of the events that the session can read, each recorded, and of no other.

use audit_core::EventProof;
use audit_tables::keys;
use audit_tests::acme::{ORG, event, start};
use audit_tests::rows::{id_in, put_unreadable};
use audit_tests::viewer::Viewer;
use audit_tests::walk::Search;
use axum::http::StatusCode;
use serde_json::json;

use crate::key;

#[tokio::test]
async fn a_session_gets_the_proofs_of_its_events_and_of_no_other() {
    let (stack, api) = start().await;
    let ids = api.record(ORG, &[event("2026-11-22T10:00:00Z", 1), event("2026-11-22T10:00:00Z", 2)]).await;
    let viewer = Viewer::of(&api, ORG, r#"{"viewer":{"id":"usr_9"},"only":{"actor":["usr_1"]}}"#).await;
    let path = |id: &str| format!("/view/v1/events/{id}/proof");
    for state in ["hot", "archived"] {
        let own = viewer.get(&api, &path(&ids[0].0)).await;
        let expected = if state == "hot" { StatusCode::ACCEPTED } else { StatusCode::OK };
        assert_eq!((own.status, &own.headers["cache-control"]), (expected, &"no-store".parse().unwrap()), "{state}");
        let other = viewer.get(&api, &path(&ids[1].0)).await;
        assert_eq!((other.status, other.problem().as_str()), (StatusCode::NOT_FOUND, "unknown-event"), "{state}");
        api.archive().await;
    }
    let text = viewer.get(&api, &path(&ids[0].0)).await.text;
    let event = viewer.get(&api, &format!("/view/v1/events/{}", ids[0].0)).await.text;
    audit_verify::event(&event, &EventProof::read(&text).unwrap(), &key(&api).await).unwrap();
    let searches = Search::new(ORG, "action=audit_log.searched").walk(&api, 100).await;
    assert_eq!(searches.len(), 1, "the event and its proof are one read, and the refused one is none: {searches:?}");

    let id = id_in(1, 1_795_000_000_000_000, 0).to_string();
    put_unreadable(&stack, 1, &keys::event(id.parse().unwrap())).await;
    assert_eq!(viewer.get(&api, &path(&id)).await.status, StatusCode::NOT_FOUND, "it may be another actor's");
    let all = Viewer::of(&api, ORG, r#"{"viewer":{"id":"usr_9"}}"#).await;
    assert_eq!(all.get(&api, &path(&id)).await.json(), json!({"status": "quarantined"}));
}
