//! One row of a segment: its event, and what its proof needs besides.

use arrow::array::{Array, BinaryArray, Int64Array};
use audit_core::{Event, EventId, Salt, Seq};

use super::segment::OpenSegment;
use crate::error::{SegmentError, unreadable};
use crate::format::footer;
use crate::format::rows::Columns;

/// A row that a segment contains.
#[derive(Debug, Clone, Copy)]
pub struct FoundRow {
    pub(super) row_group: usize,
    /// Counted inside the row group.
    pub(super) row: usize,
}

/// The place of a row in its org's log.
#[derive(Debug, Clone, Copy)]
pub struct LoggedRow {
    /// Its sequence number: the index of its leaf.
    pub seq: Seq,
    /// The salt of its leaf.
    pub salt: Salt,
}

impl OpenSegment {
    /// Returns the event of an id; `None` if the segment does not contain it.
    pub async fn event(&self, id: EventId) -> Result<Option<Event>, SegmentError> {
        match self.find(id).await? {
            Some(found) => self.event_at(found).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns the event of a row.
    pub async fn event_at(&self, FoundRow { row_group, row }: FoundRow) -> Result<Event, SegmentError> {
        let events = self.events(row_group, std::slice::from_ref(&(row..row + 1))).await?;
        events.into_iter().next().ok_or_else(|| unreadable(&self.key, "a row is missing"))
    }

    /// Returns the place of a row in the log.
    ///
    /// # Errors
    /// Also if the row is in no range of the footer, or has no salt.
    pub async fn place_of(&self, FoundRow { row_group, row }: FoundRow) -> Result<LoggedRow, SegmentError> {
        let rows = row..row + 1;
        let read = self.read(row_group, std::slice::from_ref(&rows), Some(&["seq", "salt"])).await?;
        let batch = read.first().ok_or_else(|| unreadable(&self.key, "a row is missing"))?;
        let columns = Columns { key: &self.key, batch };
        let (seqs, salts): (&Int64Array, &BinaryArray) = (columns.array("seq")?, columns.array("salt")?);
        let footer = footer::read(self.metadata.metadata().file_metadata());
        let place = || {
            let seq = Seq(u64::try_from(seqs.iter().next()??).ok()?);
            let ranges = footer?.ranges;
            let range = ranges.get(ranges.partition_point(|range| range.first_seq <= seq).checked_sub(1)?)?;
            let stored = salts.is_valid(0).then(|| salts.value(0));
            let salt = range.salt(seq, stored).filter(|_| seq.0 - range.first_seq.0 < range.rows)?;
            Some(LoggedRow { seq, salt })
        };
        place().ok_or_else(|| unreadable(&self.key, "a row has no place in the log"))
    }
}
