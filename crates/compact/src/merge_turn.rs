//! The merges of a pass: it finishes a decided one before its own commit, ends a switched one, and makes one when all rows
//! that are due are archived.
//!
//! A segment that cannot be read prevents only the merge of its month, which is counted.

use audit_core::{Head, MergePhase, Month, Order, OrgId, SegmentRecord, Visible, error::chain, limits::FIRST_INSTANT};
use audit_runtime::metrics::{self, Metric};
use audit_segments::SegmentError;
use audit_tables::Written;
use tokio::time::Instant;

use crate::deadline::{is_past, until};
use crate::error::Result;
use crate::lease::OrgLease;
use crate::merge::{StagedMerge, Switch};
use crate::{CompactError, Compactor, merge_plan};

/// How a turn continues after its batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merging {
    /// No merge is due.
    Done,
    /// A write of the head, of this outcome: it is to be read again.
    Again(Written),
    /// Another worker has leased the org.
    Busy,
    /// The time is up.
    Stopped,
}

impl Merging {
    /// Returns the version of the head that a write of it did not find any more.
    pub(crate) fn lost(self, head: &Head) -> Option<u64> {
        (self == Self::Again(Written::Lost)).then_some(head.version)
    }
}

impl Compactor {
    /// A part of step 0, after the open batch: takes a decided merge through steps M3 and M4, and puts the claim of a
    /// switched or abandoned one, so that another decision may follow. Counts a switch in `switched`.
    ///
    /// `lost_at` is the version of the head that a write did not find any more, although it is still stored.
    pub(crate) async fn settled_merge(
        &self,
        org_id: &OrgId,
        head: &Head,
        lost_at: Option<u64>,
        lease: &mut OrgLease,
        stop_at: Option<Instant>,
        switched: &mut u64,
    ) -> Result<Merging> {
        let Some(open) = head.merge else { return Ok(Merging::Done) };
        if lost_at == Some(head.version) {
            return Err(CompactError::LedgerStray(head.next_seq));
        }
        if !self.may_work(org_id, lease).await {
            return Ok(Merging::Busy);
        }
        if !self.check(org_id, head).await? {
            return Ok(Merging::Again(Written::Applied));
        }
        let finish = async {
            let merge = self.claim_merge(org_id, head, open).await?;
            let Some(merge) = merge.filter(|_| open.phase == MergePhase::Decided) else { return Ok(None) };
            self.switch_merge(org_id, head, &merge).await.map(Some)
        };
        let Some(finished) = until(stop_at, Box::pin(finish)).await else { return Ok(Merging::Stopped) };
        let finished = finished?;
        *switched += u64::from(finished == Some(Switch::Switched));
        Ok(match finished {
            None => Merging::Done,
            Some(Switch::Switched | Switch::Abandoned) => Merging::Again(Written::Applied),
            Some(Switch::Lost) => Merging::Again(Written::Lost),
        })
    }

    /// Ends the open merge if its time has come; otherwise makes one, if the pass `merges`, up to its decision.
    pub(crate) async fn merge(
        &self,
        org_id: &OrgId,
        head: &Head,
        merges: &mut bool,
        lease: &mut OrgLease,
        stop_at: Option<Instant>,
    ) -> Result<Merging> {
        if head.merge.is_some_and(|open| !self.may_end(open)) || head.merge.is_none() && !*merges {
            return Ok(Merging::Done);
        }
        if is_past(stop_at) {
            return Ok(Merging::Stopped);
        }
        if !self.may_work(org_id, lease).await {
            return Ok(Merging::Busy);
        }
        if !self.check(org_id, head).await? {
            return Ok(Merging::Again(Written::Applied));
        }
        // One merge a pass, and another one after each that it ended.
        *merges = head.merge.is_some();
        let step =
            async { if head.merge.is_some() { self.end(org_id, head).await } else { self.begin(org_id, head).await } };
        match until(stop_at, Box::pin(step)).await {
            None => Ok(Merging::Stopped),
            Some(Ok(None)) => Ok(Merging::Done),
            Some(Ok(Some(written))) => Ok(Merging::Again(written)),
            Some(Err(error)) if error.is_damage() => {
                note_failure(org_id, &error);
                Ok(Merging::Done)
            }
            Some(Err(error)) => Err(error),
        }
    }

    /// Takes the open merge through step M5.
    async fn end(&self, org_id: &OrgId, head: &Head) -> Result<Option<Written>> {
        let Some(open) = head.merge else { return Ok(None) };
        let merge = self.claim_merge(org_id, head, open).await?;
        Ok(Some(self.end_merge(org_id, head, merge.as_ref()).await?))
    }

    /// Takes the first merge that can be made through steps M1 and M2.
    async fn begin(&self, org_id: &OrgId, head: &Head) -> Result<Option<Written>> {
        let (now, visible) = (self.clock.now(), Visible::of(head, None));
        let (mut first, last) = (FIRST_INSTANT.day().month(), now.day().month().next());
        loop {
            let listed = self.tables.ledger.segments_of_months(org_id, (first, last), Order::Oldest, None).await?;
            for (month, segments) in listed.months {
                first = month.next();
                // An item that cannot be read may be a segment of any rows of the month.
                if !segments.malformed.is_empty() {
                    continue;
                }
                let shown = segments.records.into_iter().filter(|segment| visible.shows(segment.name())).collect();
                if let Some(staged) = self.stage_month(org_id, head, month, shown).await? {
                    return Ok(Some(self.decide_merge(org_id, head, &staged).await?));
                }
            }
            if listed.is_end {
                return Ok(None);
            }
        }
    }

    /// Stages the merge of a month, if one is due and can be made.
    async fn stage_month(
        &self,
        org_id: &OrgId,
        head: &Head,
        month: Month,
        segments: Vec<SegmentRecord>,
    ) -> Result<Option<StagedMerge>> {
        let sources = merge_plan::sources(month, segments, self.clock.now());
        if sources.is_empty() {
            return Ok(None);
        }
        match self.stage_merge(org_id, head, sources).await {
            // Another worker merged them first.
            Err(CompactError::Segment(SegmentError::Missing { .. }))
                if self.tables.ledger.head(org_id).await? != *head =>
            {
                Ok(None)
            }
            Err(error) if error.is_damage() => {
                note_failure(org_id, &error);
                Ok(None)
            }
            staged => staged,
        }
    }
}

fn note_failure(org_id: &OrgId, error: &CompactError) {
    tracing::error!(%org_id, error = chain(error), "segments cannot be merged; they stay as they are");
    metrics::count_of_org(Metric::MergesFailed, org_id, 1);
}
