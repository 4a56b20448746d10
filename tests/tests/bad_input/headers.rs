//! What accompanies a body, or replaces one: bytes that are not text, marks around it, keys in the header.

use audit_tests::TestStack;
use audit_tests::api::{Answer, Api};
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode};

const EVENTS: &str = "/v1/orgs/acme/events";
const EVENT: &str =
    r#"{"occurred_at":"2026-11-22T10:15:30Z","actor":{"id":"usr_1"},"action":"a.b","result":"succeeded"}"#;

async fn start() -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    (stack, api)
}

async fn stored(api: &Api) -> usize {
    api.get(EVENTS).await.json()["events"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_body_that_is_not_one_json_text_is_refused_at_its_root_and_nothing_is_stored() {
    let (_stack, api) = start().await;
    let event = EVENT.as_bytes();
    let invalid_utf8 = [&event[..event.len() - 2], b"\xff", &event[event.len() - 2..]].concat();
    for body in [
        Vec::new(),
        b" ".to_vec(),
        vec![0],
        invalid_utf8,
        [b"\xef\xbb\xbf", event].concat(),
        [event, b"{}"].concat(),
        [event, b"\0"].concat(),
        [event, event].concat(),
        event[..event.len() - 1].to_vec(),
        EVENT.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        [b"[", event].concat(),
    ] {
        let answer = api.post(EVENTS, body.clone()).await;
        let about = String::from_utf8_lossy(&body).into_owned();
        assert_eq!((answer.status, answer.problem().as_str()), (StatusCode::BAD_REQUEST, "invalid-request"), "{about}");
        assert_eq!(answer.json()["errors"][0]["pointer"], "", "{about}");
    }
    assert_eq!(stored(&api).await, 0);
}

async fn post_with_keys(api: &Api, keys: &[&[u8]]) -> Answer {
    let mut request = Request::post(EVENTS);
    for key in keys {
        request = request.header("Idempotency-Key", HeaderValue::from_bytes(key).unwrap());
    }
    api.send(request.body(Body::from(EVENT)).unwrap()).await
}

#[tokio::test]
async fn a_key_in_the_header_has_1_to_255_characters_stands_once_and_is_text() {
    let (_stack, api) = start().await;
    for fits in ["k".repeat(255), "é".repeat(255), "k".to_owned()] {
        assert_eq!(post_with_keys(&api, &[fits.as_bytes()]).await.status, StatusCode::CREATED);
    }
    for past in [
        &["".as_bytes()][..],
        &["k".repeat(256).as_bytes()],
        &["é".repeat(256).as_bytes()],
        &[b"\xff"],
        &[b"k", b"k"],
        &[b"k", b"l"],
    ] {
        let answer = post_with_keys(&api, past).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::BAD_REQUEST, "invalid-request"),
            "{past:?}"
        );
        assert_eq!(answer.json()["errors"][0]["pointer"], "Idempotency-Key", "{past:?}");
    }
    assert_eq!(stored(&api).await, 3);
}
