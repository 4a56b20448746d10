//! The whole ledger of an org in one snapshot, for the tools that compare it with the bucket.

use audit_core::{BatchRecord, Head, MergeRecord, OrgId, SealedClaim, SegmentRecord, Seq};

use crate::error::{Result, TablesError};
use crate::ledger::LedgerTable;
use crate::listed::Listed;
use crate::{keys, ledger_items};

/// How often the ledger is read again because its head changed meanwhile.
const ATTEMPTS: u32 = 20;

/// The ledger of an org.
#[derive(Debug, Default)]
pub struct WholeLedger {
    /// Its head; `None` if it cannot be read.
    pub head: Option<Head>,
    /// Its claims, in order.
    pub claims: Vec<SealedClaim>,
    /// Its batches, in order.
    pub batches: Vec<BatchRecord>,
    /// Its merges, in order.
    pub merges: Vec<MergeRecord>,
    /// Its segments, by month and sequence number.
    pub segments: Vec<SegmentRecord>,
    /// Items that cannot be read.
    pub malformed: Vec<TablesError>,
}

impl WholeLedger {
    /// Returns whether the org has no item in the ledger.
    pub fn is_empty(&self) -> bool {
        let Self { head, claims, batches, merges, segments, malformed } = self;
        head.as_ref().is_some_and(Head::is_absent)
            && claims.is_empty()
            && batches.is_empty()
            && merges.is_empty()
            && segments.is_empty()
            && malformed.is_empty()
    }

    fn keep<T, N>(&mut self, listed: Listed<T, N>) -> Vec<T> {
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
            let claims = self.list(org_id, keys::all_claims(), ledger_items::read_claim, keys::read_claim).await?;
            ledger.claims = ledger.keep(claims);
            ledger.batches = ledger.keep(self.batches(org_id, Seq(0)).await?);
            ledger.merges = ledger.keep(self.merges(org_id, 0).await?);
            ledger.segments = ledger.keep(self.segments(org_id, keys::all_segments()).await?);
            if ledger.head.is_none() || ledger.head == Some(self.head(org_id).await?) {
                return Ok(ledger);
            }
        }
        Err(TablesError::KeepsChanging { item: "head" })
    }
}
