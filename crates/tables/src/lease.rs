//! The lease of an org: which worker archives it at the moment.
//!
//! Advisory: it saves workers the work of others and decides nothing. The head decides whether a write is applied.

use audit_core::{OrgId, UnixMicros};
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;

use crate::conditional::applied;
use crate::error::Result;
use crate::items::{number, text};
use crate::ledger_items::key;
use crate::send::Request as _;
use crate::{LedgerTable, keys};

/// A worker's claim to an org, for a while.
#[derive(Debug, Clone, Copy)]
pub struct Lease<'a> {
    /// The worker.
    pub worker: &'a str,
    /// When it ends, if the worker does not end it before.
    pub until: UnixMicros,
}

impl LedgerTable {
    /// Takes the lease of an org, or renews it; returns whether the worker has it now.
    ///
    /// Another worker's lease that has not ended at `now` is respected, unless `force` is given.
    pub async fn take_lease(&self, org_id: &OrgId, lease: Lease<'_>, now: UnixMicros, force: bool) -> Result<bool> {
        let mut put = self.put_lease(org_id, lease);
        if !force {
            put = put
                .condition_expression("attribute_not_exists(sk) OR worker = :worker OR until_us <= :now")
                .expression_attribute_values(":worker", text(lease.worker))
                .expression_attribute_values(":now", number(micros(now)));
        }
        applied("PutItem", put.sent().await)
    }

    /// Ends the lease of an org if the worker has it.
    pub async fn end_lease(&self, org_id: &OrgId, worker: &str) -> Result<()> {
        // Written, not deleted: a worker needs no right to delete items of a ledger.
        let put = self
            .put_lease(org_id, Lease { worker, until: UnixMicros::new(0) })
            .condition_expression("worker = :worker")
            .expression_attribute_values(":worker", text(worker));
        applied("PutItem", put.sent().await).map(drop)
    }

    fn put_lease(&self, org_id: &OrgId, lease: Lease<'_>) -> PutItemFluentBuilder {
        let item = key(org_id, keys::LEASE).text("worker", lease.worker).number("until_us", micros(lease.until));
        self.0.put(item)
    }
}

fn micros(instant: UnixMicros) -> u64 {
    u64::try_from(instant.micros()).unwrap_or(0)
}
