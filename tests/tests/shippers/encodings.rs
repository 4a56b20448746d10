//! `Content-Encoding`: gzip and zstd are read within the limits of plain bodies, and no other encoding is accepted.

use audit_core::limits::{ORG_REQUEST_BYTES, REQUEST_BYTES};
use audit_http::{CallerSource, gateway, service};
use audit_tests::TestStack;
use audit_tests::api::Api;
use axum::http::StatusCode;
use base64::Engine as _;
use serde_json::json;

use crate::encoded::{gzip, send, zstd};

const EVENTS: &str = "/v1/orgs/acme/events";
const EVENT: &str =
    r#"{"occurred_at":"2026-11-22T10:15:30Z","actor":{"id":"usr_1"},"action":"a.b","result":"succeeded"}"#;
const PROFILE: &str = r#"{"name":"Test","plan":"enterprise"}"#;

async fn start() -> (TestStack, Api) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    (stack, api)
}

async fn stored(api: &Api) -> usize {
    api.get(EVENTS).await.json()["events"].as_array().unwrap().len()
}

/// A JSON text of this many bytes, padded with spaces.
fn padded(text: &str, bytes: usize) -> Vec<u8> {
    format!("{text}{}", " ".repeat(bytes - text.len())).into_bytes()
}

#[tokio::test]
async fn compressed_bodies_are_read_like_plain_ones() {
    let (_stack, api) = start().await;
    let halves = EVENT.split_at(40);
    let parts = |encode: fn(&[u8]) -> Vec<u8>| [encode(halves.0.as_bytes()), encode(halves.1.as_bytes())].concat();
    let bodies = [
        ("gzip", gzip(EVENT.as_bytes())),
        ("GZip", gzip(EVENT.as_bytes())),
        ("x-gzip", gzip(EVENT.as_bytes())),
        ("zstd", zstd(EVENT.as_bytes())),
        ("identity", EVENT.as_bytes().to_vec()),
        ("", EVENT.as_bytes().to_vec()),
        ("gzip", parts(gzip)),
        ("zstd", parts(zstd)),
    ];
    let count = bodies.len();
    for (name, body) in bodies {
        let answer = send(&api, "POST", EVENTS, &[("content-encoding", name)], body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{name}: {}", answer.text);
    }
    assert_eq!(stored(&api).await, count);
    for (name, body) in [("gzip", gzip(PROFILE.as_bytes())), ("zstd", zstd(PROFILE.as_bytes()))] {
        let answer = send(&api, "PUT", "/v1/orgs/other", &[("content-encoding", name)], body).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_body_of_the_limit_after_decompression_is_taken_and_one_byte_more_is_too_large() {
    let (_stack, api) = start().await;
    for (method, path, text, limit, ok) in [
        ("POST", EVENTS, EVENT, REQUEST_BYTES, StatusCode::CREATED),
        ("PUT", "/v1/orgs/other", PROFILE, ORG_REQUEST_BYTES, StatusCode::OK),
    ] {
        for (name, encode) in [("gzip", gzip as fn(&[u8]) -> Vec<u8>), ("zstd", zstd)] {
            let answer = send(&api, method, path, &[("content-encoding", name)], encode(&padded(text, limit))).await;
            assert_eq!(answer.status, ok, "{method} {name}: {}", answer.text);
            let answer =
                send(&api, method, path, &[("content-encoding", name)], encode(&padded(text, limit + 1))).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::PAYLOAD_TOO_LARGE, "request-too-large"),
                "{method} {name}"
            );
        }
    }
    assert_eq!(stored(&api).await, 2);
}

#[tokio::test]
async fn another_encoding_is_415_and_names_those_that_are_read() {
    let (_stack, api) = start().await;
    for names in [&["br"][..], &["deflate"], &["compress"], &["gzip, gzip"], &["zstd, gzip"], &["gzip", "gzip"], &["é"]]
    {
        let headers: Vec<_> = names.iter().map(|name| ("content-encoding", *name)).collect();
        for (method, path, body) in [("POST", EVENTS, EVENT), ("PUT", "/v1/orgs/acme", r#"{"name":"X","plan":"team"}"#)]
        {
            let answer = send(&api, method, path, &headers, gzip(&gzip(body.as_bytes()))).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-encoding"),
                "{method} {names:?}: {}",
                answer.text
            );
            assert_eq!(answer.headers["accept-encoding"], "gzip, zstd");
        }
    }
    assert_eq!(stored(&api).await, 0);
    assert_eq!(api.get("/v1/orgs/acme").await.json()["plan"], "enterprise");
}

#[tokio::test]
async fn a_body_that_is_not_what_its_header_says_is_refused_and_nothing_is_stored() {
    let (_stack, api) = start().await;
    for (name, whole) in [("gzip", gzip(EVENT.as_bytes())), ("zstd", zstd(EVENT.as_bytes()))] {
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0x10;
        for body in [
            Vec::new(),
            EVENT.as_bytes().to_vec(),
            whole[..whole.len() - 1].to_vec(),
            whole[..5].to_vec(),
            [&whole, EVENT.as_bytes()].concat(),
            [&whole, &whole[..7]].concat(),
        ] {
            let answer = send(&api, "POST", EVENTS, &[("content-encoding", name)], body).await;
            assert_eq!(
                (answer.status, answer.json()["errors"][0]["pointer"].as_str()),
                (StatusCode::BAD_REQUEST, Some("")),
                "{name}: {}",
                answer.text
            );
        }
        // zstd has a checksum only where its encoder adds one; a flipped bit is refused by it, or because the JSON is
        // then invalid.
        let answer = send(&api, "POST", EVENTS, &[("content-encoding", name)], flipped).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name}: {}", answer.text);
    }
    assert_eq!(stored(&api).await, 0);
}

/// API Gateway passes a compressed body in base64.
#[tokio::test]
async fn the_function_reads_a_compressed_body_that_api_gateway_encoded() {
    let (stack, api) = start().await;
    let routes = audit_ingest::routes(stack.tables().clone(), stack.clock.clone());
    let routes = service::framed(routes, CallerSource::ApiGateway);
    let base64 = base64::engine::general_purpose::STANDARD;
    let event = |body: String| {
        json!({
            "version": "2.0", "rawPath": EVENTS, "rawQueryString": "", "pathParameters": {"org_id": "acme"},
            "headers": {"content-encoding": "gzip", "content-type": "application/x-ndjson"},
            "requestContext": {
                "http": {"method": "POST", "path": EVENTS}, "stage": "$default",
                "routeKey": "POST /v1/orgs/{org_id}/events",
                "authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:role/platform"}},
            },
            "body": body, "isBase64Encoded": true,
        })
    };
    let lines = gzip(format!("{EVENT}\n{EVENT}\n").as_bytes());
    for (body, status) in [(base64.encode(lines), 201), ("no base64!".to_owned(), 400)] {
        let event = serde_json::from_value(event(body)).unwrap();
        let answer = gateway::respond(routes.clone(), event).await.unwrap();
        assert_eq!(answer.status_code, status, "{:?}", answer.body);
    }
    assert_eq!(stored(&api).await, 2);
}
