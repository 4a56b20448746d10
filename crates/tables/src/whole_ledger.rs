//! The whole ledger of an org in one snapshot, for the tools that compare it with the bucket.

use std::collections::HashSet;

use audit_core::{BatchRecord, Head, OrgId, SegmentRecord, Seq};

use crate::error::{Result, TablesError, failed};
use crate::items::sort_key;
use crate::keys;
use crate::ledger::{LedgerTable, Listed};
use crate::ledger_items::key;
use crate::send::Request as _;

/// How often the ledger is read again because its head changed meanwhile.
const ATTEMPTS: u32 = 20;

/// The ledger of an org.
#[derive(Debug, Default)]
pub struct WholeLedger {
    /// Its head; `None` if it cannot be read.
    pub head: Option<Head>,
    /// Its batches, in order.
    pub batches: Vec<BatchRecord>,
    /// Its segments, by day and sequence number.
    pub segments: Vec<SegmentRecord>,
    /// Items that cannot be read.
    pub malformed: Vec<TablesError>,
}

impl WholeLedger {
    /// Returns whether the org has no item in the ledger.
    pub fn is_empty(&self) -> bool {
        let Self { head, batches, segments, malformed } = self;
        head.as_ref().is_some_and(Head::is_absent) && batches.is_empty() && segments.is_empty() && malformed.is_empty()
    }

    fn keep<T>(&mut self, listed: Listed<T>) -> Vec<T> {
        self.malformed.extend(listed.malformed.into_iter().map(|item| item.error));
        listed.records
    }
}

impl LedgerTable {
    /// Reads the ledger of an org, strongly consistent.
    ///
    /// # Guarantees
    ///
    /// All of one snapshot, since only a write of the head changes the ledger.
    ///
    /// # Errors
    ///
    /// [`TablesError::KeepsChanging`] if the head changed at each attempt to read the items.
    pub async fn whole(&self, org_id: &OrgId) -> Result<WholeLedger> {
        for _ in 0..ATTEMPTS {
            let mut ledger = WholeLedger::default();
            match self.head(org_id).await {
                Ok(head) => ledger.head = Some(head),
                Err(error @ TablesError::Malformed { .. }) => ledger.malformed.push(error),
                Err(error) => return Err(error),
            }
            ledger.batches = ledger.keep(self.batches(org_id, Seq(0)).await?);
            ledger.segments = ledger.keep(self.segments(org_id, keys::all_segments()).await?);
            if ledger.head.is_none() || ledger.head == Some(self.head(org_id).await?) {
                return Ok(ledger);
            }
        }
        Err(TablesError::KeepsChanging { item: "head" })
    }

    /// Deletes every batch and segment of an org's ledger but those of `kept`, and the claims from `claims` on.
    ///
    /// # Guarantees
    ///
    /// Safe to repeat. The caller has replaced the head by one that counts the kept batches only, and no other worker
    /// writes the ledger.
    pub async fn forget_all_but(&self, org_id: &OrgId, kept: &[BatchRecord], claims: u64) -> Result<()> {
        let segments = kept.iter().flat_map(|batch| batch.segments.iter().map(|name| keys::segment(*name)));
        let kept: HashSet<String> = segments.chain(kept.iter().map(|batch| keys::batch(batch.first_seq))).collect();
        for range in [keys::batch_range(Seq(0)), keys::all_segments(), keys::claim_range(claims)] {
            let mut listed = Vec::new();
            self.each_item(org_id, range, |item| listed.extend(sort_key(item).map(str::to_owned))).await?;
            for sk in listed.into_iter().filter(|sk| !kept.contains(sk)) {
                let delete = self.0.client.delete_item().table_name(&self.0.name);
                delete.set_key(Some(key(org_id, sk).item())).sent().await.map_err(failed("DeleteItem"))?;
            }
        }
        Ok(())
    }
}
