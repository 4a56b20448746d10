//! The ids of hot rows, read from their keys alone.

use audit_core::{EventId, Order};
use aws_sdk_dynamodb::types::AttributeValue;

use crate::attributes::Reader;
use crate::error::failed;
use crate::events::{HotScan, PAGE_ROWS, PageStart};
use crate::{Tables, TablesError, keys};

/// One page of the ids of one shard.
#[derive(Debug)]
pub struct KeyPage {
    /// The ids, in order.
    pub ids: Vec<EventId>,
    /// Where the next page begins; `None` at the end of the shard.
    pub next: Option<PageStart>,
}

impl Tables {
    /// Reads one page of the ids of one shard, strongly consistent. A row whose keys are no event's is left out.
    pub async fn hot_keys(&self, scan: &HotScan, shard: u8, start: Option<PageStart>) -> Result<KeyPage, TablesError> {
        let partition = keys::partition(&scan.org_id, shard);
        let (first, last) = keys::event_range(scan.span, scan.order);
        let page = self
            .client
            .query()
            .table_name(&self.names.events)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", AttributeValue::S(partition.clone()))
            .expression_attribute_values(":first", AttributeValue::S(first))
            .expression_attribute_values(":last", AttributeValue::S(last))
            .projection_expression("sk")
            .scan_index_forward(scan.order == Order::Oldest)
            .set_exclusive_start_key(start.map(|start| start.0))
            .limit(PAGE_ROWS)
            .consistent_read(true)
            .send()
            .await
            .map_err(failed("Query"))?;
        let id = |item| {
            let sk = Reader { table: "events", item }.text(keys::SK).ok()?;
            keys::read_event(&scan.org_id, &partition, &sk).filter(|id| scan.span.contains(*id))
        };
        Ok(KeyPage {
            ids: page.items.iter().flatten().filter_map(id).collect(),
            next: page.last_evaluated_key.map(PageStart),
        })
    }
}
