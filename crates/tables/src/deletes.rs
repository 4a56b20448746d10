//! Deleting hot rows by id, at a pace that leaves the partitions room for writes.

use std::time::Duration;

use audit_core::id::EventId;
use audit_core::org::OrgId;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use futures::{TryStreamExt, stream};
use tokio::time::{Instant, sleep, sleep_until};

use crate::error::{TablesError, failed};
use crate::{Tables, keys};

/// Keys of one request; DynamoDB's limit.
const BATCH_KEYS: usize = 25;
/// Requests in flight.
const IN_FLIGHT: usize = 8;
/// How often what DynamoDB left unprocessed is sent again before the pass gives up. The pass after it goes on.
const ATTEMPTS: u32 = 10;

impl Tables {
    /// Deletes the hot rows of these ids, at most `per_second` a second where that is given.
    ///
    /// *Guarantees*: a row that is gone already is no error, so a repeat is safe.
    /// *Errors*: also where DynamoDB kept leaving keys unprocessed; some of the rows may be gone.
    pub async fn delete_events(
        &self,
        org_id: &OrgId,
        ids: &[EventId],
        per_second: Option<u32>,
    ) -> Result<(), TablesError> {
        let start = Instant::now();
        stream::iter(ids.chunks(BATCH_KEYS).enumerate().map(Ok))
            .try_for_each_concurrent(IN_FLIGHT, async |(index, chunk)| {
                if let Some(per_second) = per_second {
                    let due = (index * BATCH_KEYS) as f64 / f64::from(per_second);
                    sleep_until(start + Duration::from_secs_f64(due)).await;
                }
                self.delete_chunk(org_id, chunk).await
            })
            .await
    }

    async fn delete_chunk(&self, org_id: &OrgId, ids: &[EventId]) -> Result<(), TablesError> {
        let mut left = ids.iter().map(|id| request(org_id, *id)).collect::<Result<Vec<_>, _>>()?;
        for attempt in 1..=ATTEMPTS {
            let written = self
                .client
                .batch_write_item()
                .request_items(&self.names.events, left)
                .send()
                .await
                .map_err(failed("BatchWriteItem"))?;
            left = written.unprocessed_items.unwrap_or_default().into_values().flatten().collect();
            if left.is_empty() {
                return Ok(());
            }
            if attempt < ATTEMPTS {
                sleep(Duration::from_millis(25 << attempt)).await;
            }
        }
        let source = format!("{} keys stayed unprocessed", left.len()).into();
        Err(TablesError::Throttled { operation: "BatchWriteItem", source })
    }
}

fn request(org_id: &OrgId, id: EventId) -> Result<WriteRequest, TablesError> {
    let delete = DeleteRequest::builder()
        .key(keys::PK, AttributeValue::S(keys::partition(org_id, id.shard())))
        .key(keys::SK, AttributeValue::S(keys::event(id)))
        .build()
        .map_err(|error| TablesError::Failed { operation: "BatchWriteItem", source: error.into() })?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}
