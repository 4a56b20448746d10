//! What the platform reports about an org: kept exactly, or rejected with a pointer.

use audit_tests::TestStack;
use audit_tests::api::Api;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn a_name_of_odd_letters_comes_back_exactly() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    for name in [
        "\u{0}",
        "\u{202e}gpj.exe\u{202c}",
        "\u{1}\u{7f}\u{85}\u{2028}\u{feff}",
        " ",
        "👩‍👩‍👧‍👦",
        "<script>",
        "'; DROP TABLE orgs; --",
        "=1+1",
        &"é".repeat(256),
    ] {
        let told = api.put("/v1/orgs/acme", &json!({"name": name, "plan": "enterprise"}).to_string()).await;
        assert_eq!(told.status, StatusCode::OK, "{name:?}: {}", told.text);
        assert_eq!(api.get("/v1/orgs/acme").await.json()["name"], name, "{name:?}");
    }
}

#[tokio::test]
async fn a_profile_at_fault_is_refused_by_pointer_and_changes_nothing() {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    let too_long = json!({"name": "é".repeat(257), "plan": "enterprise"}).to_string();
    let nested = format!(r#"{{"name":{}{},"plan":"team"}}"#, "[".repeat(5_000), "]".repeat(5_000));
    for (body, pointer) in [
        (too_long.as_str(), "/name"),
        (r#"{"name":"","plan":"team"}"#, "/name"),
        (r#"{"name":"\ud800","plan":"team"}"#, "/name"),
        (r#"{"name":"x","plan":"team","name":"y"}"#, "/name"),
        (r#"{"name":"x","plan":"team","\u006eame":"y"}"#, "/name"),
        (nested.as_str(), "/name"),
        (r#"{"name":null,"plan":"team"}"#, "/name"),
        (r#"{"name":"x"}"#, "/plan"),
        (r#"{"name":"x","plan":"Team"}"#, "/plan"),
        (r#"{"name":"x","plan":"team","status":"active"}"#, "/status"),
        ("{\"name\":\"\u{0}\",\"plan\":\"team\"}", ""),
        ("[]", ""),
        ("", ""),
        ("{}{}", ""),
    ] {
        let answer = api.put("/v1/orgs/acme", body).await;
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::BAD_REQUEST, "invalid-request"), "{body}");
        let faults = answer.json()["errors"].clone();
        assert_eq!((&faults[0]["pointer"], &faults[1]), (&json!(pointer), &Value::Null), "{body}: {faults}");
    }
    let not_text =
        Request::put("/v1/orgs/acme").body(Body::from(&b"{\"name\":\"\xff\",\"plan\":\"team\"}"[..])).unwrap();
    assert_eq!(api.send(not_text).await.json()["errors"][0]["found"], "invalid UTF-8 at byte 9");
    assert_eq!(api.get("/v1/orgs/acme").await.json()["plan"], "enterprise");
}
