//! Steps 5 and 6: an open batch, from the ledger alone, to its end.
//!
//! Whoever finds an open batch finishes it, however many do at once: copies are create-only, deletes are repeatable, and
//! of the writes of the head one is applied.

use audit_archive::ids::Ids;
use audit_core::invariants::segments_tile;
use audit_core::ledger::{BatchRecord, Head, OpenBatch, Phase};
use audit_core::org::OrgId;
use audit_core::segment::SegmentRecord;
use audit_tables::ledger::Written;
use futures::{StreamExt, TryStreamExt, stream};

use crate::Compactor;
use crate::error::CompactError;

/// Copies in flight.
const IN_FLIGHT: usize = 8;

impl Compactor {
    /// Takes the open batch one phase further.
    ///
    /// *Guarantees*: no row is deleted before every segment of the batch stands under its final key and was compared.
    pub(crate) async fn finish(&self, org_id: &OrgId, head: &Head, open: OpenBatch) -> Result<Written, CompactError> {
        let (batch, segments) = self.open_batch(org_id, open).await?;
        segments_tile(&batch, &segments)?;
        let next = match open.phase {
            Phase::Committed => {
                let copies: Vec<_> = segments.iter().map(|segment| self.archive.publish(segment)).collect();
                stream::iter(copies).buffer_unordered(IN_FLIGHT).try_collect::<()>().await?;
                head.publishing()
            }
            Phase::Published => {
                for segment in &segments {
                    self.delete_rows_of(org_id, segment).await?;
                }
                head.closing()
            }
        };
        Ok(self.tables.replace_head(org_id, head, &next).await?)
    }

    async fn open_batch(
        &self,
        org_id: &OrgId,
        open: OpenBatch,
    ) -> Result<(BatchRecord, Vec<SegmentRecord>), CompactError> {
        let incomplete = || CompactError::LedgerIncomplete(open.first_seq);
        let batch = self.tables.batch(org_id, open.first_seq).await?.ok_or_else(incomplete)?;
        let mut segments = Vec::with_capacity(batch.segments.len());
        for name in &batch.segments {
            segments.push(self.tables.segment(org_id, *name).await?.ok_or_else(incomplete)?);
        }
        Ok((batch, segments))
    }

    /// The ids come from the published file itself: what it does not hold is not deleted.
    async fn delete_rows_of(&self, org_id: &OrgId, segment: &SegmentRecord) -> Result<(), CompactError> {
        let mut ids = Ids::new(self.archive.open(org_id, segment).await?);
        while let Some(ids) = ids.next_page().await? {
            self.tables.delete_events(org_id, &ids, self.deletes_per_second).await?;
        }
        Ok(())
    }
}
