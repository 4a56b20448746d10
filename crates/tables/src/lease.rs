//! The lease of an org: which worker archives it at the snapshot.
//!
//! Advisory: it saves workers the work of others and decides nothing. Whether a write is applied is decided by the head.

use audit_core::{OrgId, UnixMicros};
use aws_sdk_dynamodb::types::AttributeValue;

use crate::attributes::Writer;
use crate::error::{TablesError, failed};
use crate::{Tables, keys};

const WORKER: &str = "worker";
const UNTIL: &str = "until_us";

/// A worker's claim to an org, for a while.
#[derive(Debug, Clone, Copy)]
pub struct Lease<'a> {
    /// The worker.
    pub worker: &'a str,
    /// When it ends, if the worker does not end it before.
    pub until: UnixMicros,
}

impl Tables {
    /// Takes the lease of an org, or renews it; returns whether the worker has it now.
    ///
    /// Another worker's lease that has not ended at `now` is respected, unless `force` is given.
    pub async fn take_lease(
        &self,
        org_id: &OrgId,
        lease: Lease<'_>,
        now: UnixMicros,
        force: bool,
    ) -> Result<bool, TablesError> {
        let condition = "attribute_not_exists(sk) OR worker = :worker OR until_us <= :now";
        self.put_lease(org_id, lease, (!force).then_some((condition, Some(now)))).await
    }

    /// Ends the lease of an org where the worker has it.
    pub async fn end_lease(&self, org_id: &OrgId, worker: &str) -> Result<(), TablesError> {
        // Written, not deleted: a worker needs no right to delete items of a ledger.
        let ended = Lease { worker, until: UnixMicros::new(0) };
        self.put_lease(org_id, ended, Some(("worker = :worker", None))).await.map(|_| ())
    }

    async fn put_lease(
        &self,
        org_id: &OrgId,
        lease: Lease<'_>,
        condition: Option<(&str, Option<UnixMicros>)>,
    ) -> Result<bool, TablesError> {
        let item = Writer::default()
            .text(keys::ORG_ID, org_id.as_str())
            .text(keys::SK, keys::LEASE)
            .text(WORKER, lease.worker)
            .number(UNTIL, micros(lease.until))
            .item();
        let mut put = self.client.put_item().table_name(&self.names.ledger).set_item(Some(item));
        if let Some((condition, now)) = condition {
            put = put
                .condition_expression(condition)
                .expression_attribute_values(":worker", AttributeValue::S(lease.worker.to_owned()));
            if let Some(now) = now {
                put = put.expression_attribute_values(":now", AttributeValue::N(micros(now).to_string()));
            }
        }
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {
                Ok(false)
            }
            Err(error) => Err(failed("PutItem")(error)),
        }
    }
}

fn micros(instant: UnixMicros) -> u64 {
    u64::try_from(instant.micros()).unwrap_or(0)
}
