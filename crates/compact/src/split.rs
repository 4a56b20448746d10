//! Whether a hot row is archived already: a merge join of the rows with the ids of published segments.
//!
//! Rows come in ascending order, so of each segment that overlaps in time the ids are read once, page by page, and only
//! the pages that a row falls into.

use audit_archive::ids::Ids;
use audit_archive::{Archive, ArchiveError};
use audit_core::error::chain;
use audit_core::event::Event;
use audit_core::id::EventId;
use audit_core::ledger::{Head, Seq};
use audit_core::org::OrgId;
use audit_core::segment::SegmentRecord;
use audit_core::time::Day;
use audit_tables::Tables;

use crate::error::CompactError;

/// What the archive says about a hot row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No published segment holds it.
    New,
    /// A published segment holds it.
    Archived,
    /// A segment that may hold it is damaged; the row stays where it is.
    Unknown,
}

/// The published segments of one day, as far as rows have fallen into them.
pub(crate) struct Published<'a> {
    tables: &'a Tables,
    archive: &'a Archive,
    org_id: &'a OrgId,
    /// Segments from this number on were committed after the head was read. They may not be readable yet, so a row that
    /// they hold may not be deleted: no reader would find it.
    next_seq: Seq,
    day: Option<Day>,
    segments: Vec<(SegmentRecord, Option<Ids>)>,
}

impl<'a> Published<'a> {
    /// The segments that are published as of a head without an open batch.
    pub(crate) fn as_of(head: &Head, tables: &'a Tables, archive: &'a Archive, org_id: &'a OrgId) -> Self {
        Self { tables, archive, org_id, next_seq: head.next_seq, day: None, segments: Vec::new() }
    }

    /// Judges the next row; rows come in ascending order.
    ///
    /// *Guarantees*: [`Verdict::Archived`] is right for ever. [`Verdict::New`] is right as long as no batch was committed
    /// after the head, which the caller's own commit checks.
    pub(crate) async fn judge(&mut self, event: &Event) -> Result<Verdict, CompactError> {
        let day = event.occurred_at.day();
        if self.day != Some(day) {
            let segments = self.tables.segments_of_day(self.org_id, day).await?;
            let published = segments.into_iter().filter(|record| record.first_seq < self.next_seq);
            self.segments = published.map(|record| (record, None)).collect();
            self.day = Some(day);
        }
        let mut verdict = Verdict::New;
        for (record, ids) in &mut self.segments {
            if !(record.first..=record.last).contains(&event.id) {
                continue;
            }
            match contains(self.archive, self.org_id, record, ids, event.id).await {
                Ok(true) => return Ok(Verdict::Archived),
                Ok(false) => {}
                Err(error @ (ArchiveError::Unreadable { .. } | ArchiveError::Missing { .. })) => {
                    tracing::error!(
                        error = chain(&error),
                        "a row cannot be compared with a damaged segment; it stays where it is"
                    );
                    verdict = Verdict::Unknown;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(verdict)
    }
}

/// Whether a published segment contains `id`; its ids are opened when they are first needed.
pub(crate) async fn contains(
    archive: &Archive,
    org_id: &OrgId,
    record: &SegmentRecord,
    ids: &mut Option<Ids>,
    id: EventId,
) -> Result<bool, ArchiveError> {
    let ids = match ids {
        Some(ids) => ids,
        None => ids.insert(Ids::new(archive.open(org_id, record).await?)),
    };
    ids.hold(id).await
}
