//! Which hot rows are archived already: a merge join of the rows with the ids of published segments.
//!
//! Rows come in ascending order. So each segment's ids are read at most once, and only the pages that rows fall into.

use std::collections::VecDeque;

use audit_core::{Event, EventId, Head, Month, OrgId, SegmentRecord, Span, Visible, error::chain};
use audit_segments::{Ids, SegmentError, SegmentStore};
use audit_tables::Tables;

use crate::CompactError;
use crate::error::Result;

/// Whether a hot row is archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No published segment contains it.
    New,
    /// A published segment contains it.
    Archived,
    /// A segment that may contain it cannot be read, or the ledger's item of one.
    Unknown,
}

/// The published segments of one month, as far as rows have fallen into them.
pub(crate) struct ArchivedIds<'a> {
    tables: &'a Tables,
    archive: &'a SegmentStore,
    org_id: &'a OrgId,
    /// Other segments were committed after the head was read. They may not be readable yet, so a row that they contain
    /// may not be deleted: no reader would find it.
    visible: Visible,
    /// The version of the head.
    version: u64,
    month: Option<Month>,
    /// Segments that no row has reached yet, by their first position.
    waiting: VecDeque<SegmentRecord>,
    /// Segments that a row has reached, and no row has passed.
    near: Vec<(SegmentRecord, Option<Ids>)>,
    /// Whether a segment's item in the ledger cannot be read: the segment may contain any row of the month.
    is_unreadable: bool,
}

impl<'a> ArchivedIds<'a> {
    /// The segments that are published as of a head without an open batch.
    pub(crate) async fn as_of(
        head: &Head,
        tables: &'a Tables,
        archive: &'a SegmentStore,
        org_id: &'a OrgId,
    ) -> Result<Self> {
        Ok(Self {
            tables,
            archive,
            org_id,
            visible: tables.ledger.visible(org_id, head).await?,
            version: head.version,
            month: None,
            waiting: VecDeque::new(),
            near: Vec::new(),
            is_unreadable: false,
        })
    }

    /// Judges the next row; rows come in ascending order.
    ///
    /// # Errors
    /// [`CompactError::Overtaken`] if a segment was deleted under a later head.
    ///
    /// # Guarantees
    /// [`Verdict::Archived`] stays right forever. [`Verdict::New`] is right as long as no batch was committed after the
    /// head, which the caller's own commit checks.
    pub(crate) async fn judge(&mut self, event: &Event) -> Result<Verdict> {
        let day = event.occurred_at.day();
        if self.month != Some(day.month()) {
            self.read(day.month()).await?;
        }
        let mut verdict = if self.is_unreadable { Verdict::Unknown } else { Verdict::New };
        while let Some(record) = self.waiting.pop_front_if(|record| record.first <= event.id) {
            self.near.push((record, None));
        }
        self.near.retain(|(record, _)| event.id <= record.last);
        for (record, ids) in &mut self.near {
            if !record.may_contain(event.id) {
                // It may be one of many with rows on other days of the month, which are not open at the same time.
                *ids = None;
                continue;
            }
            match contains(self.archive, self.org_id, record, ids, event.id).await {
                Ok(true) => return Ok(Verdict::Archived),
                Ok(false) => {}
                // Another worker replaced the segment, and then deleted it.
                Err(SegmentError::Missing { .. })
                    if self.tables.ledger.head(self.org_id).await?.version != self.version =>
                {
                    return Err(CompactError::Overtaken);
                }
                Err(error @ (SegmentError::Unreadable { .. } | SegmentError::Missing { .. })) => {
                    tracing::error!(
                        error = chain(&error),
                        "a row cannot be compared with a damaged segment; it is quarantined and stays hot"
                    );
                    verdict = Verdict::Unknown;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(verdict)
    }

    async fn read(&mut self, month: Month) -> Result<()> {
        let mut listed = self.tables.ledger.segments_of_month(self.org_id, month).await?;
        let unreadable = listed.take_malformed(|name| self.visible.shows(*name));
        if let Some(item) = &unreadable {
            let (org_id, error) = (self.org_id, chain(&item.error));
            tracing::error!(
                %org_id, %month, error, "the ledger of a month cannot be read; its rows are quarantined and stay hot"
            );
        }
        let published = listed.records.into_iter().filter(|record| self.visible.shows(record.name()));
        let mut published: Vec<_> = published.collect();
        published.sort_by_key(|record| record.first);
        (self.month, self.is_unreadable) = (Some(month), unreadable.is_some());
        (self.waiting, self.near) = (published.into(), Vec::new());
        Ok(())
    }
}

/// The segments of a published batch.
pub(crate) struct BatchIds<'a> {
    archive: &'a SegmentStore,
    org_id: &'a OrgId,
    segments: Vec<(&'a SegmentRecord, Option<Ids>)>,
}

impl<'a> BatchIds<'a> {
    pub(crate) fn new(archive: &'a SegmentStore, org_id: &'a OrgId, segments: &'a [SegmentRecord]) -> Self {
        Self { archive, org_id, segments: segments.iter().map(|segment| (segment, None)).collect() }
    }

    /// The positions of all rows of the segments; `None` if there is no segment.
    pub(crate) fn span(&self) -> Option<Span> {
        let spans = self.segments.iter().map(|(segment, _)| segment.span());
        spans.reduce(|one, other| Span { start: one.start.min(other.start), end: one.end.max(other.end) })
    }

    /// Whether one of the segments contains `id`; ids come in ascending order.
    pub(crate) async fn contain(&mut self, id: EventId) -> Result<bool, SegmentError> {
        // No later id falls into these.
        self.segments.retain(|(segment, _)| segment.last >= id);
        for (segment, ids) in &mut self.segments {
            if segment.may_contain(id) && contains(self.archive, self.org_id, segment, ids, id).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a published segment contains `id`. The segment is opened when its ids are first needed.
async fn contains(
    archive: &SegmentStore,
    org_id: &OrgId,
    record: &SegmentRecord,
    ids: &mut Option<Ids>,
    id: EventId,
) -> Result<bool, SegmentError> {
    let ids = match ids {
        Some(ids) => ids,
        None => ids.insert(Ids::new(archive.open(org_id, record).await?)),
    };
    ids.contain(id).await
}
