//! Empty pages with a key to continue from, as DynamoDB may return for any query or scan.

use std::sync::{Mutex, PoisonError};

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::answers::response;
use super::call::Call;

/// The prefix of an invented key.
const MARK: &str = "empty-page-";
const START: &str = "ExclusiveStartKey";

/// The invented keys, by their number: where the request with an empty response was to begin.
#[derive(Debug, Default)]
pub(super) struct EmptyPages(Mutex<Vec<Value>>);

impl EmptyPages {
    /// An empty page for a query or scan; the key in it represents the same place.
    pub(super) fn answer(&self, request: &HttpRequest) -> Option<HttpResponse> {
        if !Call::of(request).is_paged() {
            return None;
        }
        let mut starts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = json!({ "S": format!("{MARK}{}", starts.len()) });
        starts.push(body(request)[START].take());
        // With the attributes of every table's key: each reader uses those of its table.
        let key = json!({ "org_id": mark, "pk": mark, "sk": mark });
        let page = json!({ "Items": [], "Count": 0, "ScannedCount": 0, "LastEvaluatedKey": key });
        Some(response(200, "application/x-amz-json-1.0", page.to_string()))
    }

    /// The request with the place that its key represents, if the key is an invented one.
    pub(super) fn resumed(&self, mut request: HttpRequest) -> HttpRequest {
        if !Call::of(&request).is_paged() {
            return request;
        }
        let mut body = body(&request);
        let texts = body[START].as_object().into_iter().flat_map(|key| key.values());
        let number = texts.filter_map(|value| value["S"].as_str()?.strip_prefix(MARK)?.parse::<usize>().ok()).next();
        let Some(number) = number else { return request };
        let start = self.0.lock().unwrap_or_else(PoisonError::into_inner)[number].clone();
        let members = body.as_object_mut().expect("an object");
        match start {
            Value::Null => _ = members.remove(START),
            start => _ = members.insert(START.to_owned(), start),
        }
        let body = body.to_string();
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
        request
    }
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body().bytes().unwrap_or_default()).expect("a body of JSON")
}
