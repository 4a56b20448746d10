//! Steps 5 and 6: an open batch, from the ledger alone, to its end.
//!
//! Every worker that finds an open batch finishes it, any number of them concurrently: copies are create-only, deletes are
//! repeatable, and of the writes of the head one is applied.

use audit_core::{BatchRecord, Head, OpenBatch, OrgId, Phase, SegmentRecord, invariants::segments_tile};
use audit_tables::Written;
use futures::{StreamExt, TryStreamExt, stream};

use crate::Compactor;
use crate::error::CompactError;

/// Copies in flight.
const IN_FLIGHT: usize = 8;

impl Compactor {
    /// Takes the open batch one phase further.
    ///
    /// # Guarantees
    /// No row is deleted before every segment of the batch exists under its final key and was compared. It may be dropped
    /// at any moment: the next run repeats no copy and no delete that was applied, and the batch is closed by the run that
    /// found none of its rows hot any more.
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
                self.delete_archived(org_id, &segments).await?;
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
}
