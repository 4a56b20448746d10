//! A session can be revoked, whatever is wrong with another session of its org, with a part of its own items, or with the
//! org's plan.

use audit_local::stack::table_names;
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::viewer::Viewer;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::http::StatusCode;
use serde_json::{Value, json};

const SESSIONS: &str = "/v1/orgs/acme/viewer-sessions";

async fn start() -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    (stack, api)
}

/// Makes an attribute of a session unreadable in the list of its org.
async fn damage(stack: &TestStack, session_id: &str, attribute: &str) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let update = stack.dynamodb().update_item().table_name(table_names().sessions);
    let update = update.key("pk", text("org#acme")).key("sk", text(session_id));
    let update = update.update_expression("SET #damaged = :damaged").expression_attribute_names("#damaged", attribute);
    update.expression_attribute_values(":damaged", AttributeValue::Bool(true)).send().await.unwrap();
}

async fn is_open(api: &Api, viewer: &Viewer) -> bool {
    let answer = viewer.get(api, "/view/v1/catalog").await;
    assert!(answer.status == StatusCode::OK || answer.problem() == "session-ended", "{}", answer.text);
    answer.status == StatusCode::OK
}

fn ids(listed: &Value) -> Vec<&str> {
    listed["sessions"].as_array().unwrap().iter().map(|session| session["session_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_session_that_cannot_be_read_is_left_out_of_the_list_and_revoked_like_any_other() {
    for attribute in ["only", "may", "created_at"] {
        let (stack, api) = start().await;
        let viewer = async |id: &str| Viewer::of(&api, "acme", &json!({ "viewer": { "id": id } }).to_string()).await;
        let (one, other, third) = (viewer("ada").await, viewer("ada").await, viewer("bob").await);
        damage(&stack, &one.session_id, attribute).await;
        let listed = api.get(SESSIONS).await.json();
        assert_eq!(listed["complete"], false, "{attribute}");
        let mut expected = [other.session_id.as_str(), third.session_id.as_str()];
        expected.sort_unstable();
        assert_eq!(ids(&listed), expected, "{attribute}");
        let revoked = api.delete(&format!("{SESSIONS}?viewer=ada")).await;
        assert_eq!((revoked.status, revoked.json()), (StatusCode::OK, json!({ "revoked": 2 })), "{attribute}");
        assert!(!is_open(&api, &one).await && !is_open(&api, &other).await && is_open(&api, &third).await);
        damage(&stack, &third.session_id, attribute).await;
        let one_by_id = api.delete(&format!("{SESSIONS}/{}", third.session_id)).await;
        assert_eq!((one_by_id.status, is_open(&api, &third).await), (StatusCode::NO_CONTENT, false), "{attribute}");
        let recorded = api.get("/v1/orgs/acme/events?action=audit_log.session_revoked").await.json();
        assert_eq!(recorded["events"].as_array().unwrap().len(), 3, "{attribute}: {recorded}");
    }
}

#[tokio::test]
async fn sessions_of_a_viewer_are_revoked_although_another_session_may_be_one_of_them() {
    let (stack, api) = start().await;
    let viewer = async || Viewer::of(&api, "acme", r#"{"viewer":{"id":"ada"}}"#).await;
    let (unknown, known) = (viewer().await, viewer().await);
    damage(&stack, &unknown.session_id, "viewer_id").await;
    let revoked = api.delete(&format!("{SESSIONS}?viewer=ada")).await;
    assert_eq!((revoked.status, revoked.problem().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "internal"));
    assert!(!is_open(&api, &known).await && is_open(&api, &unknown).await);
}

#[tokio::test]
async fn a_plus_in_the_id_of_a_viewer_is_refused_unless_it_is_escaped() {
    let (_stack, api) = start().await;
    let viewer = Viewer::of(&api, "acme", r#"{"viewer":{"id":"ada+audit@example.com"}}"#).await;
    let refused = api.delete(&format!("{SESSIONS}?viewer=ada+audit@example.com")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    assert!(refused.text.contains("%2B") && is_open(&api, &viewer).await, "{}", refused.text);
    let revoked = api.delete(&format!("{SESSIONS}?viewer=ada%2Baudit@example.com")).await;
    assert_eq!((revoked.json(), is_open(&api, &viewer).await), (json!({ "revoked": 1 }), false));
}

/// Otherwise the token is open again as soon as the org has the plan back.
#[tokio::test]
async fn sessions_of_an_org_without_the_plan_can_be_listed_and_revoked() {
    let (stack, api) = start().await;
    let viewer = async |id: &str| Viewer::of(&api, "acme", &json!({ "viewer": { "id": id } }).to_string()).await;
    let (one, other) = (viewer("ada").await, viewer("bob").await);
    api.put("/v1/orgs/acme", r#"{"name":"Acme","plan":"team"}"#).await;
    // Positive answers about the plan are cached for a minute.
    stack.clock.set("2026-11-23T12:01:00Z");
    assert_eq!(api.post(SESSIONS, r#"{"viewer":{"id":"ada"}}"#).await.problem(), "plan-required");
    assert_eq!(ids(&api.get(SESSIONS).await.json()).len(), 2);
    assert_eq!(api.delete(&format!("{SESSIONS}/{}", one.session_id)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.delete(&format!("{SESSIONS}?viewer=bob")).await.json(), json!({ "revoked": 1 }));
    api.provision("acme").await;
    assert!(!is_open(&api, &one).await && !is_open(&api, &other).await);
}
