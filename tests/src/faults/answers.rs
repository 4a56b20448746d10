//! The responses of a store that refuses, in the form that its clients know.

use std::io;

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

use serde_json::{Value, json};

use super::fault::Refusal;

/// Returns the response to a request that is not sent.
pub(super) fn refuse(request: &HttpRequest, refusal: Refusal) -> Result<HttpResponse, ConnectorError> {
    let is_dynamodb = request.headers().get("x-amz-target").is_some();
    match (refusal, is_dynamodb) {
        (Refusal::Broken, _) => Err(broken()),
        (Refusal::TimedOut, _) => Err(ConnectorError::timeout("no response in time".into())),
        (Refusal::Throttled, true) => Ok(dynamodb(400, "ThrottlingException")),
        (Refusal::Throttled, false) => Ok(s3(503, "SlowDown")),
        (Refusal::Failed, true) => Ok(dynamodb(500, "InternalServerError")),
        (Refusal::Failed, false) => Ok(s3(500, "InternalError")),
        (Refusal::Unprocessed, _) => Ok(unprocessed(request)),
        (Refusal::Conflict, true) => Ok(conflict(request)),
        (Refusal::Conflict, false) => Ok(s3(409, "ConditionalRequestConflict")),
    }
}

/// The connection broke.
pub(super) fn broken() -> ConnectorError {
    ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionReset).into())
}

fn dynamodb(status: u16, code: &str) -> HttpResponse {
    let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"by the fault layer"}}"#);
    response(status, "application/x-amz-json-1.0", body)
}

/// Another transaction writes an item of the request at this moment; a transaction has a reason for each of its items.
fn conflict(request: &HttpRequest) -> HttpResponse {
    let asked: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    let Some(items) = asked["TransactItems"].as_array() else {
        return dynamodb(400, "TransactionConflictException");
    };
    let mut reasons = vec![json!({"Code": "None"}); items.len()];
    reasons[0] = json!({"Code": "TransactionConflict", "Message": "by the fault layer"});
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "message": "by the fault layer",
        "CancellationReasons": reasons,
    });
    response(400, "application/x-amz-json-1.0", body.to_string())
}

/// All keys of the request, returned as unprocessed.
fn unprocessed(request: &HttpRequest) -> HttpResponse {
    let asked: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    let body = json!({ "UnprocessedItems": asked["RequestItems"] });
    response(200, "application/x-amz-json-1.0", body.to_string())
}

fn s3(status: u16, code: &str) -> HttpResponse {
    response(
        status,
        "application/xml",
        format!("<Error><Code>{code}</Code><Message>by the fault layer</Message></Error>"),
    )
}

pub(super) fn response(status: u16, content_type: &'static str, body: String) -> HttpResponse {
    let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
    response.headers_mut().insert("content-type", content_type);
    response
}
