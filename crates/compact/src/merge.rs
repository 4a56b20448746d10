//! The merge protocol: replaces segments of one month by fewer with the same rows, and never loses or doubles one.
//!
//! ```text
//! M1 stream the rows of the sources by id; decode and   crash: objects that no reader sees, which S3 expires, and
//!    compare each target; put its filters, and stage it  filters that no record names
//! M2 commit claim, merge, targets and head at once      <- decided; crash: the next pass continues from the ledger,
//!                                                           before it commits a batch
//! M3 put the claim; copy to the final keys, create-     crash: as after M2; other engines may count rows twice
//!    only; compare
//! M4 decide that readers use the targets                <- readers switch; crash: any pass continues
//! M5 put the claim of that; at least 120 seconds later  crash: any pass continues
//!    compare the targets again, delete the sources and
//!    then their items; end the merge
//! ```
//!
//! As in the archive protocol (`protocol.rs`), each decision is written to the ledger, then claimed in the bucket, and only
//! then has its effect, and every write of the head is conditional on the version that was read. A merge of which a target
//! can be neither copied nor found in M3, or differs, is abandoned: its sources were never deleted. Upholds I-2 to I-5,
//! I-9 and I-10.
//!
//! Each step is a method of [`Compactor`]. In production only a pass calls them; tests stop between them.

use std::time::Duration;

use audit_core::invariants::{merge_keeps_rows, targets_are_new};
use audit_core::{
    ClaimedMerge, Decision, Head, MergePhase, MergeRecord, MergeSource, OpenMerge, OrgId, SegmentRecord, Sha256,
};
use audit_runtime::metrics::{self, Metric};
use audit_segments::{Merger, OpenSource, SegmentError};
use audit_tables::{Decided, Written};
use futures::{StreamExt, TryStreamExt, stream};

use crate::error::Result;
use crate::merge_plan::{self, Size};
use crate::{CompactError, Compactor};

/// How long sources stay after the switch. A request of a reader that began before the switch, or a listing of an
/// engine, takes less.
const SOURCES_STAY: Duration = Duration::from_secs(120);
/// How long the targets of an abandoned merge stay. No worker that may still copy one lives longer.
const TARGETS_STAY: Duration = Duration::from_secs(20 * 60);
/// Objects opened, copied, compared or deleted concurrently.
const IN_FLIGHT: usize = 8;

/// The result of step M1.
#[derive(Debug)]
pub struct StagedMerge {
    /// The segments to replace, in the order of their names.
    pub sources: Vec<SegmentRecord>,
    /// The segments that replace them.
    pub targets: Vec<SegmentRecord>,
}

/// The open merge, whose newest decision is claimed.
#[derive(Debug)]
pub struct UnfinishedMerge {
    /// Its record.
    pub record: MergeRecord,
    /// Its targets.
    pub targets: Vec<SegmentRecord>,
}

/// How steps M3 and M4 ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// Readers use the targets.
    Switched,
    /// The merge was abandoned.
    Abandoned,
    /// Another worker changed the head first.
    Lost,
}

impl Compactor {
    /// Step M1: writes and stages the targets of a merge. `segments` are the sources as the planner chose them; those that
    /// a newer version wrote, and those that do not fit, are left out. Returns `None` if too few remain.
    ///
    /// `head` must have no open batch or merge.
    ///
    /// # Errors
    /// A store failed, or a source cannot be read. Nothing was decided, and S3 expires the objects that were staged.
    pub async fn stage_merge(
        &self,
        org_id: &OrgId,
        head: &Head,
        segments: Vec<SegmentRecord>,
    ) -> Result<Option<StagedMerge>> {
        let opening: Vec<_> = segments.into_iter().map(|segment| self.archive.open_source(org_id, segment)).collect();
        let opened: Vec<_> = stream::iter(opening).buffered(IN_FLIGHT).try_collect().await?;
        let size = |source: &OpenSource| Size::of(&source.record, source.footer.raw_bytes);
        let mut opened: Vec<_> = opened.into_iter().flatten().collect();
        opened.sort_by_key(|source| (size(source), source.record.first_seq));
        opened.truncate(merge_plan::fitting(&opened.iter().map(size).collect::<Vec<_>>()));
        let Some(month) = opened.first().map(|source| source.record.month) else { return Ok(None) };
        let mut sources: Vec<_> = opened.iter().map(|source| source.record.clone()).collect();
        sources.sort_by_key(SegmentRecord::name);
        let attempt = uuid::Uuid::new_v4().to_string();
        let (mut merger, mut targets) = (Merger::new(head.next_merge(), month, opened), Vec::new());
        while let Some(file) = Box::pin(merger.next_file()).await? {
            targets.push(self.stage_file(&attempt, targets.len(), file).await?);
        }
        Ok(Some(StagedMerge { sources, targets }))
    }

    /// Step M2: either the whole merge is in the ledger, or nothing of it.
    ///
    /// Returns [`Written::Lost`] if another worker changed the head since `head` was read.
    ///
    /// # Errors
    /// The targets do not have the numbers of the sources (I-3), or one is an object of another segment (I-5), or the
    /// outcome is unknown: the next step 0 finds it in the ledger.
    pub async fn decide_merge(&self, org_id: &OrgId, head: &Head, staged: &StagedMerge) -> Result<Written> {
        let Some(month) = staged.targets.first().map(|target| target.month) else { return Ok(Written::Lost) };
        let sources = staged.sources.iter().map(MergeSource::of).collect();
        let merge = ClaimedMerge { number: head.next_merge(), month, sources, targets: staged.targets.clone() };
        merge_keeps_rows(&staged.sources.iter().collect::<Vec<_>>(), &staged.targets)?;
        targets_are_new(&merge)?;
        let at = self.clock.now();
        let record = merge.record(at);
        let (_, claim) = self.seal(org_id, head, at, Decision::Merge(merge));
        let next = head.deciding_merge(at, &claim);
        let decided = Decided { read: head, next: &next, claim: &claim };
        let written = self.tables.ledger.decide_merge(org_id, decided, &record, &staged.targets).await?;
        if written == Written::Applied {
            let bytes = |segments: &[SegmentRecord]| segments.iter().map(|segment| segment.bytes).sum::<u64>();
            let saved = bytes(&staged.sources).saturating_sub(bytes(&staged.targets));
            tracing::info!(%org_id, merge = record.number, rows = record.rows, bytes_saved = saved, "merge decided");
            metrics::count_of_org(Metric::MergesDecided, org_id, 1);
            metrics::count(Metric::SegmentBytesSaved, saved);
        }
        Ok(written)
    }

    /// Steps M3, after its claim, and M4: copies all targets to their final keys, and then lets readers use them. A merge
    /// of which one can be neither copied nor found, or differs, is abandoned.
    ///
    /// # Errors
    /// A store failed. The merge stays decided, and every source stays.
    pub async fn switch_merge(&self, org_id: &OrgId, head: &Head, merge: &UnfinishedMerge) -> Result<Switch> {
        let (at, record) = (self.clock.now(), &merge.record);
        let (decision, switch) = match self.copy_segments(&merge.targets).await {
            Ok(()) => (Decision::Switched(record.number), Switch::Switched),
            Err(CompactError::Segment(error @ (SegmentError::Missing { .. } | SegmentError::Altered(_)))) => {
                tracing::error!(%org_id, merge = record.number, %error, "a target cannot be published; abandoned");
                (Decision::Abandoned(record.number), Switch::Abandoned)
            }
            Err(error) => return Err(error),
        };
        let is_switched = switch == Switch::Switched;
        let (_, claim) = self.seal(org_id, head, at, decision);
        let next = if is_switched { head.switching(at, &claim) } else { head.abandoning(at, &claim) };
        let decided = Decided { read: head, next: &next, claim: &claim };
        if self.tables.ledger.decide(org_id, decided).await? == Written::Lost {
            return Ok(Switch::Lost);
        }
        metrics::count_of_org(Metric::MergesSwitched, org_id, u64::from(is_switched));
        metrics::count_of_org(Metric::MergesAbandoned, org_id, u64::from(!is_switched));
        if is_switched {
            let (sources, targets) = (record.sources.len() as u64, record.targets.len() as u64);
            tracing::info!(%org_id, merge = record.number, sources, targets, rows = record.rows, "merged");
            metrics::count(Metric::SegmentsSaved, sources.saturating_sub(targets));
        }
        Ok(switch)
    }

    /// Reports whether step M5 may delete: the sources of a switched merge, or the targets of an abandoned one.
    pub(crate) fn may_end(&self, merge: OpenMerge) -> bool {
        let stay = match merge.phase {
            MergePhase::Decided => return false,
            MergePhase::Switched => SOURCES_STAY,
            MergePhase::Abandoned => TARGETS_STAY,
        };
        merge.since.plus(stay) <= self.clock.now()
    }

    /// Step M5, after its claim: deletes what no reader uses, objects first, and then ends the merge.
    ///
    /// # Guarantees
    /// A source is deleted only after all targets were compared again. It may be dropped at any moment: another run, of
    /// any worker, deletes the remaining ones.
    ///
    /// # Errors
    /// A store failed, or an object is not the one that was recorded. The merge stays open, and batches are committed.
    pub async fn end_merge(&self, org_id: &OrgId, head: &Head, merge: Option<&UnfinishedMerge>) -> Result<Written> {
        let ledger = &self.tables.ledger;
        let dropped = match merge {
            Some(UnfinishedMerge { record, targets }) if head.switched() == Some(record.number) => {
                let compared: Vec<_> = targets.iter().map(|target| self.archive.compare(target)).collect();
                stream::iter(compared).buffer_unordered(IN_FLIGHT).try_collect::<()>().await?;
                self.delete_objects(record.sources.iter().map(|source| (&source.key, source.sha256))).await?;
                let names: Vec<_> = record.sources.iter().map(|source| source.name).collect();
                ledger.drop_segments(org_id, head, &names).await?
            }
            Some(UnfinishedMerge { record, targets }) => {
                self.delete_objects(targets.iter().map(|target| (&target.key, target.sha256))).await?;
                ledger.drop_merge(org_id, head, record).await?
            }
            None => Written::Applied,
        };
        match dropped {
            Written::Applied => Ok(ledger.replace_head(org_id, head, &head.ending_merge()).await?),
            Written::Lost => Ok(Written::Lost),
        }
    }

    /// A part of step M5: deletes objects that no reader uses, by their keys and digests.
    pub async fn delete_objects<'a>(&self, objects: impl Iterator<Item = (&'a String, Sha256)>) -> Result<()> {
        let deletes: Vec<_> = objects.map(|(key, sha256)| self.archive.delete(key, sha256)).collect();
        Ok(stream::iter(deletes).buffer_unordered(IN_FLIGHT).try_collect::<()>().await?)
    }
}
