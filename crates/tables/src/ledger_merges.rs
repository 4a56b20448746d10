//! Merges in the ledger: their records, the transaction that decides one, and the items that one leaves behind.
//!
//! Nothing that a reader lists changes together with the head that it reads: DynamoDB may show a reader one item of a
//! transaction before it and another after it. Targets become visible by a later head, and sources are deleted while the
//! head hides them.

use audit_core::{Head, MergeRecord, OrgId, SegmentName, SegmentRecord, Visible};

use crate::conditional::Written;
use crate::error::{Result, TablesError};
use crate::keys;
use crate::ledger::{Decided, LedgerTable, put};
use crate::ledger_items::{read_merge, write_merge, write_segment};
use crate::listed::Listed;

impl LedgerTable {
    /// Reads the record of a merge, strongly consistent.
    pub async fn merge(&self, org_id: &OrgId, number: u64) -> Result<Option<MergeRecord>> {
        self.item(org_id, &keys::merge(number), read_merge).await
    }

    /// Lists the merges after the one with a number, in order, strongly consistent.
    pub async fn merges(&self, org_id: &OrgId, after: u64) -> Result<Listed<MergeRecord, u64>> {
        self.list(org_id, keys::merge_range(after), read_merge, keys::read_merge).await
    }

    /// Reads the record of the merge that a head has switched, strongly consistent.
    ///
    /// # Errors
    /// Also if that record is missing: its sources must not be shown.
    pub async fn switched(&self, org_id: &OrgId, head: &Head) -> Result<Option<MergeRecord>> {
        let Some(number) = head.switched() else { return Ok(None) };
        let absent = || TablesError::Malformed {
            table: "ledger",
            key: format!("{org_id} {}", keys::merge(number)),
            attribute: "sources",
        };
        self.merge(org_id, number).await?.ok_or_else(absent).map(Some)
    }

    /// Returns which segments a head shows.
    ///
    /// # Errors
    /// As of [`switched`](Self::switched).
    pub async fn visible(&self, org_id: &OrgId, head: &Head) -> Result<Visible> {
        Ok(Visible::of(head, self.switched(org_id, head).await?.as_ref()))
    }

    /// Decides a merge: the head, the claim, the merge, and its targets, in one transaction.
    ///
    /// # Guarantees and errors
    ///
    /// As of [`commit`](Self::commit).
    pub async fn decide_merge(
        &self,
        org_id: &OrgId,
        decided: Decided<'_>,
        merge: &MergeRecord,
        targets: &[SegmentRecord],
    ) -> Result<Written> {
        let mut puts = self.decision(org_id, decided)?;
        let items = targets.iter().map(|target| write_segment(org_id, target)).chain([write_merge(org_id, merge)]);
        for item in items {
            puts.push(put(self.new_item(item))?);
        }
        self.transact(puts).await
    }

    /// Deletes the items of segments that no head shows any more, while `head` is the stored one.
    ///
    /// # Guarantees
    ///
    /// Safe to repeat. After [`Written::Lost`], some of the items may be deleted.
    pub async fn drop_segments(&self, org_id: &OrgId, head: &Head, names: &[SegmentName]) -> Result<Written> {
        self.delete_under(org_id, head, names.iter().map(|name| keys::segment(*name))).await
    }

    /// Deletes the items of an abandoned merge: its targets, and then its record. Otherwise as
    /// [`drop_segments`](Self::drop_segments).
    pub async fn drop_merge(&self, org_id: &OrgId, head: &Head, merge: &MergeRecord) -> Result<Written> {
        let targets = merge.targets.iter().map(|name| keys::segment(*name));
        self.delete_under(org_id, head, targets.chain([keys::merge(merge.number)])).await
    }
}
