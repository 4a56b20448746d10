//! Hot rows: events sent through the routes of ingest, or rows put by a bare client of DynamoDB.

use std::collections::HashMap;
use std::sync::Arc;

use audit_core::{Event, flat};
use audit_http::{CallerSource, service};
use audit_local::stack::table_names;
use audit_runtime::SystemClock;
use audit_tables::{Tables, keys};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use futures::{StreamExt as _, stream};
use tower::ServiceExt as _;

use crate::Result;

/// Rows of one request of a bulk load; DynamoDB's limit.
const AT_ONCE: usize = 25;
const IN_FLIGHT: usize = 16;

/// A row of the events table.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Returns the row that ingest stores for an event.
pub(crate) fn item(event: &Event) -> Item {
    let partition = keys::partition(&event.org_id, event.id.shard());
    let keys =
        [(keys::PK, partition), (keys::SK, keys::event(event.id)), ("ingested_at", event.ingested_at.to_string())];
    let texts = flat::NAMES.into_iter().zip(event.texts());
    let texts = texts.filter_map(|(name, text)| Some((name, text?.to_owned())));
    keys.into_iter().chain(texts).map(|(name, text)| (name.to_owned(), AttributeValue::S(text))).collect()
}

/// Stores rows in bulk.
pub(crate) async fn load(client: &Client, items: impl Iterator<Item = Item>) -> Result<()> {
    let mut items = items.peekable();
    let requests = std::iter::from_fn(|| {
        items.peek()?;
        let batch: Vec<_> = items.by_ref().take(AT_ONCE).collect();
        // A task each, so that all cores make requests.
        Some(tokio::spawn(put_batch(client.clone(), batch)))
    });
    let mut requests = stream::iter(requests).buffer_unordered(IN_FLIGHT);
    while let Some(put) = requests.next().await {
        put??;
    }
    Ok(())
}

async fn put_batch(client: Client, items: Vec<Item>) -> Result<()> {
    let put = |item| Ok(PutRequest::builder().set_item(Some(item)).build()?);
    let puts = items.into_iter().map(put).collect::<Result<Vec<_>>>()?;
    let puts = puts.into_iter().map(|put| WriteRequest::builder().put_request(put).build()).collect();
    let written = client.batch_write_item().request_items(table_names().events, puts).send().await?;
    let left = written.unprocessed_items.unwrap_or_default().len();
    if left == 0 { Ok(()) } else { Err("the store left rows unprocessed".into()) }
}

/// Puts one row, as a loop without the service would.
pub(crate) async fn put(client: &Client, item: Item) -> Result<()> {
    let put = client.put_item().table_name(table_names().events).set_item(Some(item));
    put.condition_expression("attribute_not_exists(pk)").send().await?;
    Ok(())
}

/// Returns the routes of ingest.
pub(crate) fn routes(tables: &Tables) -> Router {
    service::framed(audit_ingest::routes(tables.clone(), Arc::new(SystemClock)), CallerSource::Local)
}

/// Sends a request to routes; it must succeed.
pub(crate) async fn send(routes: &Router, method: &str, path: &str, body: String) -> Result<()> {
    let request = Request::builder().method(method).uri(path).body(Body::from(body))?;
    let response = routes.clone().oneshot(request).await?;
    let (status, body) = (response.status(), to_bytes(response.into_body(), usize::MAX).await?);
    match status {
        StatusCode::OK | StatusCode::CREATED => Ok(()),
        _ => Err(format!("{method} {path}: {status} {}", String::from_utf8_lossy(&body)).into()),
    }
}

/// Returns the body of a request that records events.
pub(crate) fn body(lines: &[String]) -> String {
    format!(r#"{{"events":[{}]}}"#, lines.join(","))
}
