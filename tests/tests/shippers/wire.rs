//! What the documented configurations of three shippers put on the wire is stored, and is returned as it was written.

use std::path::Path;

use audit_core::limits::REQUEST_EVENTS;
use audit_tests::TestStack;
use audit_tests::api::Api;
use audit_tests::walk::Search;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::encoded::{gzip, send, zstd};

/// A line of the platform's file, and the next.
fn written() -> Vec<Value> {
    let event = |n: u32| {
        json!({
            "occurred_at": format!("2026-11-22T10:15:{n:02}.123456Z"),
            "actor": {"type": "user", "id": format!("usr_{n}"), "email": "ada+audit@example.com"},
            "action": "member.role_changed",
            "target": {"type": "member", "id": "usr_42", "name": "Zoë \"Z\" \\ 日本"},
            "result": "succeeded",
            "details": {"changes": [{"field": "role", "old": "editor", "new": "admin"}], "count": 3},
            "idempotency_key": format!("role-change-{n}"),
        })
    };
    (0..3).map(event).collect()
}

fn configuration(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/shippers").join(file);
    yaml_serde::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Sends a body twice, like a shipper that lost the first response, and compares what is stored with what was written.
async fn assert_stored(headers: &[(&str, &str)], body: Vec<u8>) {
    let stack = TestStack::start().await;
    let api = Api::of(&stack);
    api.provision("acme").await;
    for status in ["created", "duplicate"] {
        let answer = send(&api, "POST", "/v1/orgs/acme/events", headers, body.clone()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{headers:?}: {}", answer.text);
        let answers = answer.json()["events"].as_array().unwrap().clone();
        assert!(answers.iter().all(|event| event["status"] == status), "{}", answer.text);
    }
    let found = Search::new("acme", "order=oldest").walk(&api, 50).await;
    assert_eq!(found.len(), written().len());
    for (found, written) in found.iter().zip(&written()) {
        for (name, value) in written.as_object().unwrap().iter().filter(|(name, _)| *name != "idempotency_key") {
            let members = value.as_object().cloned().unwrap_or_default();
            match name.as_str() {
                "actor" | "target" => {
                    members.iter().for_each(|(member, value)| assert_eq!(&found[name][member], value))
                }
                _ => assert_eq!(&found[name], value, "{name}"),
            }
        }
    }
}

/// The sink `http` with the codec `json` and newlines as its framing.
#[tokio::test]
async fn what_vector_sends_is_stored() {
    let configuration = configuration("vector.yaml");
    let sink = &configuration["sinks"]["audit_logs"];
    assert_eq!(
        (&sink["type"], &sink["encoding"]["codec"], &sink["framing"]["method"], &sink["compression"]),
        (&json!("http"), &json!("json"), &json!("newline_delimited"), &json!("zstd"))
    );
    assert!(sink["batch"]["max_events"].as_u64().unwrap() <= REQUEST_EVENTS as u64);
    let lines: String = written().iter().map(|event| format!("{event}\n")).collect();
    let headers = [
        ("content-type", "application/x-ndjson"),
        ("content-encoding", "zstd"),
        ("user-agent", "Vector/0.50.0 (x86_64-unknown-linux-gnu)"),
        ("accept-encoding", "zstd,gzip,deflate,br"),
    ];
    assert_stored(&headers, zstd(lines.trim_end().as_bytes())).await;
    assert_stored(&headers, zstd(lines.as_bytes())).await;
}

/// The output `http` with the format `json`: an array.
#[tokio::test]
async fn what_fluent_bit_sends_is_stored() {
    let configuration = configuration("fluent-bit.yaml");
    let output = &configuration["pipeline"]["outputs"][0];
    assert_eq!(
        (&output["name"], &output["format"], &output["json_date_key"], &output["compress"]),
        (&json!("http"), &json!("json"), &json!(false), &json!("gzip"))
    );
    let array: Vec<_> = written().iter().map(Value::to_string).collect();
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip"), ("user-agent", "Fluent-Bit")];
    assert_stored(&headers, gzip(format!("[{}]", array.join(",")).as_bytes())).await;
}

/// The exporter `otlphttp` with the encoding `json`: OTLP logs whose bodies are lines of a file.
#[tokio::test]
async fn what_the_opentelemetry_collector_sends_is_stored() {
    let configuration = configuration("otel-collector.yaml");
    let exporter = &configuration["exporters"]["otlphttp/audit"];
    assert_eq!((&exporter["encoding"], &exporter["compression"]), (&json!("json"), &json!("gzip")));
    assert!(configuration["processors"]["batch"]["send_batch_max_size"].as_u64().unwrap() <= REQUEST_EVENTS as u64);
    let record = |event: &Value| {
        json!({
            "observedTimeUnixNano": "1795342530123456789",
            "body": {"stringValue": event.to_string()},
            "attributes": [{"key": "log.file.name", "value": {"stringValue": "audit.ndjson"}}],
            "traceId": "",
            "spanId": "",
        })
    };
    let records: Vec<_> = written().iter().map(record).collect();
    let body = json!({"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": records}]}]});
    let headers = [
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
        ("user-agent", "OpenTelemetry Collector Contrib/0.140.0 (linux/amd64)"),
    ];
    assert_stored(&headers, gzip(body.to_string().as_bytes())).await;
}
