//! Rows put into the events table in bulk, each like one that ingest stored.

use std::collections::HashMap;

use audit_core::{Day, EventId, OrgId, UnixMicros};
use audit_local::clients;
use audit_local::stack::table_names;
use audit_tables::keys;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures::{StreamExt as _, stream};

use crate::process::{ORG, Process};

/// Rows of one day: the largest segments there are.
const ROWS_A_DAY: usize = 250_000;
/// Rows of one request; DynamoDB's limit.
const AT_ONCE: usize = 25;
const IN_FLIGHT: usize = 16;
/// The day of the first rows.
const FIRST_DAY: &str = "2026-01-01";
/// An event of an ordinary size.
const EVENT: &str = r#"{"occurred_at":"2026-01-01T00:00:00Z","actor":{"id":"usr_0","name":"Ada Lovelace","email":"ada@example.com"},"action":"monitor.updated","target":{"type":"monitor","id":"mon_0","name":"Checkout, region 1"},"result":"succeeded","context":{"ip":"203.0.113.7","user_agent":"Mozilla/5.0 (X11; Linux x86_64)","request_id":"req_0"},"details":{}}"#;

type Item = HashMap<String, AttributeValue>;

/// Records one event, and stores copies of its row until there are `rows`.
pub(crate) async fn load(process: &Process, rows: usize) {
    process.send("POST", &format!("/v1/orgs/{ORG}/events"), EVENT.to_owned()).await;
    let client = clients::dynamodb(&process.dynamodb);
    let table = table_names().events;
    let stored = client.scan().table_name(&table).send().await.unwrap().items.unwrap();
    let [template] = stored.try_into().unwrap();
    let requests = (1..rows).step_by(AT_ONCE).map(|first| {
        let items: Vec<_> = (first..rows.min(first + AT_ONCE)).map(|number| row(&template, number)).collect();
        // A task each, so that both cores make requests.
        tokio::spawn(put(client.clone(), table.clone(), items))
    });
    let mut requests = stream::iter(requests).buffer_unordered(IN_FLIGHT);
    while let Some(put) = requests.next().await {
        put.unwrap();
    }
}

async fn put(client: Client, table: String, items: Vec<Item>) {
    let put = |item| PutRequest::builder().set_item(Some(item)).build().unwrap();
    let puts = items.into_iter().map(|item| WriteRequest::builder().put_request(put(item)).build());
    let written = client.batch_write_item().request_items(table, puts.collect()).send().await.unwrap();
    assert_eq!(written.unprocessed_items.unwrap_or_default().len(), 0);
}

/// The row of an event that differs from the first in instant, actor, target, request and details.
fn row(template: &Item, number: usize) -> Item {
    let day = FIRST_DAY.parse::<Day>().unwrap().start().micros() + (number / ROWS_A_DAY) as i64 * Day::MICROS;
    let within = (number % ROWS_A_DAY) as i64 * (Day::MICROS / ROWS_A_DAY as i64);
    let id = EventId::new(UnixMicros::new(day + within), number as u64);
    let org_id = ORG.parse::<OrgId>().unwrap();
    let mut item = template.clone();
    let mut set = |name: &str, value| item.insert(name.to_owned(), AttributeValue::S(value));
    set(keys::PK, keys::partition(&org_id, id.shard()));
    set(keys::SK, keys::event(id));
    set("actor_id", format!("usr_{}", number % 9_973));
    set("target_id", format!("mon_{}", number % 50_021));
    set("request_id", format!("req_{:016x}", (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    set("details", format!(r#"{{"changes":[{{"field":"interval_s","old":{number},"new":60}}]}}"#));
    item
}
