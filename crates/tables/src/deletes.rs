//! Deleting hot rows by id, at a pace that leaves the partitions room for writes.

use std::time::Duration;

use audit_core::{EventId, OrgId};
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, ReturnConsumedCapacity, WriteRequest};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::sleep;

use crate::error::{TablesError, failed};
use crate::pace::{Pace, Turn};
use crate::{Tables, keys};

/// Keys of one request; DynamoDB's limit.
const BATCH_KEYS: usize = 25;
/// Requests in flight.
const IN_FLIGHT: usize = 8;
/// How often keys are sent while DynamoDB processes no key at all, before the pass gives up. The next pass continues.
const ATTEMPTS: u32 = 10;
/// The pause after the first of these attempts; doubles after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// What became of one request.
struct Written {
    /// The keys that DynamoDB did not process.
    unprocessed: Vec<WriteRequest>,
    /// The write units that it consumed, where it reported them.
    units: Option<f64>,
    /// Why nothing was processed, where the whole request was refused.
    refusal: Option<TablesError>,
}

impl Tables {
    /// Deletes the hot rows of these ids, at `pace`.
    ///
    /// # Guarantees
    /// A row that was deleted before is no error, so a repeat is safe. It may be dropped at any moment: then any of the rows
    /// may be deleted, now or a moment later.
    ///
    /// # Errors
    /// Throttling is no error, but a reason to slow down, as long as DynamoDB processes a key now and then.
    pub async fn delete_events(&self, org_id: &OrgId, ids: &[EventId], pace: &Pace) -> Result<(), TablesError> {
        let requests = stream::unfold(ids, async |left| {
            (!left.is_empty()).then_some(())?;
            let turn = pace.turn(left.len().min(BATCH_KEYS)).await;
            let (request, left) = left.split_at(turn.keys);
            Some(((request, turn), left))
        });
        requests
            .map(Ok)
            .try_for_each_concurrent(IN_FLIGHT, async |(ids, turn)| self.delete_chunk(org_id, ids, turn, pace).await)
            .await
    }

    /// Deletes the rows of one request whose turn has come.
    async fn delete_chunk(
        &self,
        org_id: &OrgId,
        ids: &[EventId],
        mut turn: Turn,
        pace: &Pace,
    ) -> Result<(), TablesError> {
        let mut left = ids.iter().map(|id| request(org_id, *id)).collect::<Result<Vec<_>, _>>()?;
        let mut progress = pace.processed();
        let mut attempts = 0;
        loop {
            let later = left.split_off(turn.keys.min(left.len()));
            let sent = left.len();
            let written = self.send_deletes(left).await?;
            pace.settle(turn.expected, sent - written.unprocessed.len(), written.units);
            let is_refused = !written.unprocessed.is_empty();
            left = [written.unprocessed, later].concat();
            if left.is_empty() {
                return Ok(());
            }
            if is_refused {
                pace.refused();
                // Another request's progress counts as well: DynamoDB takes deletes of this org, only fewer of them.
                let now = pace.processed();
                attempts = if now == progress { attempts + 1 } else { 1 };
                progress = now;
                if attempts == ATTEMPTS {
                    let unprocessed = || throttled(format!("{} keys stayed unprocessed", left.len()).into());
                    return Err(written.refusal.unwrap_or_else(unprocessed));
                }
                sleep(FIRST_PAUSE * (1 << (attempts - 1))).await;
            }
            turn = pace.turn(left.len()).await;
        }
    }

    async fn send_deletes(&self, requests: Vec<WriteRequest>) -> Result<Written, TablesError> {
        let sent = self
            .client
            .batch_write_item()
            .request_items(&self.names.events, requests.clone())
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed("BatchWriteItem"));
        match sent {
            Ok(written) => Ok(Written {
                unprocessed: written.unprocessed_items.unwrap_or_default().into_values().flatten().collect(),
                units: written
                    .consumed_capacity
                    .iter()
                    .flatten()
                    .filter_map(|table| table.capacity_units)
                    .reduce(|a, b| a + b),
                refusal: None,
            }),
            // Refused as a whole: nothing was processed.
            Err(error) if error.is_throttle() => {
                Ok(Written { unprocessed: requests, units: None, refusal: Some(error) })
            }
            Err(error) => Err(error),
        }
    }
}

fn throttled(source: Box<dyn std::error::Error + Send + Sync>) -> TablesError {
    TablesError::Throttled { operation: "BatchWriteItem", source }
}

fn request(org_id: &OrgId, id: EventId) -> Result<WriteRequest, TablesError> {
    let delete = DeleteRequest::builder()
        .key(keys::PK, AttributeValue::S(keys::partition(org_id, id.shard())))
        .key(keys::SK, AttributeValue::S(keys::event(id)))
        .build()
        .map_err(|error| TablesError::Failed { operation: "BatchWriteItem", source: error.into() })?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}
