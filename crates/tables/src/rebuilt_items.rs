//! The items of a ledger that is being rebuilt, under a head that is not the new one yet.
//!
//! Each transaction demands that the head is still the one that the rebuild has read. So a request that arrives late, after
//! the new head was written, changes nothing, and a worker that writes the old ledger meanwhile is noticed.

use std::collections::HashSet;

use audit_core::{BatchRecord, Head, MergeRecord, OrgId, SealedClaim, SegmentRecord, Seq};
use aws_sdk_dynamodb::types::{ConditionCheck, Put, TransactWriteItem};

use crate::conditional::Written;
use crate::error::{Result, unbuilt};
use crate::items::{Item, item_bytes, sort_key};
use crate::keys;
use crate::ledger::{LedgerTable, TRANSACTION, put, unchanged};
use crate::ledger_items::{key, write_batch, write_claim, write_merge, write_segment};

/// Items of one transaction, besides the head. DynamoDB takes 100.
const ITEMS: usize = 90;
/// Bytes of the items of one transaction. DynamoDB takes 4 MB.
const BYTES: usize = 2 * 1024 * 1024;

/// An item that the claims of an org name.
#[derive(Debug, Clone, Copy)]
pub enum LedgerItem<'a> {
    /// The bytes of a claim.
    Claim(&'a SealedClaim),
    /// A batch.
    Batch(&'a BatchRecord),
    /// A merge.
    Merge(&'a MergeRecord),
    /// A segment.
    Segment(&'a SegmentRecord),
}

impl LedgerItem<'_> {
    fn sort_key(self) -> String {
        match self {
            Self::Claim(claim) => keys::claim(claim.number),
            Self::Batch(batch) => keys::batch(batch.first_seq),
            Self::Merge(merge) => keys::merge(merge.number),
            Self::Segment(segment) => keys::segment(segment.name()),
        }
    }

    fn item(self, org_id: &OrgId) -> Item {
        match self {
            Self::Claim(claim) => write_claim(org_id, claim),
            Self::Batch(batch) => write_batch(org_id, batch),
            Self::Merge(merge) => write_merge(org_id, merge),
            Self::Segment(segment) => write_segment(org_id, segment),
        }
        .item()
    }
}

impl LedgerTable {
    /// Puts items, also in place of others, while `head` is the stored one.
    ///
    /// # Guarantees
    ///
    /// Safe to repeat. After [`Written::Lost`], some of the items may be written.
    pub async fn put_under(&self, org_id: &OrgId, head: &Head, items: &[LedgerItem<'_>]) -> Result<Written> {
        let (mut writes, mut bytes) = (Vec::new(), 0);
        for item in items {
            let item = item.item(org_id);
            let more = item_bytes(&item);
            if bytes + more > BYTES {
                if self.under(org_id, head, std::mem::take(&mut writes)).await? == Written::Lost {
                    return Ok(Written::Lost);
                }
                bytes = 0;
            }
            bytes += more;
            writes.push(put(Put::builder().table_name(&self.0.name).set_item(Some(item)))?);
        }
        self.under(org_id, head, writes).await
    }

    /// Deletes every claim, batch, merge and segment of an org's ledger but those of `kept`, while `head` is the stored one.
    ///
    /// # Guarantees
    ///
    /// As of [`put_under`](Self::put_under).
    pub async fn keep_under(
        &self,
        org_id: &OrgId,
        head: &Head,
        kept: impl IntoIterator<Item = LedgerItem<'_>>,
    ) -> Result<Written> {
        let kept: HashSet<String> = kept.into_iter().map(LedgerItem::sort_key).collect();
        let mut others = Vec::new();
        for range in [keys::all_claims(), keys::batch_range(Seq(0)), keys::merge_range(0), keys::all_segments()] {
            let listed =
                |item: &Item| others.extend(sort_key(item).filter(|sk| !kept.contains(*sk)).map(str::to_owned));
            self.each_item(org_id, range, listed).await?;
        }
        self.delete_under(org_id, head, others.into_iter()).await
    }

    /// Deletes the items with these sort keys, while `head` is the stored one.
    pub(crate) async fn delete_under(
        &self,
        org_id: &OrgId,
        head: &Head,
        sks: impl Iterator<Item = String>,
    ) -> Result<Written> {
        self.under(org_id, head, sks.map(|sk| self.delete(org_id, sk)).collect::<Result<_>>()?).await
    }

    async fn under(&self, org_id: &OrgId, head: &Head, writes: Vec<TransactWriteItem>) -> Result<Written> {
        let (condition, values) = unchanged(head);
        let is_stored = ConditionCheck::builder()
            .table_name(&self.0.name)
            .set_key(Some(key(org_id, keys::HEAD).item()))
            .condition_expression(condition)
            .set_expression_attribute_values(values);
        let is_stored = is_stored.build().map_err(unbuilt(TRANSACTION))?;
        for writes in writes.chunks(ITEMS) {
            let head = TransactWriteItem::builder().condition_check(is_stored.clone()).build();
            if self.transact([&[head], writes].concat()).await? == Written::Lost {
                return Ok(Written::Lost);
            }
        }
        Ok(Written::Applied)
    }
}
