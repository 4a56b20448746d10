//! Deletes of hot rows that a published segment contains.

use audit_core::{EventId, Order, OrgId, SegmentRecord, Span};
use audit_segments::{Ids, SegmentError, SegmentStore};
use audit_tables::{Pace, Tables, TablesError};

use crate::Compactor;
use crate::error::CompactError;
use crate::repeats::contains;
use crate::rows::HotIds;

/// Rows deleted at once.
const DELETED_AT_ONCE: usize = 1_000;

impl Compactor {
    /// Deletes the hot rows of a published batch, as far as they are still hot.
    ///
    /// # Guarantees
    /// Only rows are deleted whose ids were read back from the published files. It may be dropped at any moment; another
    /// run, of any worker, deletes what is left, and sends no request for rows that were deleted before. Whatever is put
    /// into the range meanwhile stays, unless it repeats a row of the batch.
    pub(crate) async fn delete_archived(&self, org_id: &OrgId, segments: &[SegmentRecord]) -> Result<(), CompactError> {
        let Some(span) = span_of(segments) else { return Ok(()) };
        let mut hot = HotIds::new(&self.tables, org_id, span);
        let mut files = Files::new(&self.archive, org_id, segments);
        let mut rows = Archived::new(self);
        while let Some(id) = hot.next().await? {
            if files.contain(id).await? {
                rows.push(org_id, id).await?;
            }
        }
        Ok(rows.delete(org_id).await?)
    }
}

/// The positions of all rows of these segments.
fn span_of(segments: &[SegmentRecord]) -> Option<Span> {
    let first = segments.iter().map(|segment| segment.first).min()?;
    let last = segments.iter().map(|segment| segment.last).max()?;
    Some(Span::ALL.through(first, Order::Newest).through(last, Order::Oldest))
}

/// The files of a published batch, opened when the first hot id falls into them.
struct Files<'a> {
    archive: &'a SegmentStore,
    org_id: &'a OrgId,
    segments: Vec<(&'a SegmentRecord, Option<Ids>)>,
}

impl<'a> Files<'a> {
    fn new(archive: &'a SegmentStore, org_id: &'a OrgId, segments: &'a [SegmentRecord]) -> Self {
        Self { archive, org_id, segments: segments.iter().map(|segment| (segment, None)).collect() }
    }

    /// Whether one of the files contains `id`; ids come in ascending order.
    async fn contain(&mut self, id: EventId) -> Result<bool, SegmentError> {
        // No later id falls into these.
        self.segments.retain(|(segment, _)| segment.last >= id);
        for (segment, ids) in &mut self.segments {
            if segment.first <= id && contains(self.archive, self.org_id, segment, ids, id).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Rows that were found archived, collected until enough of them are deleted at once.
pub(crate) struct Archived {
    tables: Tables,
    pace: Pace,
    ids: Vec<EventId>,
    deleted: u64,
}

impl Archived {
    pub(crate) fn new(worker: &Compactor) -> Self {
        Self {
            tables: worker.tables.clone(),
            pace: Pace::new(worker.delete_units_per_second),
            ids: Vec::new(),
            deleted: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// How many were deleted.
    pub(crate) fn deleted(&self) -> u64 {
        self.deleted
    }

    /// Adds a row; deletes those so far where they are enough.
    pub(crate) async fn push(&mut self, org_id: &OrgId, id: EventId) -> Result<(), TablesError> {
        self.ids.push(id);
        if self.ids.len() == DELETED_AT_ONCE { self.delete(org_id).await } else { Ok(()) }
    }

    /// Deletes the rows so far.
    pub(crate) async fn delete(&mut self, org_id: &OrgId) -> Result<(), TablesError> {
        self.tables.delete_events(org_id, &self.ids, &self.pace).await?;
        self.deleted += self.ids.len() as u64;
        self.ids.clear();
        Ok(())
    }
}
