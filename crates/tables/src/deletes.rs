//! Deleting hot rows by id, at a pace that leaves the partitions room for writes.

use std::time::Duration;

use audit_core::{EventId, OrgId};
use aws_sdk_dynamodb::types::{DeleteRequest, ReturnConsumedCapacity, WriteRequest};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::{Instant, sleep};

use crate::error::{Result, TablesError, failed, unbuilt};
use crate::events::{EventsTable, key};
use crate::pace::{Pace, Turn};
use crate::send::Request as _;

const OPERATION: &str = "BatchWriteItem";

/// Keys of one request; DynamoDB's limit.
const BATCH_KEYS: usize = 25;
/// Requests in flight.
const IN_FLIGHT: usize = 8;
/// How often keys are sent while DynamoDB processes no key of the org, before the pass stops. The next pass continues.
const ATTEMPTS: u32 = 10;
/// The pause after the first of these attempts; doubles after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The outcome of one request.
struct Outcome {
    /// The keys that DynamoDB did not process.
    unprocessed: Vec<WriteRequest>,
    /// The write units that DynamoDB reported.
    units: Option<f64>,
    /// Why nothing was processed, if the whole request was throttled.
    refusal: Option<TablesError>,
}

impl EventsTable {
    /// Deletes the hot rows of these ids, at `pace`.
    ///
    /// # Guarantees
    ///
    /// Deleting a row again succeeds, so a repeat is safe. The future may be dropped at any moment: then each of the
    /// rows may be deleted or not, now or a moment later.
    ///
    /// # Errors
    ///
    /// Throttling only slows the deletes down, unless DynamoDB processes no key of the org at too many attempts in a
    /// row.
    pub async fn delete(&self, org_id: &OrgId, ids: &[EventId], pace: &Pace) -> Result<()> {
        let requests = stream::unfold(ids, async |left| {
            (!left.is_empty()).then_some(())?;
            let turn = pace.turn(left.len().min(BATCH_KEYS)).await;
            let (request, left) = left.split_at(turn.keys);
            Some(((request, turn), left))
        });
        requests
            .map(Ok)
            .try_for_each_concurrent(IN_FLIGHT, async |(ids, turn)| self.delete_some(org_id, ids, turn, pace).await)
            .await
    }

    /// Deletes the rows of one request whose turn has come.
    async fn delete_some(&self, org_id: &OrgId, ids: &[EventId], mut turn: Turn, pace: &Pace) -> Result<()> {
        let mut left = ids.iter().map(|id| request(org_id, *id)).collect::<Result<Vec<_>, _>>()?;
        let mut progress = pace.speed().processed;
        let mut attempts = 0;
        loop {
            let later = left.split_off(turn.keys.min(left.len()));
            let sent = left.len();
            let Outcome { unprocessed, units, refusal } = self.send_deletes(left).await?;
            pace.speed().settle(turn.expected, sent - unprocessed.len(), units);
            let is_refused = !unprocessed.is_empty();
            left = [unprocessed, later].concat();
            if left.is_empty() {
                return Ok(());
            }
            if is_refused {
                pace.speed().refused(Instant::now());
                // Progress of other requests counts as well: DynamoDB processes deletes of this org, only fewer of
                // them.
                let now = pace.speed().processed;
                attempts = if now == progress { attempts + 1 } else { 1 };
                progress = now;
                if attempts == ATTEMPTS {
                    return Err(refusal.unwrap_or(TablesError::Unprocessed { keys: left.len() }));
                }
                sleep(FIRST_PAUSE * (1 << (attempts - 1))).await;
            }
            turn = pace.turn(left.len()).await;
        }
    }

    async fn send_deletes(&self, requests: Vec<WriteRequest>) -> Result<Outcome> {
        let write = self.0.client.batch_write_item().request_items(&self.0.name, requests.clone());
        let sent = write.return_consumed_capacity(ReturnConsumedCapacity::Total).sent().await;
        match sent.map_err(failed(OPERATION)) {
            Ok(written) => {
                let unprocessed = written.unprocessed_items.unwrap_or_default().into_values().flatten().collect();
                let units = written.consumed_capacity.iter().flatten().filter_map(|table| table.capacity_units);
                Ok(Outcome { unprocessed, units: units.reduce(|a, b| a + b), refusal: None })
            }
            // The whole request was throttled: nothing was processed.
            Err(error) if error.is_throttle() => {
                Ok(Outcome { unprocessed: requests, units: None, refusal: Some(error) })
            }
            Err(error) => Err(error),
        }
    }
}

fn request(org_id: &OrgId, id: EventId) -> Result<WriteRequest> {
    let delete = DeleteRequest::builder().set_key(Some(key(org_id, id).item())).build().map_err(unbuilt(OPERATION))?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}
