//! The whole ledger of an org at one snapshot, for those who compare it with the bucket.

use std::collections::HashSet;

use audit_core::{BatchRecord, Head, OrgId, SegmentRecord, Seq};

use crate::attributes::Item;
use crate::error::{TablesError, failed};
use crate::ledger_reads::Listed;
use crate::{Tables, keys};

/// How often the ledger is read again because its head changed meanwhile.
const ATTEMPTS: u32 = 20;

/// Everything that the ledger says of an org.
#[derive(Debug, Default)]
pub struct WholeLedger {
    /// Its head; `None` where it cannot be read.
    pub head: Option<Head>,
    /// Its batches, in order.
    pub batches: Vec<BatchRecord>,
    /// Its segments, by day and sequence number.
    pub segments: Vec<SegmentRecord>,
    /// Items that cannot be read.
    pub malformed: Vec<TablesError>,
}

impl Tables {
    /// Reads the ledger of an org, strongly consistent.
    ///
    /// *Guarantees*: of one snapshot, since only a write of the head changes it.
    /// *Errors*: also where the head changed again and again while its items were read.
    pub async fn whole_ledger(&self, org_id: &OrgId) -> Result<WholeLedger, TablesError> {
        for _ in 0..ATTEMPTS {
            let mut ledger = WholeLedger::default();
            ledger.head = ledger.keep(self.head(org_id).await)?;
            ledger.batches = ledger.keep_listed(self.list_batches(org_id, Seq(0)).await?);
            ledger.segments = ledger.keep_listed(self.all_segments(org_id).await?);
            if ledger.head.is_none() || ledger.head == Some(self.head(org_id).await?) {
                return Ok(ledger);
            }
        }
        Err(TablesError::Failed { operation: "Query", source: "the head kept changing".into() })
    }
}

impl Tables {
    /// Takes every batch and segment out of an org's ledger but those of `kept`.
    ///
    /// *Guarantees*: safe to repeat. For a ledger whose head names the kept ones alone, and that nobody else writes.
    pub async fn forget_all_but(&self, org_id: &OrgId, kept: &[BatchRecord]) -> Result<(), TablesError> {
        let names = kept.iter().flat_map(|batch| batch.segments.iter().map(|name| keys::segment(*name)));
        let kept: HashSet<String> = names.chain(kept.iter().map(|batch| keys::batch(batch.first_seq))).collect();
        for range in [keys::batch_range(Seq(0)), keys::all_segments()] {
            for item in self.ledger_range(org_id, range).await? {
                let key = item.into_iter().filter(|(name, _)| matches!(name.as_str(), keys::ORG_ID | keys::SK));
                let key: Item = key.collect();
                if key.get(keys::SK).and_then(|sk| sk.as_s().ok()).is_some_and(|sk| kept.contains(sk)) {
                    continue;
                }
                let delete = self.client.delete_item().table_name(&self.names.ledger).set_key(Some(key));
                delete.send().await.map_err(failed("DeleteItem"))?;
            }
        }
        Ok(())
    }
}

impl WholeLedger {
    /// Whether the org has no item of a ledger.
    pub fn is_empty(&self) -> bool {
        let Self { head, batches, segments, malformed } = self;
        *head == Some(Head::default()) && batches.is_empty() && segments.is_empty() && malformed.is_empty()
    }

    fn keep_listed<T>(&mut self, listed: Listed<T>) -> Vec<T> {
        self.malformed.extend(listed.malformed.into_iter().map(|item| item.error));
        listed.records
    }

    fn keep<T>(&mut self, read: Result<T, TablesError>) -> Result<Option<T>, TablesError> {
        match read {
            Ok(item) => Ok(Some(item)),
            Err(error @ TablesError::Malformed { .. }) => {
                self.malformed.push(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
